import type { CategoryClass, Level } from '../../base/names.js';
import type { Facts } from '../facts.js';
import { isOverriding, isUrgent } from '../overriding.js';
import type { Rule } from './rule.js';

/** What each level lets through besides what is urgent. DIGESTS lets all through, gathered: that is a matter of cadence. */
const LETS: Readonly<Record<Level, readonly CategoryClass[]>> = {
  EVERYTHING: ['SECURITY', 'TRANSACTIONAL', 'PRODUCT', 'MARKETING'],
  DIGESTS: ['SECURITY', 'TRANSACTIONAL', 'PRODUCT', 'MARKETING'],
  TRANSACTIONAL: ['SECURITY', 'TRANSACTIONAL'],
  CRITICAL: ['SECURITY'],
};

/** Does the person want so little, or nothing that is no necessity, that this does not belong to it? */
export function isTooMuch({ person, category }: Pick<Facts, 'person' | 'category'>): boolean {
  return isNews(category.class, person.unsubscribed) || !LETS[person.level].includes(category.class);
}

/** What an unsubscribe from everything ends. */
function isNews(kind: CategoryClass, unsubscribed: boolean): boolean {
  return unsubscribed && (kind === 'MARKETING' || kind === 'PRODUCT');
}

/** How much the person wants at all; and whoever unsubscribed from everything gets no advertising. */
export const level: Rule = {
  name: 'level',
  gate: (facts) => {
    const { person, category } = facts;
    if (isNews(category.class, person.unsubscribed) && !category.mandatory && !isOverriding(facts))
      return { kind: 'finish', state: 'SUPPRESSED', reason: 'UNSUBSCRIBED' };
    return isUrgent(facts) || !isTooMuch(facts) ? null : { kind: 'finish', state: 'SUPPRESSED', reason: 'LEVEL' };
  },
};
