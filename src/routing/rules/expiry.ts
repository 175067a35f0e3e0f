import type { Rule } from './rule.js';

/** Past its relevance window nothing is worth sending; expiry wins over every deferral. */
export const expiry: Rule = {
  name: 'expiry',
  gate: (facts, now) =>
    facts.expiresAt !== null && facts.expiresAt <= now ? { kind: 'finish', state: 'EXPIRED', reason: 'EXPIRED' } : null,
};
