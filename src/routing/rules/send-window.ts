import { isGivenUp, openTime, timeWishes } from '../open-time.js';
import type { Rule } from './rule.js';

/** The sender wants it out at certain hours of the person: of this send, else of its category. */
export const sendWindow: Rule = {
  name: 'send-window',
  gate: (facts, now) => {
    const wishes = timeWishes(facts);
    if (wishes === null || wishes.window.length === 0) return null;
    const until = openTime(wishes, now);
    return until > now ? { kind: 'hold', until, reason: 'SEND_WINDOW' } : null;
  },
  note: (facts) =>
    isGivenUp(facts) ? { reason: 'SEND_WINDOW', detail: 'given up: the quiet hours leave nothing of it' } : null,
};
