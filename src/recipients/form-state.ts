import { Temporal } from 'temporal-polyfill';
import { instant } from '../base/clock.js';
import { CHANNELS, type Cadence, type ChannelName } from '../base/names.js';
import { CHANNEL_REGISTRY } from '../channels/index.js';
import type { CategoryRules, Profile } from '../routing/profile.js';
import type { CategoryRow } from '../store/categories.js';
import type { ProfileRow } from '../store/profiles.js';
import { choosableCadences, choosableChannels, isOpen } from './choosable.js';
import { termsOf, type ConsentLock, type Terms } from './agreement.js';
import type { PreferenceRule, Preferences } from './preferences.js';

/** A form as it is filled in. Cells are named `category CHANNEL`, whole channels by their name alone. */
export interface PreferencesForm {
  /** Cells and whole channels that are on. */
  readonly on: ReadonlySet<string>;
  /** How often, by cell; empty: as the category does it. */
  readonly cadences: ReadonlyMap<string, string>;
  /** The channel that is tried first, by category; empty: as the category does it. */
  readonly firsts: ReadonlyMap<string, string>;
  /** Until when one category rests, by category: a local date, or empty. */
  readonly pauses: ReadonlyMap<string, string>;
  readonly level: string;
  /** `HH:MM`, or empty. */
  readonly quietFrom: string;
  readonly quietTo: string;
  /** A local date, `YYYY-MM-DD`, or empty. */
  readonly pausedUntil: string;
  readonly unsubscribed: boolean;
}

/** One category on one channel. */
export interface FormCell {
  readonly channel: ChannelName;
  readonly editable: boolean;
  /** What may be chosen of how often it comes, besides what is usual; empty: nothing. */
  readonly cadences: readonly Cadence[];
  /** What is usual is at once, rather than gathered in some way. */
  readonly atOnce: boolean;
  /** Advertising without the consent that it needs: a tick agrees to it, or why none can; null: it needs none. */
  readonly consent: 'TICK' | ConsentLock | null;
}

export interface FormRow {
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  /** How much of it to expect. */
  readonly expected: string | null;
  /** Why nothing can be chosen here: it is security, it is necessary, or the operator decides; null: it can. */
  readonly locked: 'SECURITY' | 'MANDATORY' | 'FIXED' | null;
  readonly cells: readonly FormCell[];
  /** Channels of which one can be put first; empty: there is no choice. */
  readonly firsts: readonly ChannelName[];
  readonly pausable: boolean;
  /** Of advertising, what it refers to; null: it is none. */
  readonly terms: Terms | null;
}

/** Everything that the page of preferences shows. */
export interface PreferencesState {
  readonly environment: string;
  readonly locale: string | null;
  readonly timeZone: string;
  /** Channels that can be switched as a whole: all that some open category uses. */
  readonly channels: readonly ChannelName[];
  readonly sections: readonly { readonly name: string | null; readonly rows: readonly FormRow[] }[];
  readonly form: PreferencesForm;
}

/** How a cell is called in a form. */
export function cellName(category: string, channel: ChannelName): string {
  return `${category} ${channel}`;
}

/** The page as it is now. */
export function formState(
  preferences: Preferences,
  person: Pick<ProfileRow, 'environment' | 'locale' | 'timeZone'>,
  now: Date,
): PreferencesState {
  const { rules, sections: names, profile } = preferences;
  const { environment, locale } = person;
  const timeZone = person.timeZone ?? 'UTC';
  const used = new Set(rules.filter(({ category }) => isOpen(category)).map((rule) => rule.channel));
  const bySection = Map.groupBy(rules, ({ category }) => rulesOf(category).section ?? null);
  const known = new Set(names.map(({ key }) => key));
  const others = [...bySection].flatMap(([key, own]) => (key === null || !known.has(key) ? own : []));
  const sections = [
    ...names.map(({ key, name }) => ({ name, rows: rowsOf(bySection.get(key) ?? [], preferences) })),
    { name: null, rows: rowsOf(others, preferences) },
  ].filter(({ rows }) => rows.length > 0);
  return {
    ...{ environment, locale, timeZone, sections },
    channels: CHANNELS.filter((channel) => used.has(channel)),
    form: formOf(rules, profile, timeZone, now),
  };
}

/** The channels that a person put in order, as far as the operator still leaves them; null: none. */
export function chosenChannels(profile: Profile, category: CategoryRow): readonly ChannelName[] | null {
  const left = choosableChannels(category);
  const chosen = profile.categories?.[category.key]?.channels?.filter((channel) => left.includes(channel)) ?? [];
  return chosen.length === 0 ? null : chosen;
}

/** Which channel a person put first; empty: the category's own stand first, in their order, at any time of the day. */
export function firstOf(chosen: readonly ChannelName[] | null, category: CategoryRow): ChannelName | '' {
  const own = category.channels.filter((channel) => choosableChannels(category).includes(channel));
  const isUsual = own.every((channel, nth) => chosen?.[nth] === channel) && !rulesOf(category).channelsAt;
  return isUsual ? '' : (chosen?.[0] ?? '');
}

