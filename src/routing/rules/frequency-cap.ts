import { isUrgent } from '../overriding.js';
import type { Rule } from './rule.js';

/**
 * The person, or the category, allows only so many in a time. A cap on everything or on a category holds the notification
 * (or ends it, as the category says); one on a channel lets the next channel go.
 */
export const frequencyCap: Rule = {
  name: 'frequency-cap',
  gate: (facts, now) => {
    const { cappedUntil } = facts.person;
    if (cappedUntil === null || cappedUntil <= now || isUrgent(facts)) return null;
    return facts.category.rules.onCap === 'DROP'
      ? { kind: 'finish', state: 'SUPPRESSED', reason: 'FREQUENCY_CAP' }
      : { kind: 'hold', until: cappedUntil, reason: 'FREQUENCY_CAP' };
  },
  skip: (facts, channel) =>
    facts.person.cappedChannels[channel] === undefined || isUrgent(facts) ? null : 'FREQUENCY_CAP',
};
