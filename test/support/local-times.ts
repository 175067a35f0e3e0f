import * as fc from 'fast-check';
import { WEEKDAYS, type Weekday } from '../../src/base/names.js';
import type { Span } from '../../src/routing/profile.js';

const MINUTE = 60_000;

export const ZONES: readonly string[] = Intl.supportedValuesOf('timeZone');

/** Changes of clocks of every kind: an hour, half an hour, two hours, at midnight, backwards in winter, none. */
export const CHANGING = [
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'America/Havana',
  'America/Santiago',
  'Asia/Beirut',
  'Europe/Dublin',
  'Africa/Casablanca',
  'Africa/Cairo',
] as const;

export const span = (start: string, end: string, ...days: Weekday[]): Span => ({ start, end, days });

const time = fc
  .tuple(fc.nat({ max: 23 }), fc.oneof(fc.constantFrom(0, 15, 30, 45), fc.nat({ max: 59 })))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);

/** Any span, on some days or on all, with and without midnight in it; seldom a whole day. */
export const anySpan: fc.Arbitrary<Span> = fc.record({
  start: time,
  end: time,
  days: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1, maxLength: 7 })),
});

/** Does it hold for ever? */
export function isEndless({ start, end, days }: Span): boolean {
  return start === end && (days.length === 0 || days.length === WEEKDAYS.length);
}

/** Quiet hours that end. */
export const anyQuiet: fc.Arbitrary<Span> = anySpan.filter((one) => !isEndless(one));

/** What the sender may want: some spans. */
export const anyWindow: fc.Arbitrary<readonly Span[]> = fc.array(anySpan, { minLength: 1, maxLength: 3 });

/** The instants in a year at which the clocks of a zone change. */
export function clockChanges(zone: string, year: number): Date[] {
  const found: Date[] = [];
  const first = Date.UTC(year, 0, 1);
  for (let day = 0; day < 366; day += 1) {
    let low = first + day * 1_440 * MINUTE;
    let high = low + 1_440 * MINUTE;
    if (offsetOf(zone, low) === offsetOf(zone, high)) continue;
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / MINUTE / 2) * MINUTE;
      if (offsetOf(zone, middle) === offsetOf(zone, low)) low = middle;
      else high = middle;
    }
    found.push(new Date(high));
  }
  return found;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** What the clock on the wall shows, as minutes since the epoch as if that were UTC: by `Intl`, not by what is tested. */
export function wallMinutes(zone: string, at: number): number {
  let format = FORMATS.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric' },
    });
    FORMATS.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute) / MINUTE;
}

function offsetOf(zone: string, at: number): number {
  return wallMinutes(zone, at) - Math.floor(at / MINUTE);
}

/** Does what the clock shows there lie in the span? The same question, answered without any knowledge of instants. */
export function showsWithin({ start, end, days }: Span, zone: string, at: Date): boolean {
  const wall = wallMinutes(zone, at.getTime());
  const today = Math.floor(wall / 1_440);
  const minute = wall - today * 1_440;
  // The first of January 1970 was a Thursday.
  const isDay = (day: number): boolean => days.length === 0 || days.includes(WEEKDAYS[(day + 3) % 7] as Weekday);
  const [from, to] = [start, end].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
  if (from === undefined || to === undefined) throw new Error('expected two times');
  if (from < to) return isDay(today) && from <= minute && minute < to;
  return (isDay(today) && minute >= from) || (isDay(today - 1) && minute < to);
}

/** Are clocks the same from three days before to three days after? */
export function isSteady(zone: string, at: Date): boolean {
  const offsets = [-3, -2, -1, 0, 1, 2, 3].map((day) => offsetOf(zone, at.getTime() + day * 1_440 * MINUTE));
  return new Set(offsets).size === 1;
}
