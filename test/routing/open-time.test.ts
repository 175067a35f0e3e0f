import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { isWithin } from '../../src/routing/local-time.js';
import { isGivenUp, openTime, timeWishes, type TimeWishes } from '../../src/routing/open-time.js';
import { quietHours } from '../../src/routing/rules/quiet-hours.js';
import { sendWindow } from '../../src/routing/rules/send-window.js';
import { facts, NOON } from '../support/arbitraries.js';
import { anyQuiet, anyWindow, CHANGING, clockChanges, span, ZONES } from '../support/local-times.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const anywhere = fc.oneof(
  fc.record({ zone: fc.constantFrom(...ZONES), at: fc.nat({ max: 1_000_000 }).map((n) => plus(NOON, n * MINUTE)) }),
  fc
    .constantFrom(...CHANGING.flatMap((zone) => clockChanges(zone, 2026).map((at) => ({ zone, at }))))
    .chain(({ zone, at }) => fc.integer({ min: -1_800, max: 600 }).map((n) => ({ zone, at: plus(at, n * MINUTE) }))),
);

describe('quiet hours and a window together', () => {
  it('lead to one instant that is open and not quiet, and at which both let pass', () =>
    fc.assert(
      fc.property(anyQuiet, anyWindow, anywhere, (quiet, spans, { zone, at }) => {
        const known = facts({ window: { spans }, person: { quietHours: quiet, timeZone: zone } });
        const until = openTime(timeWishes(known) as TimeWishes, at);
        expect(until.getTime()).toBeGreaterThanOrEqual(at.getTime());
        expect(until.getTime()).toBeLessThanOrEqual(at.getTime() + 15 * DAY);
        expect(isWithin(quiet, zone, until)).toBe(false);
        if (!isGivenUp(known)) expect(spans.some((one) => isWithin(one, zone, until))).toBe(true);
        for (const rule of [quietHours, sendWindow]) {
          expect(rule.gate?.(known, until)).toBeNull();
          const held = rule.gate?.(known, at) ?? null;
          if (held) expect(held).toMatchObject({ kind: 'hold', until });
        }
        const passes = [quietHours, sendWindow].every((rule) => rule.gate?.(known, at) === null);
        expect(passes).toBe(until.getTime() === at.getTime());
      }),
      { numRuns: 600 },
    ));

  it('find the first such instant', () =>
    fc.assert(
      fc.property(anyQuiet, anyWindow, anywhere, fc.nat({ max: 99 }), (quiet, spans, { zone, at }, percent) => {
        const wishes = timeWishes(facts({ window: { spans }, person: { quietHours: quiet, timeZone: zone } }));
        const until = openTime(wishes as TimeWishes, at);
        const earlier = plus(at, Math.floor(((until.getTime() - at.getTime()) * percent) / 100));
        if (earlier.getTime() === until.getTime()) return;
        const isOpen = wishes?.window.length === 0 || spans.some((one) => isWithin(one, zone, earlier));
        expect(isOpen && !isWithin(quiet, zone, earlier)).toBe(false);
      }),
      { numRuns: 600 },
    ));

  it('hold for a week and a week again where the quiet time never ends', () => {
    const known = facts({
      window: { spans: [span('10:00', '11:00')] },
      person: { quietHours: span('00:00', '00:00') },
    });
    expect(isGivenUp(known)).toBe(true);
    for (const now of [NOON, plus(NOON, 7 * DAY)])
      expect(quietHours.gate?.(known, now)).toEqual({ kind: 'hold', until: plus(now, 7 * DAY), reason: 'QUIET_HOURS' });
  });

  it('say nothing where nobody said anything, or where it is urgent', () => {
    expect(timeWishes(facts())).toBeNull();
    const quiet = { quietHours: span('00:00', '00:00') };
    expect(timeWishes(facts({ person: quiet, category: { critical: true } }))).toBeNull();
  });
});
