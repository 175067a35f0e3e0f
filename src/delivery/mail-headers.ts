import type { Content } from '../channels/channel.js';
import type { Call } from '../providers/provider.js';
import type { Situation } from '../recipients/facts.js';
import type { Links } from '../recipients/links.js';
import { isOverriding } from '../routing/overriding.js';
import { withUnsubscribeFooter } from '../templates/unsubscribe-footer.js';
import type { NextCall } from './step.js';

/** Makes the links that mails carry. */
export type MailLinks = Pick<Links, 'unsubscribe'>;

/**
 * Mail that nobody has to get says how to get no more of it: one-click headers for mail clients (RFC 2369, RFC 8058), and,
 * where it is advertising, words with links for people. The same for every attempt of a delivery.
 */
export async function withWayOut(
  links: MailLinks | null,
  situation: Situation,
  { channel, address, ordinal }: Pick<NextCall['action'], 'channel' | 'address' | 'ordinal'>,
  content: Content,
): Promise<Pick<Call, 'content' | 'headers'>> {
  const { category } = situation.facts;
  if (links === null || channel !== 'EMAIL' || !isOptional(situation)) return { content, headers: {} };
  const mailing = {
    environmentId: situation.send.environment_id,
    recipientId: situation.row.recipientId,
    notificationId: situation.row.id,
    createdAt: situation.send.created_at,
    ...{ channel, address, ordinal },
  };
  const ofCategory = await links.unsubscribe({ ...mailing, category: category.key });
  const headers = {
    'List-Unsubscribe': `<${ofCategory}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
  if (category.class !== 'MARKETING') return { content, headers };
  const ofAll = await links.unsubscribe({ ...mailing, category: null });
  return { headers, content: withUnsubscribeFooter(content, situation.row.locale, { ofCategory, ofAll }) };
}

/** May people switch it off? A link that does nothing would be a lie. */
function isOptional({ facts }: Situation): boolean {
  const { category } = facts;
  const isOffered = category.class === 'MARKETING' || category.class === 'PRODUCT';
  return isOffered && !category.mandatory && !isOverriding(facts);
}
