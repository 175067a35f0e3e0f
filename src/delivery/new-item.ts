import { instant } from '../base/clock.js';
import type { ItemAction, ItemTraits, NewInboxItem } from '../store/inbox-items.js';
import type { SendRow } from '../store/sends.js';
import type { Planned } from './planned.js';

/** The item that a step puts into an inbox; empty: none. */
export function toItem({ work, item }: Planned, now: Date): NewInboxItem[] {
  if (!item) return [];
  const { row, send } = work.situation;
  return [
    {
      ...itemTraits(send.inbox),
      tags: send.tags,
      recipient_id: row.recipientId,
      id: row.id,
      title: item.content.title ?? '',
      body: item.content.body,
      url: item.content.url,
      data: item.content.data,
      category_key: row.categoryKey,
      toast: item.toast,
      created_at: now,
    },
  ];
}

/** What a send says of the item alone, as the inbox keeps it. */
function itemTraits(said: SendRow['inbox']): ItemTraits {
  const { urgent = false, actions = [], groupKey = null, expiresAt } = (said ?? {}) as Said;
  return { urgent, actions, group_key: groupKey, expires_at: expiresAt === undefined ? null : instant(expiresAt) };
}

/** As send/inbox-options stores it. */
interface Said {
  readonly urgent?: boolean;
  readonly actions?: ItemAction[];
  readonly groupKey?: string;
  readonly expiresAt?: string;
}
