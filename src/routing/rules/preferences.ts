import type { Rule } from './rule.js';

/** The person's own choice, which mandatory and SECURITY categories override. */
export const preferences: Rule = {
  name: 'preferences',
  skip: (facts, channel) =>
    facts.optOuts.has(channel) && !facts.category.mandatory && facts.category.class !== 'SECURITY'
      ? 'CATEGORY_OPT_OUT'
      : null,
};
