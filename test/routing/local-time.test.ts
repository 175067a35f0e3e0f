import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { isTimeOfDay, isWithin, isZone, nextEnd, nextOpen, weekdayOf } from '../../src/routing/local-time.js';
import type { Span } from '../../src/routing/profile.js';
import {
  anyQuiet,
  anySpan,
  anyWindow,
  CHANGING,
  clockChanges,
  isEndless,
  isSteady,
  showsWithin,
  span,
  wallMinutes,
  ZONES,
} from '../support/local-times.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utc = (text: string): Date => new Date(`${text}Z`);

const anyZone = fc.constantFrom(...ZONES);
const anyMinute = fc
  .integer({ min: Date.UTC(2024, 0) / MINUTE, max: Date.UTC(2031, 0) / MINUTE })
  .map((minute) => new Date(minute * MINUTE));

/** Around the changes of clocks, where mistakes are. */
const anyChange = fc
  .constantFrom(...CHANGING.flatMap((zone) => clockChanges(zone, 2026).map((at) => ({ zone, at }))))
  .chain(({ zone, at }) =>
    fc.integer({ min: -1_800, max: 1_800 }).map((minutes) => ({ zone, at: plus(at, minutes * MINUTE) })),
  );
const anywhere = fc.oneof(fc.record({ zone: anyZone, at: anyMinute }), anyChange);

/** So many instants from `from` to before `to`, the very first and last among them. */
function between(from: Date, to: Date, count: number): Date[] {
  const length = to.getTime() - from.getTime();
  if (length <= 0) return [];
  return [...Array.from({ length: count }, (_, nth) => plus(from, Math.floor((length * nth) / count))), plus(to, -1)];
}

describe('a span', () => {
  it.each<[string, Span, string, string, boolean]>([
    ['holds at its start', span('22:00', '07:00'), 'UTC', '2026-03-14T22:00:00', true],
    ['holds after midnight', span('22:00', '07:00'), 'UTC', '2026-03-14T06:59:59.999', true],
    ['does not hold at its end', span('22:00', '07:00'), 'UTC', '2026-03-14T07:00:00', false],
    ['belongs to the day that it starts on', span('22:00', '07:00', 'FRI'), 'UTC', '2026-03-14T03:00:00', true],
    ['and not to the one that it ends on', span('22:00', '07:00', 'SAT'), 'UTC', '2026-03-14T03:00:00', false],
    ['without a length is the whole day', span('08:00', '08:00', 'SAT'), 'UTC', '2026-03-15T07:59:00', true],
    ['of a whole day ends', span('08:00', '08:00', 'SAT'), 'UTC', '2026-03-15T08:00:00', false],
    ['is where the person is', span('10:00', '11:00'), 'Asia/Tokyo', '2026-03-14T01:30:00', true],
    ['is not where we are', span('10:00', '11:00'), 'Asia/Tokyo', '2026-03-14T10:30:00', false],
    ['of a zone that nobody knows is in UTC', span('10:00', '11:00'), 'Mars/Olympus', '2026-03-14T10:30:00', true],
    // Berlin, the last Sunday of March: 02:00 becomes 03:00.
    ['starts after a gap that took its start', span('02:30', '05:00'), 'Europe/Berlin', '2026-03-29T01:00:00', true],
    ['in a gap as a whole begins after it', span('02:15', '02:45'), 'Europe/Berlin', '2026-03-29T01:29:00', true],
    ['and is as long as ever', span('02:15', '02:45'), 'Europe/Berlin', '2026-03-29T01:30:00', false],
    ['ends with a gap that took its end', span('22:00', '02:30'), 'Europe/Berlin', '2026-03-29T01:00:00', false],
    // The last Sunday of October: 03:00 becomes 02:00.
    ['starts the first time', span('02:30', '07:00'), 'Europe/Berlin', '2026-10-25T00:30:00', true],
    ['ends the second time', span('22:00', '02:30'), 'Europe/Berlin', '2026-10-25T01:29:00', true],
    ['and is over then', span('22:00', '02:30'), 'Europe/Berlin', '2026-10-25T01:30:00', false],
  ])('%s', (_name, one, zone, at, holds) => expect(isWithin(one, zone, utc(at))).toBe(holds));

  it('holds whenever the clock on the wall shows it, and at no other time where clocks do not change', () =>
    fc.assert(
      fc.property(anySpan, anywhere, (one, { zone, at }) => {
        const shows = showsWithin(one, zone, at);
        if (shows || isSteady(zone, at)) expect(isWithin(one, zone, at)).toBe(shows);
      }),
      { numRuns: 3_000 },
    ));
});

