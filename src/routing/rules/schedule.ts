import type { Rule } from './rule.js';

/** The sender asked for a later time. */
export const schedule: Rule = {
  name: 'schedule',
  gate: (facts, now) =>
    facts.sendAt !== null && facts.sendAt > now ? { kind: 'hold', until: facts.sendAt, reason: 'SCHEDULED' } : null,
};
