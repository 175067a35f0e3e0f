import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/base/errors.js';
import { CATEGORY_CLASSES, FAILOVERS, SILENCE_ACTIONS } from '../../src/base/names.js';
import { categoryRow, type CategoryChange } from '../../src/recipients/categories.js';
import type { CategoryRow } from '../../src/store/categories.js';
import { NOON } from '../support/arbitraries.js';

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;

function made(change: Partial<CategoryChange>, known?: CategoryRow): CategoryRow {
  return categoryRow('env', { key: 'orders', ...change }, known, NOON);
}

/** What is wrong, as `path: CODE`. */
function problems(change: Partial<CategoryChange>): string[] {
  try {
    made(change);
    return [];
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    return error.errors.map(({ field, code }) => `${field.join('.')}: ${code}`);
  }
}

const silence = { afterMs: 3600 * SECOND, then: 'RESEND', times: 1 } as const;

describe('what was never said', () => {
  it.each(CATEGORY_CLASSES)(
    'has a default in class %s: pauses double, retries come first, silence is nothing',
    (kind) =>
      expect(made({ class: kind })).toMatchObject({
        retry: { factor: 2 },
        failover: 'AFTER_RETRIES',
        silence: null,
      }),
  );

  it('stays as it was', () => {
    const known = made({ retry: { factor: 3, maxAttempts: 9 }, failover: 'AT_ONCE', silence });
    expect(made({ name: 'Other' }, known)).toEqual({ ...known, name: 'Other' });
    expect(made({ retry: { maxAttempts: 2 } }, known).retry).toEqual({ ...known.retry, maxAttempts: 2 });
    expect(made({ retry: { factor: null }, failover: null }, known)).toEqual(known);
  });

  it('of a row from before pauses could grow otherwise means that they double', () => {
    const known = made({});
    const { factor: _factor, ...retry } = known.retry;
    expect(made({ retry: { maxAttempts: 2 } }, { ...known, retry }).retry).toEqual({
      ...retry,
      factor: 2,
      maxAttempts: 2,
    });
  });
});

it('null clears what follows silence', () => expect(made({ silence: null }, made({ silence })).silence).toBeNull());

describe('is refused', () => {
  it.each<[string, Partial<CategoryChange>, string[]]>([
    ['a pause that shrinks', { retry: { factor: 0.5 } }, ['input.retry.factor: INVALID_RETRY']],
    ['a pause that explodes', { retry: { factor: 11 } }, ['input.retry.factor: INVALID_RETRY']],
    ['a factor that is no number', { retry: { factor: Number.NaN } }, ['input.retry.factor: INVALID_RETRY']],
    ['no attempt at all', { retry: { maxAttempts: 0 } }, ['input.retry.maxAttempts: INVALID_RETRY']],
    ['half an attempt', { retry: { maxAttempts: 1.5 } }, ['input.retry.maxAttempts: INVALID_RETRY']],
    ['silence within a second', { silence: { ...silence, afterMs: 999 } }, ['input.silence.after: INVALID_DURATION']],
    [
      'silence beyond a month',
      { silence: { ...silence, afterMs: 30 * DAY + 1 } },
      ['input.silence.after: INVALID_DURATION'],
    ],
    ['silence that never matters', { silence: { ...silence, times: 0 } }, ['input.silence.times: INVALID_SILENCE']],
    ['silence that nags', { silence: { ...silence, times: 6 } }, ['input.silence.times: INVALID_SILENCE']],
    [
      'everything wrong, each by its name',
      { key: 'No Key', retry: { factor: 0 }, silence: { afterMs: 0, then: 'RESEND', times: 9 } },
      [
        'input.key: INVALID_KEY',
        'input.retry.factor: INVALID_RETRY',
        'input.silence.after: INVALID_DURATION',
        'input.silence.times: INVALID_SILENCE',
      ],
    ],
  ])('%s', (_name, change, expected) => expect(problems(change)).toEqual(expected));
});

describe('whatever is within bounds', () => {
  const policy = fc.record({
    class: fc.constantFrom(...CATEGORY_CLASSES),
    failover: fc.constantFrom(...FAILOVERS),
    retry: fc.record({
      maxAttempts: fc.integer({ min: 1, max: 100 }),
      firstDelayMs: fc.integer({ min: 100, max: DAY }),
      maxDelayMs: fc.integer({ min: 100, max: 7 * DAY }),
      giveUpAfterMs: fc.integer({ min: SECOND, max: 30 * DAY }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
    }),
    silence: fc.option(
      fc.record({
        afterMs: fc.integer({ min: SECOND, max: 30 * DAY }),
        then: fc.constantFrom(...SILENCE_ACTIONS),
        times: fc.integer({ min: 1, max: 5 }),
      }),
    ),
  });

  it('is kept as it was said, and saying it again changes nothing', () =>
    fc.assert(
      fc.property(policy, (change) => {
        const row = made(change);
        expect(row).toMatchObject(change);
        expect(made(change, row)).toEqual(row);
        expect(made({}, row)).toEqual(row);
      }),
    ));
});
