import { isOverriding } from '../overriding.js';
import { isTooMuch } from './level.js';
import type { Rule } from './rule.js';

/** The person's own choices, which mandatory, overriding and SECURITY categories override. */
export const preferences: Rule = {
  name: 'preferences',
  skip: (facts, channel) => {
    if (isOverriding(facts) || facts.category.mandatory) return null;
    const { person, optOuts, category } = facts;
    if (optOuts.has(channel)) return category.rules.defaultOn === false ? 'NOT_SUBSCRIBED' : 'CATEGORY_OPT_OUT';
    if (person.channelsOff.has(channel)) return 'CHANNEL_OPT_OUT';
    const isChosen = facts.requestedChannels !== null || person.channels === null || person.channels.includes(channel);
    return isChosen ? null : 'NOT_CHOSEN';
  },
  note: (facts) => {
    const { person, optOuts } = facts;
    const ofChannels = optOuts.size > 0 || person.channelsOff.size > 0 || person.channels !== null;
    const wishes = ofChannels || person.pausedUntil !== null || isTooMuch(facts);
    const isOverridden = wishes && (isOverriding(facts) || facts.category.mandatory);
    return isOverridden ? { reason: 'PREFERENCE_OVERRIDDEN', detail: null } : null;
  },
};
