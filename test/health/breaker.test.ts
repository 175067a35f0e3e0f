import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import {
  afterOutcomes,
  blockOf,
  FAILURES_TO_OPEN,
  HEALTHY,
  wantsProbe,
  type BreakerChange,
  type BreakerState,
  type Tally,
} from '../../src/health/breaker.js';
import { NOON } from '../support/arbitraries.js';

const NOTHING: Tally = { successes: 0, failures: 0, misconfigured: 0, pauseUntil: null };

function at(seconds: number): Date {
  return plus(NOON, seconds * 1000);
}

/** The state after these calls, each a number of seconds after noon, and the changes that operators heard of. */
function after(
  calls: readonly [seconds: number, tally: Partial<Tally>][],
  from: BreakerState = HEALTHY,
): { state: BreakerState; changes: BreakerChange[] } {
  let state = from;
  const changes: BreakerChange[] = [];
  for (const [seconds, tally] of calls) {
    const next = afterOutcomes(state, { ...NOTHING, ...tally }, at(seconds));
    state = next.state;
    if (next.change) changes.push(next.change);
  }
  return { state, changes };
}

const failing = (...seconds: number[]) => seconds.map((one): [number, Partial<Tally>] => [one, { failures: 1 }]);
const OPEN = after(failing(0, 0, 0, 0, 0)).state;

describe('the circuit', () => {
  it('opens at the last of so many failures in a row', () => {
    const almost = after([[0, { failures: FAILURES_TO_OPEN - 1 }]]);
    expect(almost.changes).toEqual([]);
    expect(blockOf(almost.state, at(0))).toBeNull();
    const opened = after(failing(1), almost.state);
    expect(opened.changes).toEqual(['INTEGRATION_OPENED']);
    expect(blockOf(opened.state, at(1))).toEqual({ until: at(6), reason: 'CIRCUIT_OPEN' });
  });

  it('stays closed when a success lies between', () =>
    expect(after([...failing(0, 1, 2, 3), [4, { successes: 1 }], ...failing(5, 6, 7, 8)]).changes).toEqual([]));

  it('lets one find out when its time is over, and the others look again soon', () => {
    expect([wantsProbe(OPEN, at(4)), wantsProbe(OPEN, at(5))]).toEqual([false, true]);
    expect(blockOf(OPEN, at(5))).toBeNull();
    const probed = { ...OPEN, probeUntil: at(20) };
    expect(blockOf(probed, at(5))).toEqual({ until: at(6), reason: 'CIRCUIT_OPEN' });
    expect(blockOf(probed, at(20))).toBeNull();
  });

  it('opens for twice as long whenever that one fails, up to five minutes', () => {
    let state = OPEN;
    const lengths: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const now = state.openUntil as Date;
      const next = after([[(now.getTime() - NOON.getTime()) / 1000, { failures: 1 }]], {
        ...state,
        probeUntil: plus(now, 15_000),
      });
      expect(next.changes).toEqual([]);
      expect(next.state.probeUntil).toBeNull();
      state = next.state;
      lengths.push(((state.openUntil as Date).getTime() - now.getTime()) / 1000);
    }
    expect(lengths).toEqual([10, 20, 40, 80, 160, 300, 300, 300, 300]);
    expect(state.openedAt).toEqual(at(0));
  });

  it('is not opened for longer by calls that were on their way', () =>
    expect(after([[3, { failures: 40 }]], OPEN)).toMatchObject({ state: { openUntil: OPEN.openUntil }, changes: [] }));

  it('closes with the first success, and begins anew', () => {
    const closed = after([[5, { successes: 1, failures: 3 }]], OPEN);
    expect(closed).toEqual({ state: HEALTHY, changes: ['INTEGRATION_CLOSED'] });
  });
});

describe('refused credentials', () => {
  it('shut it at the first refusal, for a moment first: vendors refuse good ones at times', () => {
    const shut = after([[0, { misconfigured: 1 }]]);
    expect(shut.changes).toEqual(['INTEGRATION_MISCONFIGURED']);
    expect(blockOf(shut.state, at(0))).toEqual({ until: at(5), reason: 'MISCONFIGURED' });
  });

  it('are told once, however often they are refused, and once when they are taken again', () => {
    const story: [number, Partial<Tally>][] = [
      [0, { misconfigured: 3 }],
      [1, { misconfigured: 1 }],
      [300, { misconfigured: 1 }],
      [600, { successes: 1 }],
    ];
    expect(after(story).changes).toEqual(['INTEGRATION_MISCONFIGURED', 'INTEGRATION_RECOVERED']);
  });

  it('are told of also where the circuit was open already', () =>
    expect(after([[1, { misconfigured: 1 }]], OPEN)).toMatchObject({
      state: { openReason: 'MISCONFIGURED' },
      changes: ['INTEGRATION_MISCONFIGURED'],
    }));
});

