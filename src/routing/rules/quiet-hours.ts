import { isWithin } from '../local-time.js';
import { openTime, timeWishes } from '../open-time.js';
import type { Rule } from './rule.js';

/**
 * The person wants peace at these hours, of every channel: a toast makes a noise, too. It waits, and is never dropped, until
 * they end, and where the sender has a window, until that is open as well.
 */
export const quietHours: Rule = {
  name: 'quiet-hours',
  gate: (facts, now) => {
    const wishes = timeWishes(facts);
    if (wishes?.quiet == null || !isWithin(wishes.quiet, wishes.zone, now)) return null;
    return { kind: 'hold', until: openTime(wishes, now), reason: 'QUIET_HOURS' };
  },
};
