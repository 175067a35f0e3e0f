import { uuidv7 } from '../base/ids.js';
import type { Content } from '../channels/channel.js';
import { CHANNEL_TRAITS } from '../channels/index.js';
import type { Situation } from '../recipients/facts.js';
import type { CategoryRules } from '../routing/profile.js';
import type { CategoryRow } from '../store/categories.js';
import type { Db } from '../store/database.js';
import type { DigestRow } from '../store/digests.js';
import type { SendRow } from '../store/sends.js';
import { findTemplate } from '../store/templates.js';
import { digestText, digestVariables, type DigestItem } from '../templates/digest-text.js';

/** A notification that goes in a digest, and what it says there. */
export interface Gathered {
  readonly situation: Situation;
  readonly item: DigestItem;
}

/** What a notification says, as an item. */
export function itemOf({ send }: Situation, { title, body, url, data }: Content): DigestItem {
  const words = title ?? '';
  return { title: words, body, url, data, at: send.created_at, group: send.template_key ?? words };
}

/**
 * The send that a closed window becomes. One item alone says what it would have said by itself; more are the category's
 * template, or plain words.
 */
export async function digestSend(
  db: Db,
  from: { readonly digest: DigestRow; readonly category: CategoryRow; readonly gathered: readonly Gathered[] },
  now: Date,
): Promise<SendRow> {
  const { digest, category, gathered } = from;
  const [first] = gathered;
  if (!first) throw new Error('a digest of nothing');
  const { send: own } = first.situation;
  const base: SendRow = {
    ...{ environment_id: digest.environment_id, id: uuidv7(now), category_key: digest.category_key },
    ...{ template_key: null, template_version: null, data: {}, content: null },
    channels: channelsOf(digest, category),
    ...{ brand: own.brand, topic_id: null, send_at: null, expires_at: null, tags: [], expanded_through: null },
    ...{ expanded: true, created_at: now, canceled_at: null, tenant: own.tenant, audience: null, recipient_count: 1 },
    ...{
      attachments: null,
      send_window: null,
      digest_id: digest.id,
      throttle: null,
      digest_key: own.digest_key,
      inbox: null,
    },
    content_gone_at: null,
  };
  if (gathered.length === 1) {
    const { template_key, template_version, data, content } = own;
    return { ...base, template_key, template_version, data, content };
  }
  const rule = (category.rules as CategoryRules).digest;
  const items = gathered.map((one) => one.item);
  const variables = digestVariables(items, category.name, rule?.maxItems);
  const template =
    rule?.template === undefined ? undefined : await findTemplate(db, digest.environment_id, rule.template);
  if (template && template.published_version !== null)
    return {
      ...base,
      template_key: template.key,
      template_version: template.published_version,
      data: { ...variables },
    };
  const { count, items: shown } = variables;
  return { ...base, content: { ...digestText(variables), url: null, data: { items: shown, count } } };
}

/** The channel that it was gathered for; of an in-app one, whose person may have gone meanwhile, those after it as well. */
function channelsOf({ channel }: DigestRow, { channels }: CategoryRow): SendRow['channels'] {
  if (!CHANNEL_TRAITS[channel].inApp) return [channel];
  return [channel, ...channels.slice(channels.indexOf(channel) + 1)];
}
