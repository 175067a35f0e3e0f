import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turnOf, type UsesByScope } from '../../src/routing/cap-turn.js';
import { earliestUse, usesBefore, type CapUse, type CapWindow } from '../../src/routing/cap-window.js';

const anyWindow: fc.Arbitrary<CapWindow> = fc.record({
  max: fc.integer({ min: 1, max: 5 }),
  periodMs: fc.integer({ min: 1, max: 50 }),
});

/** The most uses that lie within any stretch of so long. */
function mostWithin(uses: readonly number[], periodMs: number): number {
  return Math.max(0, ...uses.map((begin) => uses.filter((at) => at >= begin && at < begin + periodMs).length));
}

const holds = (uses: readonly number[], windows: readonly CapWindow[]): boolean =>
  windows.every(({ max, periodMs }) => mostWithin(uses, periodMs) <= max);

describe('windows', () => {
  it('never hold more than their maximum, and no use is put off needlessly', () =>
    fc.assert(
      fc.property(
        fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 25 }),
        (windows, wishes) => {
          const uses: number[] = [];
          for (const wish of wishes) {
            const sorted = uses.toSorted((a, b) => a - b);
            const used = windows.map((window) => ({ ...window, uses: sorted }));
            const at = earliestUse(wish, used);
            expect(at).toBeGreaterThanOrEqual(wish);
            for (let sooner = wish; sooner < at; sooner += 1) expect(holds([...uses, sooner], windows)).toBe(false);
            uses.push(at);
            expect(holds(uses, windows)).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    ));

  it('are free again at the very instant at which the oldest use falls out', () => {
    const window = { max: 2, periodMs: 10, uses: [0, 4] };
    expect(earliestUse(5, [window])).toBe(10);
    expect(earliestUse(10, [window])).toBe(10);
    expect(earliestUse(5, [window, { max: 1, periodMs: 20, uses: [4] }])).toBe(24);
  });

  it('take what is over the maximum already, because the cap was lowered, as it is', () => {
    expect(earliestUse(3, [{ max: 1, periodMs: 10, uses: [0, 1, 2] }])).toBe(12);
  });
});

describe('the line', () => {
  const waiting = (notificationId: string, at: number): CapUse => ({ notificationId, at, waits: true });

  it('lets nobody in front of who waits, counts who is due as now, and forgets who never came', () => {
    const uses = [waiting('ana', 100), waiting('ben', 200), { notificationId: 'cy', at: 50, waits: false }];
    expect(usesBefore('dee', uses, 60)).toEqual([50, 100, 200]);
    expect(usesBefore('dee', uses, 150)).toEqual([50, 150, 200]);
    expect(usesBefore('dee', uses, 60_180)).toEqual([50, 60_180]);
    expect(usesBefore('ben', uses, 60)).toEqual([50, 100]);
    expect(usesBefore('ana', uses, 60)).toEqual([50]);
  });

  it('gives the next waiter the next slot, and everybody goes in the end, whenever they come back', () =>
    fc.assert(
      fc.property(
        anyWindow,
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 15 }),
        fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 7 }),
        fc.boolean(),
        (window, arrivals, delays, wholly) => {
          const kind = wholly ? 'WHOLE' : 'CHANNEL';
          const question = { limits: [{ ...window, kind, scope: 'all' }], waitsFor: ['WHOLE', 'CHANNEL'] } as const;
          const uses = new Map<string, CapUse>();
          const due = arrivals.map((at, nth) => ({ id: `n${nth}`, at }));
          let asked = 0;
          while (due.length > 0) {
            due.sort((a, b) => a.at - b.at);
            const { id, at } = due.shift() as (typeof due)[number];
            const known: UsesByScope = new Map([['all', [...uses.values()]]]);
            const { answer, uses: written } = turnOf(question, id, known, at);
            for (const one of written) uses.set(id, { notificationId: id, at: one.at, waits: one.waits });
            const delay = delays[asked % delays.length] as number;
            if (answer !== 'go') due.push({ id, at: answer.until.getTime() + delay });
            asked += 1;
            expect(asked).toBeLessThan(2_000);
          }
          const went = [...uses.values()];
          expect(went.every((use) => !use.waits)).toBe(true);
          expect(went).toHaveLength(arrivals.length);
          expect(
            mostWithin(
              went.map((use) => use.at),
              window.periodMs,
            ),
          ).toBeLessThanOrEqual(window.max);
        },
      ),
      { numRuns: 500 },
    ));

  it('claims all limits together or none', () => {
    const used = { notificationId: 'ana', at: 0, waits: false };
    const question = {
      limits: [
        { kind: 'KEY', scope: 'key:code', max: 1, periodMs: 10 },
        { kind: 'WHOLE', scope: 'all', max: 1, periodMs: 10 },
        { kind: 'CHANNEL', scope: 'channel:SMS', max: 1, periodMs: 10 },
      ],
      waitsFor: ['WHOLE'],
    } as const;
    const ask = (full: string[], id = 'ben') => turnOf(question, id, new Map(full.map((scope) => [scope, [used]])), 5);
    expect(ask([]).uses.map((use) => [use.scope, use.waits])).toEqual([
      ['key:code', false],
      ['all', false],
      ['channel:SMS', false],
    ]);
    expect(ask(['all'])).toMatchObject({ answer: { kind: 'WHOLE' }, uses: [{ scope: 'all', at: 10, waits: true }] });
    expect(ask(['channel:SMS'])).toMatchObject({ answer: { kind: 'CHANNEL' }, uses: [] });
    expect(ask(['key:code', 'all'])).toMatchObject({ answer: { kind: 'KEY' }, uses: [] });
    expect(ask(['key:code', 'all', 'channel:SMS'], 'ana')).toEqual({ answer: 'go', uses: [] });
  });
});
