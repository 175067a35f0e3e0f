import type { Rule } from './rule.js';

/** The sender wants only so many of one key in a time, urgent or not: further ones end here. */
export const throttle: Rule = {
  name: 'throttle',
  gate: ({ throttle: known }, now) =>
    known?.usedUpUntil != null && known.usedUpUntil > now
      ? { kind: 'finish', state: 'SUPPRESSED', reason: 'THROTTLED_KEY' }
      : null,
};