describe('the end of quiet time', () => {
  it.each<[string, Span, string, string, string]>([
    ['is now where it is not quiet', span('22:00', '07:00'), 'UTC', '2026-03-14T12:00:00', '2026-03-14T12:00:00'],
    ['comes in the morning', span('22:00', '07:00'), 'UTC', '2026-03-14T23:00:00', '2026-03-15T07:00:00'],
    [
      'comes after the weekend',
      span('00:00', '00:00', 'SAT', 'SUN'),
      'UTC',
      '2026-03-14T09:00:00',
      '2026-03-16T00:00:00',
    ],
    ['is local', span('22:00', '07:00'), 'America/New_York', '2026-01-02T05:00:00', '2026-01-02T12:00:00'],
    [
      'follows the clock forward',
      span('22:00', '07:00'),
      'Europe/Berlin',
      '2026-03-28T22:00:00',
      '2026-03-29T05:00:00',
    ],
    ['follows the clock back', span('22:00', '07:00'), 'Europe/Berlin', '2026-10-24T22:00:00', '2026-10-25T06:00:00'],
    ['is in a week where it never comes', span('08:00', '08:00'), 'UTC', '2026-03-14T12:00:00', '2026-03-21T12:00:00'],
  ])('%s', (_name, one, zone, at, end) => expect(nextEnd(one, zone, utc(at))).toEqual(utc(end)));

  it('is not before, not quiet, its own end, and the first such moment, in every zone and around changes of clocks', () =>
    fc.assert(
      fc.property(anyQuiet, anywhere, (one, { zone, at }) => {
        const end = nextEnd(one, zone, at);
        expect(end.getTime()).toBeGreaterThanOrEqual(at.getTime());
        expect(end.getTime()).toBeLessThanOrEqual(at.getTime() + 7 * DAY);
        expect(isWithin(one, zone, end)).toBe(false);
        expect(nextEnd(one, zone, end)).toEqual(end);
        for (const moment of between(at, end, 12)) expect(isWithin(one, zone, moment)).toBe(true);
      }),
      { numRuns: 600 },
    ));

  it('is a week away where the clock never shows one', () =>
    fc.assert(
      fc.property(
        anySpan.map((one) => ({ ...one, end: one.start, days: [] })),
        anywhere,
        (one, { zone, at }) => {
          expect(isEndless(one)).toBe(true);
          expect(nextEnd(one, zone, at)).toEqual(plus(at, 7 * DAY));
        },
      ),
      { numRuns: 100 },
    ));
});

describe('the next opening', () => {
  const noon = [span('10:00', '10:30'), span('13:00', '13:30')];
  it.each<[string, readonly Span[], string, string, string | null]>([
    ['is now where one is open', noon, 'UTC', '2026-03-14T10:29:00', '2026-03-14T10:29:00'],
    ['is the next of them', noon, 'UTC', '2026-03-14T11:00:00', '2026-03-14T13:00:00'],
    ['is tomorrow', noon, 'UTC', '2026-03-14T13:30:00', '2026-03-15T10:00:00'],
    ['is on Monday', [span('09:00', '17:00', 'MON')], 'UTC', '2026-03-14T10:00:00', '2026-03-16T09:00:00'],
    ['is in a week', [span('09:00', '17:00', 'SAT')], 'UTC', '2026-03-14T17:00:00', '2026-03-21T09:00:00'],
    ['is at ten in Tokyo', noon, 'Asia/Tokyo', '2026-03-13T23:00:00', '2026-03-14T01:00:00'],
    ['is at ten in New York', noon, 'America/New_York', '2026-03-13T23:00:00', '2026-03-14T14:00:00'],
    ['is never without spans', [], 'UTC', '2026-03-14T11:00:00', null],
  ])('%s', (_name, spans, zone, at, open) =>
    expect(nextOpen(spans, zone, utc(at))).toEqual(open === null ? null : utc(open)),
  );

  it('is not before, open, its own next, and the first such moment, in every zone and around changes of clocks', () =>
    fc.assert(
      fc.property(anyWindow, anywhere, (spans, { zone, at }) => {
        const isOpen = (moment: Date): boolean => spans.some((one) => isWithin(one, zone, moment));
        const open = nextOpen(spans, zone, at) as Date;
        expect(open.getTime()).toBeGreaterThanOrEqual(at.getTime());
        expect(open.getTime()).toBeLessThanOrEqual(at.getTime() + 8 * DAY);
        expect(isOpen(open)).toBe(true);
        expect(nextOpen(spans, zone, open)).toEqual(open);
        for (const moment of between(at, open, 24)) expect(isOpen(moment)).toBe(false);
      }),
      { numRuns: 400 },
    ));
});

it('every zone has its own ten o’clock on every day, also on those of its changes', () => {
  const ten = span('10:00', '10:30');
  for (const zone of ZONES)
    for (const change of [utc('2026-06-01T00:00:00'), ...clockChangesOf(zone)]) {
      const open = nextOpen([ten], zone, plus(change, -DAY)) as Date;
      expect([zone, wallMinutes(zone, open.getTime()) % 1_440]).toEqual([zone, expect.toSatisfy(isMorning)]);
    }
});

/** Those whose changes are looked up: it costs a while. */
function clockChangesOf(zone: string): Date[] {
  return (CHANGING as readonly string[]).includes(zone) ? clockChanges(zone, 2026) : [];
}

const isMorning = (minute: number): boolean => minute >= 600 && minute < 630;

it('weekdays are local', () => {
  expect(weekdayOf('UTC', utc('2026-03-14T12:00:00'))).toBe('SAT');
  expect(weekdayOf('Pacific/Kiritimati', utc('2026-03-14T12:00:00'))).toBe('SUN');
  expect(weekdayOf('Pacific/Pago_Pago', utc('2026-03-14T10:00:00'))).toBe('FRI');
});

it('zones and times are known as such', () => {
  for (const zone of [...ZONES, 'UTC', 'EST', '+05:30']) expect([zone, isZone(zone)]).toEqual([zone, true]);
  for (const text of ['', 'Mars/Olympus', 'Europe/', '25:00', 'ten'])
    expect([text, isZone(text)]).toEqual([text, false]);
  expect(['00:00', '23:59', '24:00', '7:00', '07:0', '07:60', ''].map(isTimeOfDay)).toEqual([
    true,
    true,
    ...Array.from({ length: 5 }, () => false),
  ]);
});
