import { CronExpressionParser } from 'cron-parser';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { plus } from '../base/clock.js';
import type { Cadence, ChannelName } from '../base/names.js';
import type { Facts } from './facts.js';
import { isUrgent } from './overriding.js';
import type { DigestRule } from './profile.js';

/** When daily and weekly digests close where nothing else is said: local time of the person; weekly ones on Mondays. */
export const DIGEST_AT = '09:00';
const MONDAY = 1;
/** Offsets of zones are multiples of this, so that every full hour of every zone is one as well. */
const QUARTER_MS = 900_000;
/** From where an RRULE counts its intervals, midnight of a Monday in the person's zone: the same for everybody and for ever. */
const ANCHOR = Temporal.PlainDateTime.from('2024-01-01T00:00');
/** Defaults of a batch. */
const WINDOW_MS = 300_000;

/** A window that something can be gathered in. */
export interface DigestWindow {
  /** Whose and of what besides person, category and channel: windows of different keys do not mix. */
  readonly key: string;
  /** When it closes if nothing more comes; always after the instant that was asked about. */
  readonly closesAt: Date;
  /** How long it may stay open at most, from its opening, where each further one moves its end; null: the end stands. */
  readonly slidesMs: number | null;
}

/** Fixed closings at local times. */
export type Schedule = Pick<DigestRule, 'cadence' | 'at' | 'cron' | 'rrule'>;

/**
 * How a channel gathers for this person now; null: everything goes by itself. Never gathered are what is urgent, digests
 * themselves, what carries files where the channel takes them, and what is shown in the app, unless the category says so.
 */
export function digestWindow(facts: Facts, channel: ChannelName, now: Date): DigestWindow | null {
  const { person, category, traits, isDigest, attachmentBytes, digestKey: key } = facts;
  const { inApp, carriesFiles } = traits[channel];
  if (isDigest || isUrgent(facts) || (carriesFiles && attachmentBytes > 0)) return null;
  const { digest } = category.rules;
  const named = digest?.channels?.includes(channel);
  if (inApp && named !== true) return null;
  const rule = named === false ? undefined : digest;
  const cadence = cadenceOf(person.cadences[channel], person.level === 'DIGESTS', rule !== undefined);
  if (cadence === 'INSTANT') return null;
  if (cadence !== null) return { key, closesAt: nextClosing({ cadence }, person.timeZone, now), slidesMs: null };
  if (!rule) return null;
  if (rule.kind === 'SCHEDULE') return { key, closesAt: nextClosing(rule, person.timeZone, now), slidesMs: null };
  const windowMs = rule.windowMs ?? WINDOW_MS;
  const slidesMs = rule.sliding === true ? Math.max(windowMs, rule.maxMs ?? windowMs) : null;
  return { key, closesAt: plus(now, windowMs), slidesMs };
}

/** The person's word, or null where the category's rule decides. */
function cadenceOf(chosen: Cadence | undefined, onlyDigests: boolean, hasRule: boolean): Cadence | null {
  if (chosen !== undefined && chosen !== 'INSTANT') return chosen;
  if (!onlyDigests) return chosen ?? null;
  return chosen === undefined && hasRule ? null : 'DAILY';
}

/**
 * The first closing of a schedule after `now`, at the person's local time. A time that a change of the clocks leaves out is
 * as much later; one that comes twice counts once, the first time; full hours count each time. Between two closings the
 * answer is the second one: windows tile time.
 */
export function nextClosing(schedule: Schedule, timeZone: string, now: Date): Date {
  if (schedule.cron !== undefined) return nextOfCron(schedule.cron, timeZone, now);
  if (schedule.rrule !== undefined) {
    const next = nextOfRule(schedule.rrule, timeZone, now);
    if (next) return next;
  }
  if (schedule.cadence === 'HOURLY') return nextFullHour(timeZone, now);
  const at = Temporal.PlainTime.from(schedule.at ?? DIGEST_AT);
  const today = zoned(now, timeZone).toPlainDate();
  // From yesterday: where clocks leap over midnight, its time may still be ahead.
  for (let day = -1; ; day += 1) {
    const date = today.add({ days: day });
    if (schedule.cadence === 'WEEKLY' && date.dayOfWeek !== MONDAY) continue;
    const { epochMilliseconds } = date.toZonedDateTime({ timeZone, plainTime: at });
    if (epochMilliseconds > now.getTime()) return new Date(epochMilliseconds);
  }
}

function nextFullHour(timeZone: string, now: Date): Date {
  for (let at = (Math.floor(now.getTime() / QUARTER_MS) + 1) * QUARTER_MS; ; at += QUARTER_MS) {
    const date = new Date(at);
    if (zoned(date, timeZone).minute === 0) return date;
  }
}

/** Cron knows local times without an offset: they are found in wall time and put into the zone then. */
function nextOfCron(cron: string, timeZone: string, now: Date): Date {
  // A day before: where clocks were set back, or leapt over a closing, it may lie ahead though its wall time is past.
  const from = zoned(now, timeZone).toPlainDateTime().subtract({ days: 1 });
  const walls = CronExpressionParser.parse(cron, { currentDate: asUtc(from), tz: 'UTC' });
  for (;;) {
    const wall = Temporal.PlainDateTime.from(walls.next().toDate().toISOString().slice(0, 19));
    const { epochMilliseconds } = wall.toZonedDateTime(timeZone);
    if (epochMilliseconds > now.getTime()) return new Date(epochMilliseconds);
  }
}

/** Null when the rule has no further occurrence. */
function nextOfRule(rrule: string, timeZone: string, now: Date): Date | null {
  const dtstart = ANCHOR.toZonedDateTime('UTC');
  const rule = new RRuleTemporal({ rruleString: `DTSTART:20240101T000000Z\nRRULE:${rrule.replace(/^RRULE:/, '')}` });
  let after: Temporal.ZonedDateTime = zoned(now, timeZone)
    .toPlainDateTime()
    .subtract({ days: 1 })
    .toZonedDateTime('UTC');
  if (Temporal.ZonedDateTime.compare(after, dtstart) < 0) after = dtstart;
  for (;;) {
    const next = rule.next(new Date(after.epochMilliseconds));
    if (!next) return null;
    const wall = Temporal.Instant.fromEpochMilliseconds(next.epochMilliseconds).toZonedDateTimeISO('UTC');
    const { epochMilliseconds } = wall.toPlainDateTime().toZonedDateTime(timeZone);
    if (epochMilliseconds > now.getTime()) return new Date(epochMilliseconds);
    after = wall;
  }
}

function zoned(date: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(date.getTime()).toZonedDateTimeISO(timeZone);
}

function asUtc(wall: Temporal.PlainDateTime): Date {
  return new Date(wall.toZonedDateTime('UTC').epochMilliseconds);
}
