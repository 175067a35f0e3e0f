import { Temporal } from 'temporal-polyfill';
import { instant } from '../base/clock.js';
import { UserErrors } from '../base/errors.js';
import { CHANNELS, type ChannelName } from '../base/names.js';
import type { CategoryRules, Profile } from '../routing/profile.js';
import type { Db } from '../store/database.js';
import { saveProfile } from '../store/preferences.js';
import { findProfile, type ProfileRow } from '../store/profiles.js';
import { unsubscribedSince, type LinkActionContext, type Shut } from './links-actions.js';
import type { Link } from './links.js';
import { preferencesOf, updatePreferences, type PreferenceRule } from './preferences.js';

/** A form as it is filled in. */
export interface PreferencesForm {
  /** Cells that are on, named `category CHANNEL`. */
  readonly on: ReadonlySet<string>;
  /** `HH:MM`, or empty. */
  readonly quietFrom: string;
  readonly quietTo: string;
  /** A local date, `YYYY-MM-DD`, or empty. */
  readonly pausedUntil: string;
  readonly unsubscribed: boolean;
}

/** A form that came back; `shown` names the cells that could be chosen in it. */
export interface FilledForm extends PreferencesForm {
  readonly shown: ReadonlySet<string>;
}

interface FormRow {
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  /** Why nothing can be chosen here; null: it can. */
  readonly locked: 'SECURITY' | 'MANDATORY' | null;
  readonly cells: readonly { readonly channel: ChannelName; readonly editable: boolean }[];
}

/** Everything that the page of preferences shows. */
export interface PreferencesState {
  readonly environment: string;
  readonly locale: string | null;
  readonly timeZone: string;
  readonly channels: readonly ChannelName[];
  readonly sections: readonly { readonly name: string | null; readonly rows: readonly FormRow[] }[];
  readonly form: PreferencesForm;
}

/** What is wrong with a form. */
export type FormProblem =
  'QUIET_INCOMPLETE' | 'QUIET_INVALID' | 'QUIET_SAME' | 'PAUSE_INVALID' | 'PAUSE_PAST' | 'REFUSED';

/** Where a link to preferences leads. */
export async function preferencesState(context: LinkActionContext, token: string): Promise<PreferencesState | Shut> {
  const link = await context.links.read('preferences', token);
  if (typeof link === 'string') return link;
  const { db } = context.database;
  const person = await findProfile(db, link.environmentId, link.recipientId);
  return person ? stateOf(db, link, person, context.clock.now()) : 'INVALID';
}

/** Saves a form in one commit, or, with problems, nothing of it. Cells that it did not show stay as they are. */
export async function savePreferencesForm(
  context: LinkActionContext,
  token: string,
  form: FilledForm,
): Promise<{ state: PreferencesState; problems: FormProblem[] } | Shut> {
  const link = await context.links.read('preferences', token);
  if (typeof link === 'string') return link;
  const { environmentId, recipientId } = link;
  const { clock } = context;
  const now = clock.now();
  return context.inTransaction(async (tx) => {
    const person = await findProfile(tx.db, environmentId, recipientId, 'for update');
    if (!person) return 'INVALID';
    const before = await stateOf(tx.db, link, person, now);
    const read = profileOf(person, before.form, form, now);
    if ('problems' in read) return { state: { ...before, form }, problems: read.problems };
    const changed = before.sections
      .flatMap((section) => section.rows)
      .flatMap(({ key, cells }) => cells.map((cell) => ({ ...cell, category: key, name: cellName(key, cell.channel) })))
      .filter((cell) => cell.editable && form.shown.has(cell.name))
      .filter((cell) => before.form.on.has(cell.name) !== form.on.has(cell.name))
      .map(({ category, channel, name }) => ({ category, channel, enabled: form.on.has(name) }));
    try {
      await updatePreferences({ clock, inTransaction: (work) => work(tx) }, environmentId, recipientId, {
        rules: changed,
      });
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error;
      return { state: { ...before, form }, problems: ['REFUSED'] };
    }
    if (read.profile !== person.profile) await saveProfile(tx.db, environmentId, recipientId, read.profile, now);
    return { state: await stateOf(tx.db, link, { ...person, profile: { ...read.profile } }, now), problems: [] };
  });
}

/** How a cell is called in a form. */
export function cellName(category: string, channel: ChannelName): string {
  return `${category} ${channel}`;
}

