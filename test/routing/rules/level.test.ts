import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEVELS } from '../../../src/base/names.js';
import { isUrgent } from '../../../src/routing/overriding.js';
import { level } from '../../../src/routing/rules/level.js';
import { anyFacts } from '../../support/arbitraries.js';
import { at } from '../events.js';
import { gates } from './cases.js';

const tooMuch = { kind: 'finish', state: 'SUPPRESSED', reason: 'LEVEL' } as const;
const unsubscribed = { kind: 'finish', state: 'SUPPRESSED', reason: 'UNSUBSCRIBED' } as const;

describe('level', () => {
  gates(level, [
    ['lets everything pass where nothing was said', { category: { class: 'MARKETING' } }, null],
    ['DIGESTS lets all pass', { person: { level: 'DIGESTS' }, category: { class: 'MARKETING' } }, null],
    ['TRANSACTIONAL ends news', { person: { level: 'TRANSACTIONAL' }, category: { class: 'PRODUCT' } }, tooMuch],
    ['TRANSACTIONAL lets receipts pass', { person: { level: 'TRANSACTIONAL' } }, null],
    ['CRITICAL ends receipts', { person: { level: 'CRITICAL' } }, tooMuch],
    ['CRITICAL lets security pass', { person: { level: 'CRITICAL' }, category: { class: 'SECURITY' } }, null],
    ['CRITICAL lets the critical lane pass', { person: { level: 'CRITICAL' }, category: { critical: true } }, null],
    ['CRITICAL lets mandatory pass', { person: { level: 'CRITICAL' }, category: { mandatory: true } }, null],
    [
      'whoever unsubscribed gets no advertising',
      { person: { unsubscribed: true }, category: { class: 'MARKETING' } },
      unsubscribed,
    ],
    ['and no news', { person: { unsubscribed: true }, category: { class: 'PRODUCT' } }, unsubscribed],
    ['but receipts', { person: { unsubscribed: true } }, null],
    [
      'and what overrides',
      { person: { unsubscribed: true }, category: { class: 'PRODUCT', rules: { overrides: true } } },
      null,
    ],
    [
      'which advertising never does',
      { person: { unsubscribed: true }, category: { class: 'MARKETING', rules: { overrides: true } } },
      unsubscribed,
    ],
  ]);

  it('a lower level never lets more pass, and what is urgent passes all of them', () =>
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const passes = LEVELS.map(
          (chosen) => (level.gate?.({ ...facts, person: { ...facts.person, level: chosen } }, at(0)) ?? null) === null,
        );
        expect(passes).toEqual(passes.toSorted((a, b) => Number(b) - Number(a)));
        if (isUrgent(facts) && !facts.person.unsubscribed) expect(passes).not.toContain(false);
      }),
    ));
});
