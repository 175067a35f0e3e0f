import type { Rule } from './rule.js';

/** Nothing goes after a committed cancel. */
export const cancellation: Rule = {
  name: 'cancellation',
  gate: (facts) => (facts.canceled ? { kind: 'finish', state: 'CANCELED', reason: 'CANCELED' } : null),
};
