import { CADENCES, LEVELS, WEEKDAYS } from '../base/names.js';
import { PAUSE_ACTIONS } from '../recipients/category-rules.js';
import { CELL_SOURCES } from '../recipients/person.js';
import { describe } from './enums.js';

export const CadenceEnum = describe('Cadence', CADENCES, 'How often things come: each by itself, or gathered.', {
  INSTANT: 'Each by itself, at once.',
  HOURLY: 'Gathered, once an hour.',
  DAILY: 'Gathered, once a day.',
  WEEKLY: 'Gathered, once a week.',
});

export const WeekdayEnum = describe('Weekday', WEEKDAYS, 'A day of the week.', {
  MON: 'Monday.',
  TUE: 'Tuesday.',
  WED: 'Wednesday.',
  THU: 'Thursday.',
  FRI: 'Friday.',
  SAT: 'Saturday.',
  SUN: 'Sunday.',
});

export const LevelEnum = describe('Level', LEVELS, 'How much a person wants at all.', {
  EVERYTHING: 'All of it, as categories and choices say.',
  DIGESTS: 'All of it, gathered.',
  TRANSACTIONAL: 'What the person’s own doings lead to, and what is critical.',
  CRITICAL: 'Only what is critical: security, mandatory categories, the critical lane.',
});

export const PauseActionEnum = describe('PauseAction', PAUSE_ACTIONS, 'What becomes of things while a person pauses.', {
  HOLD: 'They wait, and go when the pause ends.',
  DROP: 'They do not go.',
});

export const PreferenceSourceEnum = describe('PreferenceSource', CELL_SOURCES, 'Who said whether a channel is on.', {
  RECIPIENT: 'The person.',
  TENANT: 'The operator, for the tenant.',
  ENVIRONMENT: 'The operator, for everybody.',
  CATEGORY: 'Nobody: it is as the category begins.',
  MANDATORY: 'The category, which goes whatever people prefer.',
});
