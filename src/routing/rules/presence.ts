import type { Rule } from './rule.js';

/** In-app channels receive only while the person is online; offline, the next channel goes. */
export const presence: Rule = {
  name: 'presence',
  skip: (facts, channel) => (facts.traits[channel].inApp && !facts.online ? 'RECIPIENT_OFFLINE' : null),
};
