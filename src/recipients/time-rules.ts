import { userError, type UserError } from '../base/errors.js';
import type { ChannelName, Weekday } from '../base/names.js';
import { isTimeOfDay } from '../routing/local-time.js';
import type { CategoryRules, Span } from '../routing/profile.js';

/** Send windows that have a name. */
export const SEND_WINDOW_PRESETS = ['BUSINESS_HOURS', 'AFTER_WORK', 'MORNING_OR_NOON'] as const;
export type SendWindowPreset = (typeof SEND_WINDOW_PRESETS)[number];

const WORKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI'] as const;

/** What the names mean; stored as spans, so that what was accepted keeps its meaning. */
const PRESETS: Readonly<Record<SendWindowPreset, readonly Span[]>> = {
  BUSINESS_HOURS: [{ start: '09:00', end: '17:00', days: WORKDAYS }],
  AFTER_WORK: [{ start: '17:00', end: '21:00', days: WORKDAYS }],
  MORNING_OR_NOON: [
    { start: '10:00', end: '10:30', days: [] },
    { start: '13:00', end: '13:30', days: [] },
  ],
};

const SPANS_MAX = 10;

/** A span as a caller gives it; without days it is for all of them. */
export interface SpanChange {
  readonly start: string;
  readonly end: string;
  readonly days?: readonly Weekday[] | null | undefined;
}

/** Exactly one of the two. */
export interface SendWindowChange {
  readonly preset?: SendWindowPreset | null | undefined;
  readonly spans?: readonly SpanChange[] | null | undefined;
}

/** What a caller says of time in a category; missing leaves it, null clears it. */
export interface TimeRulesChange {
  readonly sendWindow?: SendWindowChange | null | undefined;
  readonly channelsAt?: readonly (SpanChange & { readonly channels: readonly ChannelName[] })[] | null | undefined;
}

/** What was asked for, or what is wrong with it. */
export interface Checked<Value> {
  readonly value: Value;
  readonly problems: readonly UserError[];
}

/** A span with its days, each once. `path` is where it stands in the input. */
export function checkSpan({ start, end, days }: SpanChange, path: readonly (string | number)[]): Checked<Span> {
  const problems = Object.entries({ start, end }).flatMap(([field, time]) =>
    isTimeOfDay(time)
      ? []
      : [userError([...path, field], 'INVALID_SPAN', `"${time.slice(0, 20)}" given, expected 00:00 to 23:59`)],
  );
  return { value: { start, end, days: [...new Set(days ?? [])] }, problems };
}

/** The window of a send or a category, as it is stored. */
export function checkSendWindow(
  { preset, spans }: SendWindowChange,
  path: readonly (string | number)[],
): Checked<{ readonly spans: readonly Span[] }> {
  if ((preset == null) === (spans == null))
    return refused(path, 'INVALID_SEND_WINDOW', 'expected either `preset` or `spans`, exactly one of them');
  if (preset != null) return { value: { spans: PRESETS[preset] }, problems: [] };
  const given = spans ?? [];
  if (given.length === 0 || given.length > SPANS_MAX)
    return refused([...path, 'spans'], 'INVALID_SEND_WINDOW', `${given.length} given, expected 1 to ${SPANS_MAX}`);
  const checked = given.map((span, index) => checkSpan(span, [...path, 'spans', index]));
  return { value: { spans: checked.map((one) => one.value) }, problems: checked.flatMap((one) => one.problems) };
}

function refused(path: readonly (string | number)[], code: string, message: string): Checked<{ spans: Span[] }> {
  return { value: { spans: [] }, problems: [userError(path, code, message)] };
}

type TimeRules = Pick<CategoryRules, 'window' | 'channelsAt'>;

/** The rules of a category with what is said of time. `channels` are those of the category. */
export function withTimeRules(
  change: TimeRulesChange,
  known: Readonly<Record<string, unknown>>,
  channels: readonly ChannelName[],
): Checked<Record<string, unknown>> {
  const { window, channelsAt, ...rest } = known as TimeRules;
  const newWindow = change.sendWindow && checkSendWindow(change.sendWindow, ['input', 'sendWindow']);
  const newChannelsAt = change.channelsAt && checkChannelsAt(change.channelsAt, channels);
  const nextWindow = change.sendWindow === undefined ? window : newWindow?.value;
  const nextChannelsAt = change.channelsAt === undefined ? channelsAt : newChannelsAt?.value;
  return {
    value: {
      ...rest,
      ...(nextWindow ? { window: nextWindow } : {}),
      ...(nextChannelsAt && nextChannelsAt.length > 0 ? { channelsAt: nextChannelsAt } : {}),
    },
    problems: [...(newWindow?.problems ?? []), ...(newChannelsAt?.problems ?? [])],
  };
}

/** What the rules of a category say of time, for those who show it. */
export function timeRulesOf(rules: Readonly<Record<string, unknown>>): TimeRules {
  return rules;
}

function checkChannelsAt(
  given: NonNullable<TimeRulesChange['channelsAt']>,
  channels: readonly ChannelName[],
): Checked<NonNullable<CategoryRules['channelsAt']>> {
  const path = ['input', 'channelsAt'];
  if (given.length > SPANS_MAX)
    return {
      value: [],
      problems: [userError(path, 'INVALID_SPAN', `${given.length} given, expected at most ${SPANS_MAX}`)],
    };
  const checked = given.map((one, index) => {
    const { value, problems } = checkSpan(one, [...path, index]);
    const isFit = one.channels.length > 0 && one.channels.every((channel) => channels.includes(channel));
    const misfit = userError(
      [...path, index, 'channels'],
      'INVALID_CHANNELS',
      `expected at least one, each of the category's: ${channels.join(', ')}`,
    );
    return {
      value: { ...value, channels: [...new Set(one.channels)] },
      problems: isFit ? problems : [...problems, misfit],
    };
  });
  return { value: checked.map((one) => one.value), problems: checked.flatMap((one) => one.problems) };
}
