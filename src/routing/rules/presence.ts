import { absenceFrom } from '../presence.js';
import type { Rule } from './rule.js';

/**
 * In-app channels receive only while the person is online and not away from every screen; Slack, and what the category
 * names, only where the person is. Else the next channel goes.
 */
export const presence: Rule = {
  name: 'presence',
  skip: (facts, channel) => absenceFrom(facts, channel),
};