/** Would it go there only if the person chose the channel? */
export function isExtra({ category, channel }: Pick<PreferenceRule, 'category' | 'channel'>): boolean {
  return !category.channels.includes(channel);
}

/** May this box be ticked and unticked? Not while it lacks a consent that no tick can give. */
export function isEditable(rule: PreferenceRule): boolean {
  return isLeft(rule) && (rule.consentGap?.lock ?? null) === null;
}

/** Advertising can be switched off even where the operator leaves no choice, and back to what is usual. */
function isLeft(rule: PreferenceRule): boolean {
  return rule.editable || (rule.category.class === 'MARKETING' && rulesOf(rule.category).defaultOn !== false);
}

function rowsOf(rules: readonly PreferenceRule[], { profile, standing }: Preferences): FormRow[] {
  return [...Map.groupBy(rules, ({ category }) => category.key)].flatMap(([key, own]) => {
    const [first] = own;
    if (!first) return [];
    const { category } = first;
    const open = isOpen(category);
    const isLocked = !own.some(isLeft);
    const lock = open ? 'FIXED' : category.class === 'SECURITY' ? 'SECURITY' : 'MANDATORY';
    const { description = null, expected = null } = rulesOf(category);
    const firsts = choosableChannels(category);
    const cells = own.filter((rule) => !isLocked || goes(rule)).map((rule) => toCell(rule, profile));
    return [
      {
        ...{ key, name: category.name, description, expected, cells },
        locked: isLocked ? lock : null,
        firsts: firsts.length > 1 ? firsts : [],
        pausable: open && category.lane !== 'CRITICAL',
        terms: standing && category.class === 'MARKETING' ? termsOf(category, standing.compliance) : null,
      },
    ];
  });
}

function goes({ enabled, consentGap }: PreferenceRule): boolean {
  return enabled && consentGap === null;
}

function toCell(rule: PreferenceRule, { level }: Profile): FormCell {
  const { category, channel } = rule;
  const { digest } = rulesOf(category);
  const isGathered = digest !== undefined && digest.channels?.includes(channel) !== false;
  const isDigested = level === 'DIGESTS';
  const atOnce = !isGathered && !isDigested && (rule.usualCadence ?? 'INSTANT') === 'INSTANT';
  // As routing/digest-window: what is urgent, or shown in the app, is not gathered.
  const inApp = CHANNEL_REGISTRY[channel].inApp && digest?.channels?.includes(channel) !== true;
  const mayChoose = rule.editable && isEditable(rule) && category.lane !== 'CRITICAL' && !inApp;
  const cadences = choosableCadences(category).filter((one) => one !== 'INSTANT' || !(atOnce || isDigested));
  const consent = rule.consentGap && (rule.consentGap.lock ?? 'TICK');
  return { channel, editable: isEditable(rule), cadences: mayChoose ? cadences : [], atOnce, consent };
}

function formOf(rules: readonly PreferenceRule[], profile: Profile, timeZone: string, now: Date): PreferencesForm {
  const { quietHours, unsubscribedAt, level, channelsOff = [] } = profile;
  const isOn = (rule: PreferenceRule): boolean =>
    goes(rule) && (!isExtra(rule) || chosenChannels(profile, rule.category)?.includes(rule.channel) === true);
  const categories = new Map(rules.map(({ category }) => [category.key, category]));
  // A pause that is over is none.
  const dateOf = (until: string | undefined): string =>
    until !== undefined && instant(until) > now ? dateIn(timeZone, instant(until)).toString() : '';
  return {
    on: new Set([
      ...rules.filter(isOn).map((rule) => cellName(rule.category.key, rule.channel)),
      ...CHANNELS.filter((channel) => !channelsOff.includes(channel)),
    ]),
    cadences: new Map(
      rules.map((rule) => {
        const isOffered = toCell(rule, profile).cadences.some((cadence) => cadence === rule.chosenCadence);
        return [cellName(rule.category.key, rule.channel), isOffered ? (rule.chosenCadence ?? '') : ''];
      }),
    ),
    firsts: new Map(
      [...categories].map(([key, category]) => [key, firstOf(chosenChannels(profile, category), category)]),
    ),
    pauses: new Map([...categories.keys()].map((key) => [key, dateOf(profile.categories?.[key]?.pausedUntil)])),
    level: level ?? 'EVERYTHING',
    quietFrom: quietHours?.start ?? '',
    quietTo: quietHours?.end ?? '',
    pausedUntil: dateOf(profile.pausedUntil),
    unsubscribed: unsubscribedAt !== undefined,
  };
}

function rulesOf({ rules }: Pick<CategoryRow, 'rules'>): CategoryRules {
  return rules;
}

/** The day that it is somewhere. */
export function dateIn(timeZone: string, at: Date): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}
