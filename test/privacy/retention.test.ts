import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutoffsOf,
  problemOf,
  RETENTION_KINDS,
  rulesOf,
  warningsOf,
  type RetentionKind,
} from '../../src/privacy/retention.js';
import { NOON } from '../support/arbitraries.js';

const DAY_MS = 86_400_000;
const kind = fc.constantFrom(...RETENTION_KINDS);
const keepMs = fc.option(fc.integer({ min: 0, max: 40_000 }).map((days) => days * DAY_MS));
const setting = fc.dictionary(kind, keepMs);

const codes = (of: Record<string, number | null>): string[] => warningsOf(of).map((one) => `${one.kind} ${one.code}`);

describe('rules', () => {
  test('name every kind once, and say what was said, or the default', () => {
    fc.assert(
      fc.property(setting, (said) => {
        const rules = rulesOf(said);
        expect(rules.map((rule) => rule.kind)).toEqual([...RETENTION_KINDS]);
        for (const rule of rules) expect(rule.keepMs).toBe(rule.kind in said ? said[rule.kind] : rule.defaultMs);
      }),
    );
  });

  test('have defaults that would be taken, and that warn of nothing', () => {
    const defaults = rulesOf({}).map((rule) => ({ kind: rule.kind, keepMs: rule.defaultMs }));
    expect(defaults.map((_, index) => problemOf(defaults, index))).toEqual(defaults.map(() => null));
    expect(warningsOf({})).toEqual([]);
  });

  test('of a kind that is no more say nothing', () => {
    expect(rulesOf({ PIGEONS: 1 })).toEqual(rulesOf({}));
    expect(cutoffsOf({ PIGEONS: 1 }, NOON)).toEqual(cutoffsOf({}, NOON));
  });
});

describe('a cutoff', () => {
  test('is there for what does not stay for ever, and nothing that is younger than the setting lies before it', () => {
    fc.assert(
      fc.property(setting, fc.nat({ max: 40_000 * DAY_MS }), (said, ageMs) => {
        const cutoffs = cutoffsOf(said, NOON);
        for (const { kind: which, keepMs: keep } of rulesOf(said)) {
          const cutoff = cutoffs[which];
          expect(cutoff === undefined).toBe(keep === null);
          if (cutoff && keep !== null) expect(NOON.getTime() - ageMs < cutoff.getTime()).toBe(ageMs > keep);
        }
      }),
    );
  });
});

describe('a wish', () => {
  const one = (which: RetentionKind, keep: number | null): string | null =>
    problemOf([{ kind: which, keepMs: keep }], 0)?.code ?? null;

  test('for ever is always taken, and so is what lies between the limits', () => {
    for (const rule of rulesOf({})) {
      expect(one(rule.kind, null)).toBeNull();
      expect(one(rule.kind, rule.leastMs)).toBeNull();
      expect(one(rule.kind, rule.leastMs - 1)).toBe('TOO_SHORT');
      expect(one(rule.kind, 36_500 * DAY_MS)).toBeNull();
      expect(one(rule.kind, 36_500 * DAY_MS + 1)).toBe('TOO_LONG');
    }
  });

  test('that is refused says why', () => {
    expect(problemOf([{ kind: 'HISTORY', keepMs: DAY_MS }], 0)).toEqual({
      field: ['input', 'rules', '0', 'keepFor'],
      code: 'TOO_SHORT',
      message:
        '1 days given, HISTORY must stay 30 days at least: providers report late, repeated requests are answered from it, and files are kept as long',
    });
  });

  test('about the same kind twice is refused at the second one', () => {
    const twice = ['INBOX', 'ALERTS', 'INBOX'].map((which) => ({ kind: which as RetentionKind, keepMs: null }));
    expect(twice.map((_, index) => problemOf(twice, index)?.code ?? null)).toEqual([null, null, 'DUPLICATE_KIND']);
  });
});

describe('a warning', () => {
  test.each<[string, Record<string, number | null>, string[]]>([
    ['less history than twelve months', { HISTORY: 365 * DAY_MS }, ['HISTORY BELOW_TWELVE_MONTHS']],
    ['less content than twelve months', { CONTENT: 30 * DAY_MS }, ['CONTENT BELOW_TWELVE_MONTHS']],
    ['twelve months', { HISTORY: 366 * DAY_MS, CONTENT: 366 * DAY_MS }, []],
    ['for ever', { HISTORY: null, CONTENT: null }, []],
    ['content that outlives the history', { CONTENT: 500 * DAY_MS }, ['CONTENT GOES_WITH_HISTORY']],
    ['short ones of other kinds', { INBOX: DAY_MS, CALLBACKS: 14 * DAY_MS }, []],
  ])('%s', (_name, said, expected) => expect(codes(said)).toEqual(expected));

  test('comes exactly when history or content are gone within twelve months', () => {
    fc.assert(
      fc.property(setting, (said) => {
        const short = rulesOf(said)
          .filter((rule) => ['HISTORY', 'CONTENT'].includes(rule.kind))
          .filter((rule) => rule.keepMs !== null && rule.keepMs < 366 * DAY_MS);
        expect(codes(said).filter((code) => code.endsWith('BELOW_TWELVE_MONTHS'))).toEqual(
          short.map((rule) => `${rule.kind} BELOW_TWELVE_MONTHS`),
        );
      }),
    );
  });
});
