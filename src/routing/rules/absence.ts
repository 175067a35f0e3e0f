import { isUrgent } from '../overriding.js';
import type { Rule } from './rule.js';

/** A person who pauses, or whose notifications somebody else takes meanwhile. SECURITY knows neither. */
export const absence: Rule = {
  name: 'absence',
  gate: (facts, now) => {
    const { person, category } = facts;
    if (person.delegate) return { kind: 'finish', state: 'SUPPRESSED', reason: 'DELEGATED' };
    if (person.pausedUntil === null || person.pausedUntil <= now || isUrgent(facts)) return null;
    return category.rules.onPause === 'HOLD'
      ? { kind: 'hold', until: person.pausedUntil, reason: 'PAUSED' }
      : { kind: 'finish', state: 'SUPPRESSED', reason: 'PAUSED' };
  },
  note: ({ person, traits }) => {
    if (person.delegate) {
      const { name, until } = person.delegate;
      return { reason: 'DELEGATED', detail: `${name}, until ${until.toISOString()}` };
    }
    if (person.isDelegated)
      return { reason: 'STANDS_IN', detail: person.standsInFor ? `for ${person.standsInFor}` : null };
    const active = Object.entries(person.redirects).map(
      ([channel, until]) => `${traits[channel as keyof typeof traits].addressNoun}, until ${until.toISOString()}`,
    );
    return active.length === 0 ? null : { reason: 'REDIRECTED', detail: active.join('; ') };
  },
};
