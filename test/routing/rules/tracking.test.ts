import { expect, it } from 'vitest';
import { tracking } from '../../../src/routing/rules/tracking.js';
import { ANYBODY, facts } from '../../support/arbitraries.js';

it.each([
  ['ON', null],
  ['PERSON', { reason: 'NOT_TRACKED', detail: 'as the person wants it' }],
  ['REGION', { reason: 'NOT_TRACKED', detail: 'region DE' }],
] as const)('the plan says that nobody looks: %s', (word, note) => {
  expect(tracking.note?.(facts({ person: { ...ANYBODY, country: 'DE', tracking: word } }))).toEqual(note);
});
