import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/base/names.js';
import { intervalMs, takeSlots, type PaceState, type RateLimit } from '../../src/health/pace.js';

const FRESH: PaceState = { nextSlot: 0, line: {} };
/** How far ahead each lane's calls may lie. */
const HORIZON_MS: Readonly<Record<Lane, number>> = { CRITICAL: 2_000, NORMAL: 1_500, BULK: 1_000 };
const TEN_A_SECOND: RateLimit = { count: 10, periodMs: 1_000 };

interface Arrival {
  readonly at: number;
  readonly lane: Lane;
}

interface Call extends Arrival {
  /** Its place among all that came. */
  readonly nth: number;
  readonly startAt: number;
  /** How often it was told to wait. */
  readonly waits: number;
}

/** Plays arrivals to the end: who is told to wait comes back at that very millisecond, in the order they came. */
function play(limit: RateLimit, arrivals: readonly Arrival[]): Call[] {
  let state = FRESH;
  const calls: Call[] = [];
  let waiting = arrivals.map((one, nth) => ({ ...one, nth, askAt: one.at, waits: 0 }));
  for (let round = 0; waiting.length > 0; round += 1) {
    if (round > 20_000) throw new Error(`${waiting.length} of ${arrivals.length} never start`);
    const now = waiting.reduce((soonest, one) => Math.min(soonest, one.askAt), Infinity);
    const asking = waiting.filter((one) => one.askAt === now).sort((a, b) => a.nth - b.nth);
    waiting = waiting.filter((one) => one.askAt !== now);
    const asks = asking.map(({ lane, waits }) => ({ lane, inLine: waits > 0 }));
    const taken = takeSlots(state, limit, asks, now);
    // As it is stored: whole milliseconds, rounded up.
    state = { ...taken.state, nextSlot: Math.ceil(taken.state.nextSlot) };
    asking.forEach((one, index) => {
      const slot = taken.slots[index] as (typeof taken.slots)[number];
      if ('startAt' in slot) calls.push({ ...one, startAt: Math.ceil(slot.startAt) });
      else waiting.push({ ...one, askAt: Math.ceil(slot.waitUntil), waits: one.waits + 1 });
    });
  }
  return calls;
}

const lane = fc.constantFrom<Lane>('CRITICAL', 'NORMAL', 'BULK');
const anyLimit = fc.record({
  count: fc.integer({ min: 1, max: 200 }),
  periodMs: fc.constantFrom(1_000, 10_000, 60_000),
});

function arrivalsOf(lanes: fc.Arbitrary<Lane>, maxLength = 60): fc.Arbitrary<Arrival[]> {
  return fc
    .array(fc.record({ gap: fc.oneof(fc.constant(0), fc.nat({ max: 2_000 })), lane: lanes }), { maxLength })
    .map((list) => {
      let at = 1_000_000;
      return list.map((one) => ({ at: (at += one.gap), lane: one.lane }));
    });
}

function crowd(size: number, of: Lane, at = 1_000_000): Arrival[] {
  return Array.from({ length: size }, () => ({ at, lane: of }));
}

describe('a limit of ten a second', () => {
  it('lets the first go at once, and spreads the others', () => {
    const starts = play(TEN_A_SECOND, crowd(3, 'NORMAL')).map((call) => call.startAt - 1_000_000);
    expect(starts).toEqual([0, 108, 216]);
  });

  it('gives bulk the first second only, and a line of places after that', () => {
    const { slots } = takeSlots(
      FRESH,
      TEN_A_SECOND,
      crowd(12, 'BULK').map((one) => ({ ...one, inLine: false })),
      1_000_000,
    );
    expect(slots.filter((slot) => 'startAt' in slot).length).toBe(10);
    const places = slots.flatMap((slot) => ('waitUntil' in slot ? [slot.waitUntil] : []));
    expect(places.length).toBe(2);
    expect((places[1] as number) - (places[0] as number)).toBeCloseTo(108);
  });

  it('lets a critical call through a crowd of bulk within two seconds', () => {
    const calls = play(TEN_A_SECOND, [...crowd(300, 'BULK'), { at: 1_000_500, lane: 'CRITICAL' }]);
    const critical = calls.find((call) => call.lane === 'CRITICAL') as Call;
    expect(critical.waits).toBe(0);
    expect(critical.startAt - critical.at).toBeLessThanOrEqual(2_000);
  });

  it('does not let who comes now go before who waits', () => {
    const calls = play(TEN_A_SECOND, [...crowd(30, 'BULK'), { at: 1_000_700, lane: 'BULK' }]);
    expect(calls.at(-1)).toMatchObject({ at: 1_000_700 });
  });

  it('starts anew after a rest, without a burst', () => {
    const calls = play(TEN_A_SECOND, [...crowd(3, 'BULK'), ...crowd(3, 'BULK', 9_000_000)]);
    expect(calls.map((call) => call.startAt).slice(3)).toEqual([9_000_000, 9_000_108, 9_000_216]);
  });
});

