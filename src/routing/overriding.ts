import type { Facts } from './facts.js';

/** Goes whatever the person prefers about channels, levels, pauses, time and numbers. Marketing never does. */
export function isOverriding({ category }: Facts): boolean {
  if (category.class === 'MARKETING') return false;
  return category.class === 'SECURITY' || category.rules.overrides === true;
}

/** Is not held by the person's wishes about time: it overrides, is mandatory, or too urgent. */
export function isUrgent(facts: Facts): boolean {
  return isOverriding(facts) || facts.category.mandatory || facts.category.critical;
}
