const units = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
] as const;

/** A past moment as people say it ("5 min. ago", "yesterday"); beyond four weeks, and for nonsense, as a date. */
export function relativeTime(iso: string, now: number, locale?: string): string {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return iso;
  const age = Math.max(0, now - then);
  if (age > 4 * 604_800_000) return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(then);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const unit = units.findLast(([, ms]) => age >= ms);
  return unit ? format.format(-Math.floor(age / unit[1]), unit[0]) : format.format(0, 'second');
}

/** A moment with its date and its time. */
export function fullTime(iso: string, locale?: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}
