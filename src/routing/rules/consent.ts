import type { ChannelName } from '../../base/names.js';
import type { Facts } from '../facts.js';
import { demandOf, missingConsent } from '../laws.js';
import type { Rule } from './rule.js';

/** What the law where the person is wants of advertising: consent, and in mail the sender's postal address. */
export const consent: Rule = {
  name: 'consent',
  skip: (facts, channel) => {
    if (missingConsent(facts, channel)) return 'CONSENT_MISSING';
    return isPlaceless(facts, channel) ? 'POSTAL_ADDRESS_MISSING' : null;
  },
  note: (facts) => {
    if (facts.category.class !== 'MARKETING') return null;
    const channels = facts.channelsNow ?? facts.requestedChannels ?? facts.category.channels;
    const words = [...new Set(channels)].flatMap((channel) => wordsOf(facts, channel) ?? []);
    return words.length === 0 ? null : { reason: 'LAW_APPLIED', detail: words.join('; ') };
  },
};

function isPlaceless({ category, person, postalAddress }: Facts, channel: ChannelName): boolean {
  if (channel !== 'EMAIL' || postalAddress !== null) return false;
  return demandOf(person.country, channel, category.class).postalAddress;
}

/** `TCPA, CCPA/CPRA on SMS: TCPA wants DEVICE`; null: no law speaks of this channel. */
function wordsOf(facts: Facts, channel: ChannelName): string | null {
  const { laws, isGuessed } = demandOf(facts.person.country, channel, facts.category.class);
  const missing = missingConsent(facts, channel);
  if (laws.length === 0 && missing === null) return null;
  const place = isGuessed ? `region ${facts.person.country ?? 'unknown'}, so the strictest of ` : '';
  const head = `${place}${names(laws) || 'no law'} on ${channel}`;
  if (missing === null) return head;
  return missing.laws.length === 0
    ? `${head}: ${missing.purpose} was withdrawn`
    : `${head}: ${names(missing.laws)}: ${missing.purpose} on ${channel} is not granted`;
}

function names(laws: readonly { readonly name: string }[]): string {
  return laws.map((law) => law.name).join(', ');
}
