import { uuidv7 } from '../base/ids.js';
import type { NewNotification } from '../store/notifications.js';
import type { AttachmentRow, SendAttachment } from '../store/attachments.js';
import type { SendRow } from '../store/sends.js';
import type { Item } from './claim.js';
import type { Resolved } from './resolve.js';

/** A request that nothing is wrong with, and the id that its send gets. */
export type Sound = Resolved<Item & { readonly sendId: string }>;

/** The send as it is stored. */
export function toSend(one: Sound, now: Date): SendRow {
  const { request } = one.item.checked;
  return {
    environment_id: one.item.environmentId,
    id: one.item.sendId,
    category_key: request.category,
    template_key: request.template,
    template_version: one.templateVersion,
    data: request.data ?? {},
    content: request.content,
    channels: request.channels === null ? null : [...new Set(request.channels)],
    brand: request.brand,
    topic_id: one.topicId,
    send_at: request.sendAt,
    expires_at: request.expiresAt,
    tags: [...new Set(request.tags)],
    expanded_through: null,
    expanded: one.topicId === null && one.audience === null,
    created_at: now,
    canceled_at: null,
    tenant: request.tenant,
    audience: one.audience,
    recipient_count: one.recipientIds.length,
    attachments: attachmentsOf(one),
    send_window: one.item.checked.window && { ...one.item.checked.window },
    digest_id: null,
    throttle: request.throttle == null ? null : { ...request.throttle },
    digest_key: request.digestKey ?? null,
    inbox: one.item.checked.inbox && { ...one.item.checked.inbox },
    content_gone_at: null,
  };
}

function attachmentsOf({ item: { checked, files = [] } }: Sound): SendAttachment[] | null {
  // Only under a key that another send holds may they be missing, and then this is not stored.
  if (files.length !== checked.attachments.length) throw new Error('a send would be stored without its attachments');
  return files.length === 0 ? null : files.map(toAttachment);
}

function toAttachment({ id, filename, content_type: contentType, size }: AttachmentRow): SendAttachment {
  return { id, filename, contentType, size };
}

/** One notification a person, for those who are named in the request. */
export function toNotifications(one: Sound, now: Date): NewNotification[] {
  return one.recipientIds.map((recipientId) => ({
    environment_id: one.item.environmentId,
    id: uuidv7(now),
    send_id: one.item.sendId,
    recipient_id: recipientId,
    category_key: one.item.checked.request.category,
  }));
}
