import { instant, plus } from '../base/clock.js';
import { userError, type UserError } from '../base/errors.js';
import { CHANNELS, type ChannelName, type Level } from '../base/names.js';
import type { Cap, Profile, Span } from '../routing/profile.js';
import type { EndpointRow } from '../store/endpoints.js';
import { changedChoices, type CategoryChoiceChange } from './category-choices.js';
import type { Limits } from './choosable.js';
import { checkEndpoint } from './endpoints.js';
import type { CellChange } from './preference-cells.js';

/** What a person says. A missing field stays as it is; null clears it. */
export interface PreferenceChange {
  readonly rules?: readonly CellChange[] | null | undefined;
  readonly quietHours?: Span | null | undefined;
  readonly pausedUntil?: Date | null | undefined;
  readonly level?: Level | null | undefined;
  readonly channelsOff?: readonly ChannelName[] | null | undefined;
  readonly categories?: readonly CategoryChoiceChange[] | null | undefined;
  /** `recipientId` null: there is no such person. */
  readonly delegate?: DelegateChange | null | undefined;
  readonly redirects?: readonly RedirectChange[] | null | undefined;
  readonly caps?: readonly Cap[] | null | undefined;
  readonly doNotSell?: boolean | null | undefined;
  readonly limitUse?: boolean | null | undefined;
}

export interface DelegateChange {
  readonly recipientId: string | null;
  readonly until: Date;
  readonly categories?: readonly string[] | null | undefined;
}

export interface RedirectChange {
  readonly channel: ChannelName;
  readonly address: string;
  readonly until: Date;
}

/** What a change is checked against. */
export interface Known {
  readonly recipientId: string;
  readonly profile: Profile;
  readonly categories: ReadonlyMap<string, Limits>;
  /** The person's addresses; needed only where one is chosen. */
  readonly endpoints: readonly EndpointRow[];
  readonly now: Date;
}

