import { plus } from '../base/clock.js';
import { WEEKDAYS } from '../base/names.js';
import type { Facts } from './facts.js';
import { minutesOfSpan, nextEnd, nextOpen } from './local-time.js';
import { isUrgent } from './overriding.js';
import type { Span } from './profile.js';

const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** A moment that suits both comes every week; where a change of clocks takes it away, a week later. */
const SEARCH_MS = 14 * DAY_MINUTES * 60_000;

/** What time means for a notification: when the person wants peace, and when the sender wants it out. */
export interface TimeWishes {
  readonly zone: string;
  readonly quiet: Span | null;
  /** Empty: at any time. */
  readonly window: readonly Span[];
}

/**
 * The wishes that hold this notification; null: none does, or it is too urgent. The window of the send comes before the one
 * of its category. A window that lies in the quiet hours as a whole can never be met: the person's peace comes first, and
 * the window is given up, so that it goes when they end.
 */
export function timeWishes(facts: Facts): TimeWishes | null {
  if (isUrgent(facts)) return null;
  const { timeZone: zone, quietHours: quiet } = facts.person;
  const window = windowOf(facts);
  if (quiet === null && window.length === 0) return null;
  return { zone, quiet, window: isGivenUp(facts) ? [] : window };
}

/** Does the sender's window give way, because the person's quiet hours leave nothing of it? */
export function isGivenUp(facts: Facts): boolean {
  const { quietHours: quiet } = facts.person;
  const window = windowOf(facts);
  return quiet !== null && window.length > 0 && !isUrgent(facts) && !leavesRoom(window, quiet);
}

/**
 * The first instant from `now` on that is in the window and not quiet. Quiet time without an end is waited for seven days at
 * a time, for ever: it defers, it never drops.
 */
export function openTime({ zone, quiet, window }: TimeWishes, now: Date): Date {
  const latest = plus(now, SEARCH_MS);
  const loudFrom = (time: Date): Date => (quiet === null ? time : nextEnd(quiet, zone, time));
  if (window.length === 0) return loudFrom(now);
  // Each turn leads out of the quiet stretch of another day.
  for (let time = loudFrom(now); ;) {
    const open = nextOpen(window, zone, time) ?? time;
    const loud = loudFrom(open);
    if (loud.getTime() === open.getTime() || loud > latest) return loud;
    time = loud;
  }
}

function windowOf({ window, category }: Facts): readonly Span[] {
  return (window ?? category.rules.window)?.spans ?? [];
}

/** Is there a minute in the week that lies in one of the spans and is not quiet? */
function leavesRoom(spans: readonly Span[], quiet: Span): boolean {
  const silent: { from: number; to: number }[] = [];
  for (const week of [-1, 0, 1])
    for (const { from, to } of minutesOfWeek(quiet)) {
      const last = silent.at(-1);
      const start = from + week * WEEK_MINUTES;
      if (last && last.to >= start) last.to = to + week * WEEK_MINUTES;
      else silent.push({ from: start, to: to + week * WEEK_MINUTES });
    }
  return spans.some((span) =>
    minutesOfWeek(span).some(({ from, to }) => !silent.some((one) => one.from <= from && to <= one.to)),
  );
}

/** The stretches of one week, in order, in minutes from the 00:00 that it begins with. */
function minutesOfWeek(span: Span): { from: number; to: number }[] {
  const { from, to } = minutesOfSpan(span);
  return WEEKDAYS.flatMap((day, nth) =>
    span.days.length === 0 || span.days.includes(day)
      ? [{ from: nth * DAY_MINUTES + from, to: nth * DAY_MINUTES + to }]
      : [],
  );
}