async function stateOf(db: Db, link: Link, person: ProfileRow, now: Date): Promise<PreferencesState> {
  const { rules, sections: names } = await preferencesOf(db, link.environmentId, link.recipientId);
  const { environment, locale } = person;
  const timeZone = person.timeZone ?? 'UTC';
  const used = new Set(rules.map((rule) => rule.channel));
  const bySection = Map.groupBy(rules, ({ category }) => (category.rules as CategoryRules).section ?? null);
  const known = new Set(names.map(({ key }) => key));
  const others = [...bySection].flatMap(([key, own]) => (key === null || !known.has(key) ? own : []));
  const sections = [
    ...names.map(({ key, name }) => ({ name, rows: rowsOf(bySection.get(key) ?? []) })),
    { name: null, rows: rowsOf(others) },
  ].filter(({ rows }) => rows.length > 0);
  return {
    ...{ environment, locale, timeZone, sections },
    channels: CHANNELS.filter((channel) => used.has(channel)),
    form: formOf(rules, person.profile, timeZone, now),
  };
}

function rowsOf(rules: readonly PreferenceRule[]): FormRow[] {
  return [...Map.groupBy(rules, ({ category }) => category.key)].flatMap(([key, own]) => {
    const [first] = own;
    if (!first) return [];
    const { name, class: kind, rules: said } = first.category;
    const isLocked = own.every((rule) => !rule.editable);
    const locked = !isLocked ? null : kind === 'SECURITY' ? 'SECURITY' : 'MANDATORY';
    const description = (said as CategoryRules).description ?? null;
    return [{ key, name, description, locked, cells: own.map(({ channel, editable }) => ({ channel, editable })) }];
  });
}

function formOf(rules: readonly PreferenceRule[], profile: Profile, timeZone: string, now: Date): PreferencesForm {
  const { quietHours, unsubscribedAt } = profile;
  const pausedUntil = profile.pausedUntil === undefined ? null : instant(profile.pausedUntil);
  return {
    on: new Set(rules.filter((rule) => rule.enabled).map((rule) => cellName(rule.category.key, rule.channel))),
    quietFrom: quietHours?.start ?? '',
    quietTo: quietHours?.end ?? '',
    // A pause that is over is none.
    pausedUntil: pausedUntil && pausedUntil > now ? dateIn(timeZone, pausedUntil).toString() : '',
    unsubscribed: unsubscribedAt !== undefined,
  };
}

/** The profile with what the form says; the same one where it says nothing new. */
function profileOf(
  person: ProfileRow,
  before: PreferencesForm,
  form: PreferencesForm,
  now: Date,
): { profile: Profile } | { problems: FormProblem[] } {
  const timeZone = person.timeZone ?? 'UTC';
  const problems: FormProblem[] = [];
  let profile = unsubscribedSince(person.profile, form.unsubscribed ? now : null);
  if (form.quietFrom !== before.quietFrom || form.quietTo !== before.quietTo) {
    const { quietHours, ...rest } = profile;
    const { quietFrom: start, quietTo: end } = form;
    const problem = quietProblem(start, end);
    if (problem) problems.push(problem);
    profile = start === '' ? rest : { ...rest, quietHours: { start, end, days: quietHours?.days ?? [] } };
  }
  if (form.pausedUntil !== before.pausedUntil) {
    const { pausedUntil: _before, ...rest } = profile;
    const date = dateOf(form.pausedUntil);
    if (form.pausedUntil !== '' && !date) problems.push('PAUSE_INVALID');
    else if (date && Temporal.PlainDate.compare(date, dateIn(timeZone, now)) <= 0) problems.push('PAUSE_PAST');
    profile = date ? { ...rest, pausedUntil: startOf(date, timeZone) } : rest;
  }
  return problems.length > 0 ? { problems } : { profile };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

function quietProblem(start: string, end: string): FormProblem | null {
  if (start === '' && end === '') return null;
  if (start === '' || end === '') return 'QUIET_INCOMPLETE';
  if (!TIME.test(start) || !TIME.test(end)) return 'QUIET_INVALID';
  return start === end ? 'QUIET_SAME' : null;
}

function dateOf(text: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return null;
  }
}

function dateIn(timeZone: string, at: Date): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** When a day begins somewhere, as an instant. */
function startOf(date: Temporal.PlainDate, timeZone: string): string {
  return instant(date.toZonedDateTime({ timeZone }).epochMilliseconds).toISOString();
}