const DAY_MS = 24 * 3_600_000;
/** What has an end must end: a year and a day, so that the same date next year is one. */
const LONGEST_MS = 366 * DAY_MS;
const CAPS_MAX = 20;
const CAP_MAX = 1_000;
const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** The profile as it becomes, without what has ended, and what is wrong with the change. */
export function checkChange(change: PreferenceChange, known: Known): { profile: Profile; problems: UserError[] } {
  const { profile, categories, now } = known;
  const problems: UserError[] = [];
  const said: { -readonly [Field in keyof Profile]?: Profile[Field] | null | undefined } = {
    level: change.level,
    pausedUntil: change.pausedUntil && change.pausedUntil.toISOString(),
    quietHours: change.quietHours,
    channelsOff: change.channelsOff && CHANNELS.filter((channel) => change.channelsOff?.includes(channel)),
    caps: change.caps,
    doNotSell: change.doNotSell,
    limitUse: change.limitUse,
  };
  if (change.pausedUntil) problems.push(...untilProblems(['input', 'pausedUntil'], change.pausedUntil, now));
  if (change.quietHours) problems.push(...spanProblems(['input', 'quietHours'], change.quietHours));
  if (change.caps) problems.push(...capProblems(change.caps, categories));
  if (change.delegate) {
    problems.push(...delegateProblems(change.delegate, known));
    const { recipientId, until, categories: some } = change.delegate;
    said.delegate = {
      ...{ recipientId: recipientId ?? '', until: until.toISOString() },
      ...(some ? { categories: [...new Set(some)] } : {}),
    };
  } else said.delegate = change.delegate;
  if (change.redirects) {
    const checked = change.redirects.map((redirect, nth) => checkRedirect(redirect, nth, change.redirects ?? [], now));
    problems.push(...checked.flatMap((one) => one.problems));
    said.redirects = checked.map((one) => one.redirect);
  } else said.redirects = change.redirects;
  if (change.categories) {
    const choices = changedChoices(change.categories, known, (path, until) => untilProblems(path, until, now));
    problems.push(...choices.problems);
    said.categories = choices.choices;
  } else said.categories = change.categories;
  const changed = Object.entries(said).filter(([, value]) => value !== undefined);
  const merged = { ...profile, ...Object.fromEntries(changed) } as Record<string, unknown>;
  const kept = Object.entries(merged).filter(([, value]) => value !== null && value !== false && !isEmpty(value));
  return { profile: withoutEnded(Object.fromEntries(kept), now), problems };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What has ended is not kept. */
function withoutEnded(profile: Profile, now: Date): Profile {
  const isOver = (until: string | undefined): boolean => until !== undefined && instant(until) <= now;
  const { pausedUntil, delegate, redirects, ...rest } = profile;
  const active = redirects?.filter(({ until }) => !isOver(until)) ?? [];
  return {
    ...rest,
    ...(pausedUntil === undefined || isOver(pausedUntil) ? {} : { pausedUntil }),
    ...(delegate === undefined || isOver(delegate.until) ? {} : { delegate }),
    ...(active.length === 0 ? {} : { redirects: active }),
  };
}

/** A time to come, and not for ever. */
function untilProblems(path: readonly (string | number)[], until: Date, now: Date): UserError[] {
  if (until > now && until <= plus(now, LONGEST_MS)) return [];
  const expected = 'expected a time in the future, at most a year ahead';
  return [userError(path, 'INVALID_TIME', `${until.toISOString()} given, ${expected}`)];
}

function spanProblems(path: readonly string[], { start, end }: Span): UserError[] {
  const wrong = Object.entries({ start, end }).flatMap(([field, time]) =>
    CLOCK_TIME.test(time)
      ? []
      : [userError([...path, field], 'INVALID_TIME', `"${time.slice(0, 20)}" given, expected a time like 22:00`)],
  );
  if (wrong.length > 0 || start !== end) return wrong;
  const expected = 'expected another time than the start; to hear nothing at all, pause';
  return [userError([...path, 'end'], 'INVALID_TIME', `"${end}" given, ${expected}`)];
}

function capProblems(caps: readonly Cap[], categories: ReadonlyMap<string, unknown>): UserError[] {
  if (caps.length > CAPS_MAX)
    return [userError(['input', 'caps'], 'TOO_MANY', `${caps.length} caps given, at most ${CAPS_MAX}`)];
  return caps.flatMap(({ max, periodMs, category }, nth) => {
    const path = ['input', 'caps', nth];
    const problems: UserError[] = [];
    if (!(max >= 1 && max <= CAP_MAX))
      problems.push(userError([...path, 'max'], 'INVALID_CAP', `${max} given, expected 1 to ${CAP_MAX}`));
    if (!(periodMs >= 60_000 && periodMs <= 365 * DAY_MS))
      problems.push(userError([...path, 'per'], 'INVALID_DURATION', 'expected PT1M to P365D'));
    if (category !== undefined && !categories.has(category))
      problems.push(userError([...path, 'category'], 'NOT_FOUND', `no category "${category}"`));
    return problems;
  });
}

function delegateProblems({ recipientId, until, categories: some }: DelegateChange, known: Known): UserError[] {
  const path = ['input', 'delegate'];
  const problems = untilProblems([...path, 'until'], until, known.now);
  if (recipientId === null)
    problems.push(userError([...path, 'recipient'], 'NOT_FOUND', 'no such recipient in this environment'));
  if (recipientId === known.recipientId)
    problems.push(userError([...path, 'recipient'], 'NOT_ALLOWED', 'the person given, expected somebody else'));
  if (some?.length === 0)
    problems.push(userError([...path, 'categories'], 'NOT_ALLOWED', 'none given; leave it out for all of them'));
  some?.forEach((key, nth) => {
    const category = known.categories.get(key);
    const at = [...path, 'categories', nth];
    if (!category) problems.push(userError(at, 'NOT_FOUND', `no category "${key}"`));
    else if (category.class === 'SECURITY')
      problems.push(userError(at, 'NOT_EDITABLE', `"${key}" is of class SECURITY: nobody takes it for somebody else`));
  });
  return problems;
}

function checkRedirect(
  { channel, address, until }: RedirectChange,
  nth: number,
  all: readonly RedirectChange[],
  now: Date,
): { redirect: NonNullable<Profile['redirects']>[number]; problems: UserError[] } {
  const path = ['input', 'redirects', nth];
  const problems = untilProblems([...path, 'until'], until, now);
  const isPush = channel === 'MOBILE_PUSH' || channel === 'WEB_PUSH';
  const checked = isPush ? null : checkEndpoint({ channel, address });
  if (isPush)
    problems.push(userError([...path, 'channel'], 'NOT_ALLOWED', `${channel} is of devices, which have no stand-in`));
  for (const problem of checked?.problems ?? [])
    problems.push(userError([...path, problem.field.at(-1) ?? ''], problem.code, problem.message));
  if (all.findIndex((other) => other.channel === channel) < nth)
    problems.push(
      userError([...path, 'channel'], 'NOT_ALLOWED', `${channel} given twice, expected one address a channel`),
    );
  return { redirect: { channel, address: checked?.address ?? '', until: until.toISOString() }, problems };
}
