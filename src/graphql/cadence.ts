import { CADENCES, DIGEST_KINDS } from '../base/names.js';
import { describe } from './enums.js';

export const CadenceEnum = describe('Cadence', CADENCES, 'How often things come.', {
  INSTANT: 'Each by itself, at once.',
  HOURLY: 'Gathered, at every full hour of the person’s local time.',
  DAILY: 'Gathered, once a day at 09:00 of the person’s local time.',
  WEEKLY: 'Gathered, on Mondays at 09:00 of the person’s local time.',
});

export const DigestKindEnum = describe('DigestKind', DIGEST_KINDS, 'What opens and closes a window of a digest.', {
  BATCH: 'The first item opens it; it closes after a span.',
  SCHEDULE: 'It closes at fixed local times of the person.',
});
