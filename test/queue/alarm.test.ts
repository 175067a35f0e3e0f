import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plus, systemClock } from '../../src/base/clock.js';
import { Alarm } from '../../src/queue/alarm.js';
import { NOON } from '../support/arbitraries.js';

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Ring {
  readonly queue: string;
  readonly ms: number;
}

function alarm(): { alarm: Alarm; rings: Ring[] } {
  const rings: Ring[] = [];
  const since = NOON.getTime();
  const ring = (queue: string): void => void rings.push({ queue, ms: systemClock.now().getTime() - since });
  return { alarm: new Alarm(systemClock, ring), rings };
}

const at = (ms: number): Date => plus(NOON, ms);

describe('an alarm', () => {
  it('rings when a moment has come, not before', () => {
    const { alarm: one, rings } = alarm();
    one.set('bulk', at(1_000));
    vi.advanceTimersByTime(999);
    expect(rings).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(rings).toEqual([{ queue: 'bulk', ms: expect.any(Number) }]);
    expect(rings[0]?.ms).toBeGreaterThanOrEqual(1_000);
  });

  it('rings for a moment that is past already', () => {
    const { alarm: one, rings } = alarm();
    one.set('bulk', at(-5_000));
    vi.advanceTimersByTime(10);
    expect(rings.length).toBe(1);
  });

  it('rings sooner when a nearer moment is set, and then for the other', () => {
    const { alarm: one, rings } = alarm();
    one.set('bulk', at(2_000));
    one.set('normal', at(1_000));
    vi.advanceTimersByTime(5_000);
    expect(rings.map((ring) => ring.queue)).toEqual(['normal', 'bulk']);
  });

  it('rings once for a queue that was set more than once for a moment', () => {
    const { alarm: one, rings } = alarm();
    for (const queue of ['bulk', 'bulk', 'normal']) one.set(queue, at(1_000));
    vi.advanceTimersByTime(5_000);
    expect(rings.map((ring) => ring.queue)).toEqual(['bulk', 'normal']);
  });

  it('leaves what is further than an hour to the poll', () => {
    const { alarm: one, rings } = alarm();
    one.set('bulk', at(3_600_001));
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(7_200_000);
    expect(rings).toEqual([]);
  });

  it('is silent once it was stopped', () => {
    const { alarm: one, rings } = alarm();
    one.set('bulk', at(1_000));
    one.stop();
    vi.advanceTimersByTime(5_000);
    expect([rings, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('rings for every moment within an hour, soon after it, with one timer for all', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            queue: fc.constantFrom('a', 'b', 'c'),
            setMs: fc.nat({ max: 5_000 }),
            inMs: fc.nat({ max: 60_000 }),
          }),
          {
            maxLength: 20,
          },
        ),
        (plans) => {
          vi.setSystemTime(NOON);
          const { alarm: one, rings } = alarm();
          let now = 0;
          for (const plan of plans.toSorted((a, b) => a.setMs - b.setMs)) {
            vi.advanceTimersByTime(plan.setMs - now);
            now = plan.setMs;
            one.set(plan.queue, at(plan.setMs + plan.inMs));
            expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
          }
          vi.advanceTimersByTime(70_000);
          for (const { queue, setMs, inMs } of plans) {
            const heard = rings.find((ring) => ring.queue === queue && ring.ms >= setMs + inMs);
            expect(heard?.ms ?? Infinity).toBeLessThanOrEqual(setMs + inMs + 10);
          }
          expect(rings.length).toBeLessThanOrEqual(plans.length);
          one.stop();
        },
      ),
    ));
});
