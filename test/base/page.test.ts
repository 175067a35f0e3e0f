import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.js';
import { checkFirst, decodeCursor, encodeCursor, MAX_PAGE, toPage, type CursorPart } from '../../src/base/page.js';

const refused = expect.objectContaining({ name: 'AppError', code: 'BAD_USER_INPUT' });
const key = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer()), { minLength: 1, maxLength: 3 });

/** What went wrong, or the value. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a cursor', () => {
  it('comes back as the key that it was', () =>
    fc.assert(
      fc.property(key, (parts) => {
        expect(decodeCursor('people', encodeCursor('people', parts), parts.length)).toEqual(parts);
      }),
    ));

  it('of another list, or of another length, is refused', () =>
    fc.assert(
      fc.property(key, (parts) => {
        const cursor = encodeCursor('people', parts);
        expect(outcome(() => decodeCursor('topics', cursor, parts.length))).toEqual(refused);
        expect(outcome(() => decodeCursor('people', cursor, parts.length + 1))).toEqual(refused);
      }),
    ));

  it('that we did not make is refused in words, whatever it is', () =>
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.json().map(toBase64)), (text) => {
        const result = outcome(() => decodeCursor('people', text, 1));
        expect(result).toBeInstanceOf(AppError);
        expect(result).toEqual(refused);
      }),
    ));

  it.each([
    ['spaces in it', toBase64('["people", "ana"]')],
    ['padding', `${toBase64('["people","ana"]')}==`],
    ['a nested key', toBase64('["people",["ana"]]')],
    ['no key', toBase64('["people",null]')],
    ['the wrong alphabet', Buffer.from('["people","~~~???>>>"]').toString('base64')],
  ])('with %s is refused', (_name, text) => expect(outcome(() => decodeCursor('people', text, 1))).toEqual(refused));
});

describe('a forged cursor is refused before it reaches the database', () => {
  const uuid = '0199a0f0-0000-7000-8000-000000000001';
  const decode = (shape: CursorPart[], parts: (string | number)[]) =>
    outcome(() => decodeCursor('people', encodeCursor('people', parts), shape));

  it.each<[CursorPart, (string | number)[], (string | number)[]]>([
    ['uuid', [uuid], ['x', '', 5, `${uuid}x`, uuid.toUpperCase()]],
    ['integer', [0, -5, 2 ** 31 - 1], ['0', 2 ** 31, 0.5]],
    ['instant', [0, Date.UTC(2026, 2, 14)], ['2026-03-14', 1e18, 0.5]],
  ])('%s', (kind, good, bad) => {
    for (const part of good) expect(decode([kind], [part])).toEqual([part]);
    for (const part of bad) expect(decode([kind], [part])).toEqual(refused);
  });

  it('in each of its parts, and in their number', () => {
    expect(decode(['instant', 'uuid'], [5, uuid])).toEqual([5, uuid]);
    for (const parts of [[5], [uuid, 5], [5, 5], [5, uuid, 1]])
      expect(decode(['instant', 'uuid'], parts)).toEqual(refused);
  });
});

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64url');
}

describe('a page', () => {
  it('walks every row of a list once, in order', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.integer({ min: 1, max: 7 }), (list, first) => {
        const rows = [...list].sort((a, b) => a - b);
        const seen: number[] = [];
        let after: number | null = null;
        for (;;) {
          const rest: number[] = rows.filter((row) => after === null || row > after).slice(0, first + 1);
          const page = toPage(rest, { first, after: after === null ? null : encodeCursor('rows', [after]) });
          expect(page.rows.length).toBeLessThanOrEqual(first);
          expect(page.hasPreviousPage).toBe(after !== null);
          seen.push(...page.rows);
          if (!page.hasNextPage) break;
          after = page.rows.at(-1) as number;
        }
        expect(seen).toEqual(rows);
      }),
    ));

  it.each([0, -1, 1.5, MAX_PAGE + 1, NaN, Infinity])('does not take first: %s', (first) =>
    expect(outcome(() => checkFirst(first))).toEqual(refused),
  );

  it.each([1, 25, MAX_PAGE])('takes first: %s', (first) => expect(checkFirst(first)).toBe(first));
});
