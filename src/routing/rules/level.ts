import type { CategoryClass, Level } from '../../base/names.js';
import { isUrgent } from '../overriding.js';
import type { Rule } from './rule.js';

/** What each level lets through besides what is urgent. DIGESTS lets all through, gathered: that is a matter of cadence. */
const LETS: Readonly<Record<Level, readonly CategoryClass[]>> = {
  EVERYTHING: ['SECURITY', 'TRANSACTIONAL', 'PRODUCT', 'MARKETING'],
  DIGESTS: ['SECURITY', 'TRANSACTIONAL', 'PRODUCT', 'MARKETING'],
  TRANSACTIONAL: ['SECURITY', 'TRANSACTIONAL'],
  CRITICAL: ['SECURITY'],
};

/** How much the person wants at all; and whoever unsubscribed from everything gets no advertising. */
export const level: Rule = {
  name: 'level',
  gate: (facts) => {
    const { person, category } = facts;
    if (person.unsubscribed && (category.class === 'MARKETING' || category.class === 'PRODUCT') && !category.mandatory)
      return { kind: 'finish', state: 'SUPPRESSED', reason: 'UNSUBSCRIBED' };
    return isUrgent(facts) || LETS[person.level].includes(category.class)
      ? null
      : { kind: 'finish', state: 'SUPPRESSED', reason: 'LEVEL' };
  },
};