describe('a pause that the provider asked for', () => {
  it('is kept to its furthest end, and is no failure', () => {
    const paused = after([
      [0, { pauseUntil: at(30) }],
      [1, { pauseUntil: at(9) }],
    ]);
    expect(paused).toEqual({ state: { ...HEALTHY, pausedUntil: at(30) }, changes: [] });
    expect(blockOf(paused.state, at(29))).toEqual({ until: at(30), reason: 'PROVIDER_PAUSED' });
    expect(blockOf(paused.state, at(30))).toBeNull();
  });

  it('outlives a success that was on its way', () =>
    expect(
      after([
        [0, { pauseUntil: at(30) }],
        [1, { successes: 1 }],
      ]).state.pausedUntil,
    ).toEqual(at(30)));
});

const anyCalls = fc
  .array(
    fc.record({
      wait: fc.integer({ min: 0, max: 120 }),
      tally: fc.record({
        successes: fc.constantFrom(0, 0, 1),
        failures: fc.nat({ max: 3 }),
        misconfigured: fc.constantFrom(0, 0, 0, 1),
        pauseUntil: fc.option(fc.nat({ max: 600 }).map(at)),
      }),
    }),
    { maxLength: 30 },
  )
  .map((list) => {
    let now = 0;
    return list.map(({ wait, tally }) => ({ now: at((now += wait)), tally }));
  });

/** Checks something of every step in every story of calls. */
function everyStep(
  check: (step: {
    before: BreakerState;
    state: BreakerState;
    change: BreakerChange | null;
    tally: Tally;
    now: Date;
  }) => void,
): void {
  fc.assert(
    fc.property(anyCalls, (calls) => {
      let before = HEALTHY;
      for (const { now, tally } of calls) {
        const { state, change } = afterOutcomes(before, tally, now);
        check({ before, state, change, tally, now });
        before = state;
      }
    }),
    { numRuns: 2_000 },
  );
}

describe('whatever calls come to', () => {
  it('operators hear of every transition once, and of nothing else', () => {
    const heard: Record<string, BreakerChange> = {
      'null CIRCUIT_OPEN': 'INTEGRATION_OPENED',
      'CIRCUIT_OPEN null': 'INTEGRATION_CLOSED',
      'null MISCONFIGURED': 'INTEGRATION_MISCONFIGURED',
      'CIRCUIT_OPEN MISCONFIGURED': 'INTEGRATION_MISCONFIGURED',
      'MISCONFIGURED null': 'INTEGRATION_RECOVERED',
    };
    everyStep(({ before, state, change }) => {
      const same = before.openReason === state.openReason;
      expect(change).toBe(same ? null : heard[`${before.openReason} ${state.openReason}`]);
    });
  });

  it('a success always closes it, and it is open exactly when it has a reason, a beginning and an end', () =>
    everyStep(({ state, tally }) => {
      if (tally.successes > 0) expect(state.openReason).toBeNull();
      const isOpen = state.openReason !== null;
      expect([state.openedAt !== null, state.openUntil !== null]).toEqual([isOpen, isOpen]);
    }));

  it('while it is open, only refused credentials make it longer', () =>
    everyStep(({ before, state, tally, now }) => {
      if (before.openUntil === null || before.openUntil <= now || tally.successes > 0 || tally.misconfigured > 0)
        return;
      expect(state.openUntil).toEqual(before.openUntil);
    }));

  it('so many failures in a row open it, no fewer', () =>
    everyStep(({ before, state, tally }) => {
      if (before.openReason !== null || tally.successes > 0 || tally.misconfigured > 0) return;
      expect(state.openReason !== null).toBe(
        tally.failures > 0 && before.failures + tally.failures >= FAILURES_TO_OPEN,
      );
    }));

  it('nobody is kept from calling it for more than five minutes, or than the provider asked for', () =>
    everyStep(({ state, now }) => {
      const block = blockOf(state, now);
      if (block === null) return;
      expect(block.until.getTime()).toBeGreaterThan(now.getTime());
      const longest = Math.max(plus(now, 300_000).getTime(), state.pausedUntil?.getTime() ?? 0);
      expect(block.until.getTime()).toBeLessThanOrEqual(longest);
    }));
});

it('an integration of which nothing is known may be called', () => {
  expect(blockOf(null, NOON)).toBeNull();
  expect(wantsProbe(null, NOON)).toBe(false);
  expect(blockOf(HEALTHY, NOON)).toBeNull();
  expect(wantsProbe(HEALTHY, NOON)).toBe(false);
});
