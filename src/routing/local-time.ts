import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS, type Weekday } from '../base/names.js';
import type { Span } from './profile.js';

/**
 * The one place in routing that knows time zones. Instants come in and go out; nothing here reads the present.
 *
 * A span is one stretch of time for each of its days, from `start` to before `end`. Where clocks change:
 * - a start or an end that does not exist is the moment at which the clock jumps over it;
 * - of one that comes twice, the first starts it and the second ends it;
 * - a span that falls into the gap as a whole begins after it and is as long as ever.
 * So whatever the clock on the wall shows between start and end belongs to it.
 */

const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;

/** The longest that `nextEnd` looks ahead: quiet time without an end ends there, and may begin again at once. */
export const QUIET_AT_MOST_MS = 7 * DAY_MS;

/** Is it a time zone that we know: an IANA name, or an offset like `+05:30`? */
export function isZone(text: string): boolean {
  try {
    return new Temporal.ZonedDateTime(0n, text).timeZoneId !== '';
  } catch {
    return false;
  }
}

/** Is it a time of a day: `00:00` to `23:59`? */
export function isTimeOfDay(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

/** Minutes from 00:00 to a time of a day. What is none counts as 00:00, so that deciding never fails. */
export function minutesOf(time: string): number {
  if (!isTimeOfDay(time)) return 0;
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** The minutes that a span starts and ends at, counted from 00:00 of its day; without a length it is a whole day. */
export function minutesOfSpan({ start, end }: Span): { from: number; to: number } {
  const from = minutesOf(start);
  const to = minutesOf(end);
  return { from, to: to > from ? to : to + DAY_MINUTES };
}

/** Which day it is there. */
export function weekdayOf(zone: string, at: Date): Weekday {
  return nameOf(dateAt(known(zone), at));
}

/** Is it within the span there? Its end is not. */
export function isWithin(span: Span, zone: string, at: Date): boolean {
  return endOfStretch(span, zone, at.getTime()) !== null;
}

/** The first instant from `at` on that the span does not hold; at most seven days later, where it never ends. */
export function nextEnd(span: Span, zone: string, at: Date): Date {
  const latest = at.getTime() + QUIET_AT_MOST_MS;
  let time = at.getTime();
  for (let end = endOfStretch(span, zone, time); end !== null && time < latest; end = endOfStretch(span, zone, time))
    time = end;
  return new Date(Math.min(time, latest));
}

/** The first instant from `at` on that is within any of the spans: `at` itself where it is; null: there are no spans. */
export function nextOpen(spans: readonly Span[], zone: string, at: Date): Date | null {
  const firsts = spans.map((span) => firstWithin(span, zone, at));
  return firsts.length === 0 ? null : new Date(Math.min(...firsts));
}

/** A week has each of its days, and a day that clocks cut away is followed by the same day of the next week. */
const DAYS_AHEAD = 15;

function firstWithin(span: Span, zone: string, at: Date): number {
  for (const { start, end } of stretches(span, zone, at, DAYS_AHEAD))
    if (end > at.getTime()) return Math.max(start, at.getTime());
  return at.getTime() + DAYS_AHEAD * DAY_MS;
}

/** When the stretch that an instant lies in is over; of several, the last one; null: it lies in none. */
function endOfStretch(span: Span, zone: string, time: number): number | null {
  const around = [...stretches(span, zone, new Date(time), 1)].filter(({ start, end }) => start <= time && time < end);
  return around.length === 0 ? null : Math.max(...around.map(({ end }) => end));
}

/** The stretches of the span that begin from yesterday on until so many days ahead, in order, in epoch milliseconds. */
function* stretches(span: Span, name: string, at: Date, ahead: number): Generator<{ start: number; end: number }> {
  const zone = known(name);
  const today = dateAt(zone, at);
  const { from, to } = minutesOfSpan(span);
  for (let offset = -1; offset <= ahead; offset += 1) {
    const date = today.add({ days: offset });
    if (span.days.length > 0 && !span.days.includes(nameOf(date))) continue;
    const start = instantOf(zone, date, from, 'earlier');
    const end = instantOf(zone, date, to, 'later');
    yield { start, end: end > start ? end : start + (to - from) * 60_000 };
  }
}

/** So many minutes after 00:00 of a date, by the clock on the wall. Of a time that comes twice, the one that is asked for. */
function instantOf(zone: string, date: Temporal.PlainDate, minutes: number, which: 'earlier' | 'later'): number {
  const day = minutes >= DAY_MINUTES ? date.add({ days: 1 }) : date;
  const rest = minutes % DAY_MINUTES;
  const wall = day.toPlainDateTime({ hour: Math.floor(rest / 60), minute: rest % 60 });
  const there = wall.toZonedDateTime(zone, { disambiguation: which });
  if (there.toPlainDateTime().equals(wall)) return there.epochMilliseconds;
  const before = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  return (before.getTimeZoneTransition('next') ?? there).epochMilliseconds;
}

function dateAt(zone: string, at: Date): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate();
}

/** A zone that was stored before this process knew it, or was abolished since, is no reason to fail. */
function known(zone: string): string {
  return isZone(zone) ? zone : 'UTC';
}

function nameOf(date: Temporal.PlainDate): Weekday {
  return WEEKDAYS[date.dayOfWeek - 1] as Weekday;
}
