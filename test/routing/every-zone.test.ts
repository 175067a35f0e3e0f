import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { nextClosing, type Schedule } from '../../src/routing/digest-window.js';
import { isWithin, nextEnd, nextOpen } from '../../src/routing/local-time.js';
import { isGivenUp, openTime, timeWishes, type TimeWishes } from '../../src/routing/open-time.js';
import type { Span } from '../../src/routing/profile.js';
import { facts } from '../support/arbitraries.js';
import { clockChanges, showsWithin, span, wallMinutes, ZONES } from '../support/local-times.js';

/** Not a sample: every zone that there is, around every change of its clocks in a year, and on one day without changes. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 2026;
/** Changes that no zone has made since: Samoa left out a Friday, others leapt by hours, or over midnight. */
const STRANGE = [
  ...(['Pacific/Apia', 'Antarctica/Casey'] as const).map((zone) => ({ zone, year: 2011 })),
  ...[
    { zone: 'America/Sao_Paulo', year: 2017 },
    { zone: 'Asia/Pyongyang', year: 2018 },
  ],
];
const STEADY = new Date('2026-06-10T09:00:00Z');

interface Change {
  readonly zone: string;
  readonly at: Date;
}

/** Zones that share their changes are the same to everything here but the name: each kind of change is looked at once. */
const EVERY: readonly Change[] = ZONES.flatMap((zone) =>
  [STEADY, ...clockChanges(zone, YEAR)].map((at) => ({ zone, at })),
);
const CHANGES = [
  ...distinct(EVERY),
  ...STRANGE.flatMap(({ zone, year }) => clockChanges(zone, year).map((at) => ({ zone, at }))),
];

