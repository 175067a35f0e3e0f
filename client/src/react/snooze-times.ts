/** A moment to put an item off to; `name` is the key of its label. */
export interface SnoozeTime {
  readonly name: 'laterToday' | 'tomorrow' | 'nextWeek';
  readonly at: Date;
}

const morning = 9;
const afterHours = 3;

/**
 * What is offered at a moment, in the time zone of this machine: in three hours, on the full hour, if that is still today;
 * tomorrow at nine; on Monday at nine, unless that is tomorrow. Pure.
 */
export function snoozeTimes(now: Date): readonly SnoozeTime[] {
  const at = (days: number, hour: number): Date =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const later = at(0, now.getHours() + afterHours + (now.getMinutes() > 0 ? 1 : 0));
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    ...(later.getDate() === now.getDate() ? [{ name: 'laterToday', at: later } as const] : []),
    { name: 'tomorrow', at: at(1, morning) },
    ...(toMonday > 1 ? [{ name: 'nextWeek', at: at(toMonday, morning) } as const] : []),
  ];
}

/** A moment as a field for local date and time takes it: `2026-11-22T09:30`. */
export function localField(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
