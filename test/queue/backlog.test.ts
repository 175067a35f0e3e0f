import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/base/names.js';
import { Backlog, ownerOf, priorityFor } from '../../src/queue/backlog.js';

type Lanes = Map<Lane, Map<string, number>>;

function lanes(of: Partial<Record<Lane, Record<string, number>>>): Lanes {
  return new Map(Object.entries(of).map(([lane, owners]) => [lane as Lane, new Map(Object.entries(owners))]));
}

/** A backlog whose readings are given, at a time that the test moves. */
function backlogOf(...readings: (Lanes | Error)[]): { backlog: Backlog; time: { ms: number }; reads: () => number } {
  const time = { ms: 0 };
  let reads = 0;
  const read = async (): Promise<Lanes> => {
    const reading = readings[Math.min(reads, readings.length - 1)] as Lanes | Error;
    reads += 1;
    if (reading instanceof Error) throw reading;
    return reading;
  };
  return { backlog: new Backlog(read, () => time.ms), time, reads: () => reads };
}

describe('the priority of a job', () => {
  it('falls a step with each doubling of what its owner has waiting', () =>
    expect([0, 499, 500, 1_500, 3_500].map(priorityFor).map((priority) => priority + 0)).toEqual([0, 0, -1, -2, -3]));

  it('never rises with more, and never leaves its bounds', () =>
    fc.assert(
      fc.property(fc.nat({ max: 1e12 }), fc.nat({ max: 1e12 }), (a, b) => {
        const [less, more] = [priorityFor(Math.min(a, b)), priorityFor(Math.max(a, b))];
        expect(more).toBeLessThanOrEqual(less);
        expect(less).toBeLessThanOrEqual(0);
        expect(more).toBeGreaterThanOrEqual(-20);
      }),
    ));
});

it('owners are tenants within environments', () => {
  const names = [
    ownerOf({ environmentId: 'a', tenant: null }),
    ownerOf({ environmentId: 'a', tenant: 'x' }),
    ownerOf({ environmentId: 'b', tenant: 'x' }),
  ];
  expect(new Set(names).size).toBe(3);
  expect(ownerOf({ environmentId: 'a' })).toBe(names[0]);
});

describe('the backlog', () => {
  it('counts a lane over all owners, and an owner as last known', async () => {
    const { backlog } = backlogOf(lanes({ BULK: { ana: 7, ben: 5 }, NORMAL: { ana: 1 } }));
    expect(backlog.ofOwner('BULK', 'ana')).toBe(0);
    expect(await backlog.of('BULK')).toBe(12);
    expect(await backlog.of('CRITICAL')).toBe(0);
    expect([backlog.ofOwner('BULK', 'ana'), backlog.ofOwner('BULK', 'cleo')]).toEqual([7, 0]);
  });

  it('is read once a second at most, and by one at a time', async () => {
    const { backlog, time, reads } = backlogOf(lanes({}));
    await Promise.all([backlog.of('BULK'), backlog.of('NORMAL')]);
    time.ms = 999;
    await backlog.of('BULK');
    expect(reads()).toBe(1);
    time.ms = 1_000;
    await backlog.of('BULK');
    expect(reads()).toBe(2);
  });

  it('holds what was added since, until it is read again', async () => {
    const { backlog, time } = backlogOf(lanes({ BULK: { ana: 7 } }), lanes({ BULK: { ana: 3 } }));
    backlog.add('NORMAL', 'ben', 2);
    expect(await backlog.of('BULK')).toBe(7);
    backlog.add('BULK', 'ana', 10);
    backlog.add('BULK', 'ben', 1);
    expect(await backlog.of('BULK')).toBe(18);
    expect(backlog.ofOwner('BULK', 'ana')).toBe(17);
    time.ms = 5_000;
    expect(await backlog.of('BULK')).toBe(3);
  });

  it('says what it knew when it cannot be read, tries again, and throws only when it never knew', async () => {
    const broken = new Error('no database');
    const never = backlogOf(broken, lanes({ BULK: { ana: 1 } }));
    await expect(never.backlog.of('BULK')).rejects.toBe(broken);
    expect(await never.backlog.of('BULK')).toBe(1);
    const once = backlogOf(lanes({ BULK: { ana: 1 } }), broken, lanes({ BULK: { ana: 2 } }));
    await once.backlog.of('BULK');
    once.time.ms = 2_000;
    expect(await once.backlog.of('BULK')).toBe(1);
    expect(await once.backlog.of('BULK')).toBe(2);
  });
});
