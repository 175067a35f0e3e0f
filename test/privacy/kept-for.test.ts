import { expect, it } from 'vitest';
import { keptForMs } from '../../src/privacy/kept-for.js';

const DAY_MS = 86_400_000;

it('what is kept of a person stays as the environment says, content never longer than its history', () => {
  expect(keptForMs('NOTIFICATIONS', {})).toBe(400 * DAY_MS);
  expect(keptForMs('CONTENT', {})).toBe(400 * DAY_MS);
  expect(keptForMs('CONTENT', { CONTENT: 90 * DAY_MS })).toBe(90 * DAY_MS);
  expect(keptForMs('CONTENT', { CONTENT: 90 * DAY_MS, HISTORY: 60 * DAY_MS })).toBe(60 * DAY_MS);
  expect(keptForMs('CONTENT', { HISTORY: null })).toBeNull();
  expect(keptForMs('INBOX', {})).toBeNull();
});

it('what nobody decides stays as long everywhere, and what has no end has none', () => {
  expect(keptForMs('CAPS', { HISTORY: 30 * DAY_MS })).toBe(366 * DAY_MS);
  expect(keptForMs('ANSWERS', {})).toBe(3 * DAY_MS);
  expect(keptForMs('CONSENTS', { HISTORY: 30 * DAY_MS })).toBeNull();
});