describe('whoever asks, whenever, in whatever lane', () => {
  const anyPlay = fc.tuple(anyLimit, arrivalsOf(lane));

  it('no period holds more calls than the limit', () =>
    fc.assert(
      fc.property(anyPlay, ([limit, arrivals]) => {
        const starts = play(limit, arrivals).map((call) => call.startAt);
        starts.forEach((start, nth) => {
          const inPeriod = starts.filter((other, index) => index >= nth && other < start + limit.periodMs);
          expect(inPeriod.length).toBeLessThanOrEqual(limit.count);
        });
      }),
    ));

  it('slots are given in order, none before it was asked for, and none beyond its lane’s horizon', () =>
    fc.assert(
      fc.property(anyPlay, fc.nat({ max: 4_000 }), ([limit, arrivals], ahead) => {
        const now = 1_000_000;
        const asks = arrivals.map((one) => ({ lane: one.lane, inLine: false }));
        const { slots, state } = takeSlots({ nextSlot: now + ahead, line: {} }, limit, asks, now);
        let last = now + ahead - intervalMs(limit);
        slots.forEach((slot, nth) => {
          if (!('startAt' in slot)) return expect(slot.waitUntil).toBeGreaterThan(now);
          expect(slot.startAt - last).toBeGreaterThanOrEqual(intervalMs(limit) - 1e-6);
          expect(slot.startAt).toBeLessThanOrEqual(now + HORIZON_MS[(arrivals[nth] as Arrival).lane]);
          last = slot.startAt;
        });
        expect(state.nextSlot).toBeGreaterThan(last);
      }),
    ));

  it('everybody starts in the end, and nobody is sent back for ever', () =>
    fc.assert(
      fc.property(anyPlay, ([limit, arrivals]) => {
        const calls = play(limit, arrivals);
        expect(calls.length).toBe(arrivals.length);
        const last = calls.reduce((latest, call) => Math.max(latest, call.startAt), 0);
        const came = arrivals.at(-1)?.at ?? 0;
        // No slot is left empty while somebody waits: at most all of them in a row, after the last one came.
        const longest = (arrivals.length + 1) * (intervalMs(limit) + 1) + HORIZON_MS.CRITICAL;
        expect(last - came).toBeLessThanOrEqual(longest);
        for (const call of calls) expect(call.waits).toBeLessThanOrEqual(arrivals.length);
      }),
    ));

  it('a critical call that comes to bulk alone starts within its horizon or the time between two calls', () =>
    fc.assert(
      fc.property(
        anyLimit,
        arrivalsOf(fc.constant<Lane>('BULK'), 150),
        fc.nat({ max: 20_000 }),
        (limit, bulk, later) => {
          const at = 1_000_000 + later;
          const critical = { at, lane: 'CRITICAL' } as const;
          const arrivals = [...bulk.filter((one) => one.at <= at), critical, ...bulk.filter((one) => one.at > at)];
          const call = play(limit, arrivals).find((one) => one.lane === 'CRITICAL') as Call;
          expect(call.startAt - at).toBeLessThanOrEqual(
            Math.max(HORIZON_MS.CRITICAL, HORIZON_MS.BULK + intervalMs(limit) + 1),
          );
        },
      ),
    ));

  it('who waited is not overtaken by who came later in the same lane', () =>
    fc.assert(
      fc.property(anyPlay, ([limit, arrivals]) => {
        for (const calls of Map.groupBy(play(limit, arrivals), (call) => call.lane).values()) {
          const order = calls.toSorted((a, b) => a.startAt - b.startAt).map((call) => call.nth);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    ));

  it('a crowd is through in as many intervals as it counts, and little more', () =>
    fc.assert(
      fc.property(anyLimit, lane, fc.integer({ min: 1, max: 300 }), (limit, of, size) => {
        const calls = play(limit, crowd(size, of));
        const took = Math.max(...calls.map((call) => call.startAt)) - 1_000_000;
        // Whole milliseconds cost one more each at most.
        expect(took).toBeLessThanOrEqual(1.1 * size * intervalMs(limit) + size + HORIZON_MS[of]);
      }),
      { numRuns: 60 },
    ));
});