function distinct(all: readonly Change[]): Change[] {
  const before = (zone: string, at: Date, hours: number): number =>
    wallMinutes(zone, at.getTime() + hours * HOUR) - Math.floor((at.getTime() + hours * HOUR) / MINUTE);
  const keyOf = ({ zone, at }: Change): string => `${at.getTime()} ${before(zone, at, -30)} ${before(zone, at, 30)}`;
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** From a day and more before to a day and more after, to the millisecond where it matters. */
const AROUND: readonly number[] = [
  -30 * HOUR,
  -25 * HOUR,
  -9 * HOUR,
  -90 * MINUTE,
  -1,
  0,
  45 * MINUTE,
  7 * HOUR,
  23 * HOUR,
];

/** For what takes long. */
const CLOSE_BY = [-25 * HOUR, -1, 45 * MINUTE];

const SPANS: readonly Span[] = [
  span('22:00', '07:00'),
  span('00:00', '06:30'),
  span('02:15', '02:45'),
  span('23:30', '02:30'),
  span('01:30', '00:30'),
  span('00:00', '00:00', 'SUN', 'FRI'),
  span('18:00', '09:00', 'SAT', 'THU', 'WED'),
];

/** Checks every change, every span, and every instant around it; names the first that is wrong. */
function everywhere(check: (one: Span, zone: string, at: Date) => boolean, spans = SPANS, around = AROUND): void {
  for (const { zone, at: change } of CHANGES)
    for (const one of spans)
      for (const ms of around) {
        const at = plus(change, ms);
        if (!check(one, zone, at)) expect([zone, at, one]).toBe('as it should be');
      }
}

it('the zones are all of them, and clocks change in every way', () => {
  expect(ZONES.length).toBeGreaterThan(400);
  expect(new Set(EVERY.map(({ zone }) => zone)).size).toBe(ZONES.length);
  expect(CHANGES.length).toBeGreaterThan(100);
  const leaps = CHANGES.map(
    ({ zone, at }) => wallMinutes(zone, at.getTime()) - wallMinutes(zone, at.getTime() - MINUTE),
  );
  expect([...new Set(leaps)]).toEqual(expect.arrayContaining([1, 61, -59, 31, -29, 121, -119, 1_441]));
});

describe('around every change of the clocks of every zone', () => {
  it('quiet time ends at an instant that is not before, not quiet by the clock on the wall either, and its own end', () =>
    everywhere((quiet, zone, at) => {
      const end = nextEnd(quiet, zone, at);
      const isOver = !isWithin(quiet, zone, end) && !showsWithin(quiet, zone, end);
      const isFixed = nextEnd(quiet, zone, end).getTime() === end.getTime();
      const isFirst = end.getTime() === at.getTime() || isWithin(quiet, zone, plus(end, -1));
      return end >= at && isOver && isFixed && isFirst && end.getTime() - at.getTime() < 3 * DAY;
    }));

  it('a window opens at an instant that is not before, open, its own next, and the first such one', () =>
    everywhere((window, zone, at) => {
      const open = nextOpen([window], zone, at) as Date;
      const isFixed = nextOpen([window], zone, open)?.getTime() === open.getTime();
      const isFirst = open.getTime() === at.getTime() || !isWithin(window, zone, plus(open, -1));
      return (
        open >= at && isWithin(window, zone, open) && isFixed && isFirst && open.getTime() - at.getTime() < 9 * DAY
      );
    }));

  it('a window beside quiet time is met in the window and not in quiet time, or given up and met after quiet time', () => {
    const given = { up: 0, met: 0 };
    const windows = [span('09:00', '17:00', 'MON', 'FRI'), span('02:00', '02:30'), span('23:00', '06:45')];
    everywhere(
      (quiet, zone, at) =>
        windows.every((window) => {
          const known = facts({ window: { spans: [window] }, person: { quietHours: quiet, timeZone: zone } });
          const wishes = timeWishes(known) as TimeWishes;
          const until = openTime(wishes, at);
          const isFixed = openTime(wishes, until).getTime() === until.getTime();
          const isLoud = !isWithin(quiet, zone, until) && !showsWithin(quiet, zone, until);
          const isUp = isGivenUp(known);
          given[isUp ? 'up' : 'met'] += 1;
          const isMet = isUp ? until.getTime() === nextEnd(quiet, zone, at).getTime() : isWithin(window, zone, until);
          return until >= at && isLoud && isMet && isFixed;
        }),
      SPANS.slice(0, 4),
      CLOSE_BY,
    );
    expect(given.up).toBeGreaterThan(100);
    expect(given.met).toBeGreaterThan(1_000);
  });
});

/** What the clock on the wall shows there: `FRI 09:00`. */
function wallOf(zone: string, at: Date): { day: number; weekday: number; minute: number } {
  const wall = wallMinutes(zone, at.getTime());
  const day = Math.floor(wall / 1_440);
  // The first of January 1970 was a Thursday.
  return { day, weekday: ((day + 3) % 7) + 1, minute: wall - day * 1_440 };
}

/** All closings of a schedule between two instants. */
function closings(schedule: Schedule, zone: string, from: Date, to: Date): Date[] {
  const found: Date[] = [];
  for (let at = nextClosing(schedule, zone, from); at <= to; at = nextClosing(schedule, zone, at)) found.push(at);
  return found;
}

/** Local days between two instants, those that a leap over midnight left out not among them. */
function daysOf(zone: string, from: Date, to: Date): number[] {
  const days = new Set<number>();
  for (let at = from.getTime(); at <= to.getTime(); at += 30 * MINUTE) days.add(wallOf(zone, new Date(at)).day);
  return [...days];
}

describe('digests close', () => {
  it.each<[string, Schedule, (weekday: number) => boolean, number]>([
    ['daily', { cadence: 'DAILY' }, () => true, 540],
    ['daily at half past two', { cadence: 'DAILY', at: '02:30' }, () => true, 150],
    ['weekly', { cadence: 'WEEKLY' }, (weekday) => weekday === 1, 540],
    ['by cron', { cron: '0 9 * * 1-5' }, (weekday) => weekday <= 5, 540],
    ['by an RRULE', { rrule: 'FREQ=WEEKLY;BYDAY=TU,SU;BYHOUR=9' }, (weekday) => weekday === 2 || weekday === 7, 540],
  ])('%s: once on each of their days, at their time, whatever clocks do', (_name, schedule, isDay, minute) => {
    // An RRULE counts from 2024.
    const changes = CHANGES.filter(({ at }) => !schedule.rrule || at.getUTCFullYear() >= 2024);
    for (const { zone, at } of changes) {
      const [from, to] = [plus(at, -4 * DAY), plus(at, 4 * DAY)];
      const walls = closings(schedule, zone, from, to).map((closing) => wallOf(zone, closing));
      const [first, last] = [wallOf(zone, from).day, wallOf(zone, to).day];
      const whole = daysOf(zone, from, to).filter((day) => day > first && day < last && isDay(((day + 3) % 7) + 1));
      const counts = whole.map((day) => walls.filter((wall) => wall.day === day && isDay(wall.weekday)).length);
      expect([zone, at, counts]).toEqual([zone, at, whole.map(() => 1)]);
      // A time that is left out is as much later.
      const late = walls.filter((wall) => wall.minute !== minute);
      expect([zone, at, late.every((wall) => wall.minute > minute && wall.minute <= minute + 180)]).toEqual([
        zone,
        at,
        true,
      ]);
      expect(late.length).toBeLessThanOrEqual(1);
    }
  });

  it('hourly: whenever the clock on the wall shows a full hour, and never else', () => {
    for (const { zone, at } of CHANGES) {
      const [from, to] = [plus(at, -3 * HOUR), plus(at, 3 * HOUR)];
      const full: number[] = [];
      for (let time = from.getTime() + MINUTE; time <= to.getTime(); time += MINUTE)
        if (wallMinutes(zone, time) % 60 === 0) full.push(time);
      expect([zone, at, closings({ cadence: 'HOURLY' }, zone, from, to).map(Number)]).toEqual([zone, at, full]);
    }
  });

  it('each instant has one window: from wherever one asks, the same closings come', () => {
    const schedules: Schedule[] = [
      ...([{ cadence: 'HOURLY' }, { cadence: 'DAILY' }, { cadence: 'WEEKLY', at: '00:00' }] satisfies Schedule[]),
      ...[{ cron: '*/20 * * * *' }, { cron: '30 2 * * *' }, { rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;BYHOUR=9' }],
    ];
    for (const { zone, at } of CHANGES)
      for (const schedule of schedules)
        for (const ms of CLOSE_BY) {
          const now = plus(at, ms);
          const end = nextClosing(schedule, zone, now);
          const middle = plus(now, Math.floor((end.getTime() - now.getTime()) / 2));
          const same = [middle, plus(end, -1)].every(
            (one) => nextClosing(schedule, zone, one).getTime() === end.getTime(),
          );
          if (!(end > now && same)) expect([zone, now, schedule]).toBe('in one window');
        }
  });
});
