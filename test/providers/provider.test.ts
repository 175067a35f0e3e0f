import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, classifyStatus, retryAfter } from '../../src/providers/provider.js';
import { NOON } from '../support/arbitraries.js';

describe('a status', () => {
  it.each<[number, object]>([
    [200, { kind: 'unknown' }],
    [302, { kind: 'unknown' }],
    [400, { kind: 'rejected' }],
    [401, { kind: 'misconfigured' }],
    [403, { kind: 'misconfigured' }],
    [404, { kind: 'gone' }],
    [408, { kind: 'retry', rateLimited: false }],
    [410, { kind: 'gone' }],
    [422, { kind: 'rejected' }],
    [429, { kind: 'retry', rateLimited: true }],
    [500, { kind: 'retry', rateLimited: false }],
    [503, { kind: 'retry', rateLimited: false }],
  ])('%d is read so', (status, outcome) => expect(classifyStatus(status, null)).toMatchObject(outcome));

  it('alone never means that a message was accepted', () =>
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), (status) => {
        expect(classifyStatus(status, null).kind).not.toBe('accepted');
      }),
    ));
});

it('a text that is cut has no half of a character', () => {
  expect(clip('😀'.repeat(600)).isWellFormed()).toBe(true);
  expect(clip(`x${'😀'.repeat(600)}`).isWellFormed()).toBe(true);
});

describe('Retry-After', () => {
  const HOUR = 3_600_000;

  it('is a time from now to an hour from now, or nothing, whatever the header', () => {
    const header = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.constantFrom(null, undefined, '', '9'.repeat(400), 'Infinity'),
    );
    fc.assert(
      fc.property(header, (text) => {
        const at = retryAfter(text, NOON)?.getTime() ?? NOON.getTime();
        expect(at).toBeGreaterThanOrEqual(NOON.getTime());
        expect(at).toBeLessThanOrEqual(NOON.getTime() + HOUR);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string | null, number | null]>([
    ['0', 0],
    [' 120 ', 120],
    ['Sat, 14 Mar 2026 12:00:30 GMT', 30],
    ['7200', 3600],
    ['Sat, 14 Mar 2026 11:59:30 GMT', null],
    ['-1', null],
    ['soon', null],
    [null, null],
  ])('"%s" is %s seconds from now', (header, seconds) =>
    expect(retryAfter(header, NOON)?.getTime()).toBe(seconds === null ? undefined : NOON.getTime() + seconds * 1000),
  );
});

it('what a vendor says is kept up to a length', () => {
  expect(clip('no')).toBe('no');
  expect(clip('x'.repeat(500))).toHaveLength(500);
  expect(clip('x'.repeat(5_000))).toBe(`${'x'.repeat(500)}…`);
});
