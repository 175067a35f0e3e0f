import type { Rule } from './rule.js';

/** Nothing is held for it: it goes, and nobody looks at what the person does with it. */
export const tracking: Rule = {
  name: 'tracking',
  note: ({ person }) => {
    if (person.tracking === 'ON') return null;
    const detail = person.tracking === 'PERSON' ? 'as the person wants it' : `region ${person.country ?? 'unknown'}`;
    return { reason: 'NOT_TRACKED', detail };
  },
};
