import { Temporal } from 'temporal-polyfill';
import { instant } from '../base/clock.js';
import { CADENCES, LEVELS, type ChannelName } from '../base/names.js';
import type { Profile } from '../routing/profile.js';
import type { CategoryChoiceChange } from './category-choices.js';
import { choosableChannels } from './choosable.js';
import { cellName, chosenChannels, dateIn, firstOf, isEditable, isExtra, type PreferencesForm } from './form-state.js';
import type { CellChange } from './preference-cells.js';
import type { PreferenceChange } from './preference-change.js';
import type { PreferenceRule, Preferences } from './preferences.js';

/** A form that came back; `shown` names the cells and channels that could be chosen in it. */
export interface FilledForm extends PreferencesForm {
  readonly shown: ReadonlySet<string>;
  /** What it said when it was shown, so that what changed since then elsewhere stays; null: it does not tell. */
  readonly was: PreferencesForm | null;
}

/** What is wrong with a form. */
export type FormProblem =
  | 'QUIET_INCOMPLETE'
  | 'QUIET_INVALID'
  | 'QUIET_SAME'
  | 'PAUSE_INVALID'
  | 'PAUSE_PAST'
  | 'PAUSE_FAR'
  | 'AGREEMENT'
  | 'REFUSED';

/** A problem and where it is: `quiet`, `pause`, `pause CATEGORY`, the name of a cell, or empty for the form as a whole. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: FormProblem;
}

/** What a form is compared with, and when it came back. */
export interface FormBasis {
  readonly preferences: Preferences;
  /** As it was shown. */
  readonly before: PreferencesForm;
  readonly timeZone: string;
  readonly now: Date;
}

/** What a form says that was not so before. What it did not show, or does not know, stays as it is. */
export function changeOf(basis: FormBasis, form: FilledForm): { change: PreferenceChange; problems: FieldProblem[] } {
  const { preferences, before } = basis;
  const { profile } = preferences;
  const level = LEVELS.find((one) => one === form.level && one !== before.level);
  const pause = pauseOf(basis, 'pause', before.pausedUntil, form.pausedUntil);
  const quiet = quietOf(profile, before, form);
  const choices = [...Map.groupBy(preferences.rules, ({ category }) => category.key).values()].map((rules) =>
    choiceOf(basis, rules, form),
  );
  const off = channelsOff(profile, form);
  return {
    problems: [...choices.flatMap((choice) => choice.problems), ...quiet.problems, ...pause.problems],
    change: {
      rules: preferences.rules.flatMap((rule) => cellChange(rule, before, form)),
      categories: choices.flatMap((choice) => choice.change ?? []),
      ...(level === undefined ? {} : { level: level === 'EVERYTHING' ? null : level }),
      ...(off === null ? {} : { channelsOff: off }),
      ...quiet.change,
      ...(pause.until === undefined ? {} : { pausedUntil: pause.until }),
    },
  };
}

/** What was typed, over what the form did not show; to be shown again. */
export function typedOver(
  before: PreferencesForm,
  { shown, ...form }: PreferencesForm & Pick<FilledForm, 'shown'>,
): PreferencesForm {
  const untouched = [...before.on].filter((name) => !shown.has(name));
  const over = (known: ReadonlyMap<string, string>, typed: ReadonlyMap<string, string>) =>
    new Map([...known].map(([name, value]) => [name, typed.get(name) ?? value]));
  return {
    ...{ quietFrom: form.quietFrom, quietTo: form.quietTo, pausedUntil: form.pausedUntil },
    unsubscribed: form.unsubscribed,
    on: new Set([...untouched, ...[...form.on].filter((name) => shown.has(name))]),
    cadences: over(before.cadences, form.cadences),
    firsts: over(before.firsts, form.firsts),
    pauses: over(before.pauses, form.pauses),
    level: form.level === '' ? before.level : form.level,
  };
}

function cellChange(rule: PreferenceRule, before: PreferencesForm, form: FilledForm): CellChange[] {
  const { category, channel } = rule;
  const name = cellName(category.key, channel);
  const on = isWanted(rule, before, form);
  // An extra channel is switched by being chosen or not; only one that was switched off before has to be on again.
  const isSwitched =
    isEditable(rule) && form.shown.has(name) && (isExtra(rule) ? on && !rule.enabled : before.on.has(name) !== on);
  // Where the operator leaves no choice, advertising goes off, and back to what is usual.
  const enabled = rule.editable ? on : on ? null : false;
  const typed = form.cadences.get(name);
  const isOften = typed !== undefined && typed !== before.cadences.get(name) && rule.editable;
  const cadence = CADENCES.find((one) => one === typed) ?? null;
  if (!isSwitched && !isOften) return [];
  return [{ category: category.key, channel, ...(isSwitched ? { enabled } : {}), ...(isOften ? { cadence } : {}) }];
}

/** Is it ticked, or an extra channel that was just put first? */
function isWanted(rule: PreferenceRule, before: PreferencesForm, { on, firsts }: FilledForm): boolean {
  const { category, channel } = rule;
  const isPutFirst = firsts.get(category.key) === channel && before.firsts.get(category.key) !== channel;
  return on.has(cellName(category.key, channel)) || (isExtra(rule) && isPutFirst);
}

/** What it says of one category besides its cells. */
function choiceOf(
  basis: FormBasis,
  rules: readonly PreferenceRule[],
  form: FilledForm,
): { change: CategoryChoiceChange | null; problems: FieldProblem[] } {
  const key = rules[0]?.category.key ?? '';
  const known = basis.before.pauses.get(key) ?? '';
  const pause = pauseOf(basis, `pause ${key}`, known, form.pauses.get(key) ?? known);
  const channels = channelsOf(basis, rules, form);
  const isChanged = channels !== undefined || pause.until !== undefined;
  return {
    problems: pause.problems,
    change: isChanged
      ? {
          category: key,
          ...(channels === undefined ? {} : { channels }),
          ...(pause.until === undefined ? {} : { pausedUntil: pause.until }),
        }
      : null,
  };
}

/** The channels in the person's order; null: as the category does it; undefined: nothing was said. */
function channelsOf(
  { preferences: { profile }, before }: FormBasis,
  rules: readonly PreferenceRule[],
  form: FilledForm,
): readonly ChannelName[] | null | undefined {
  const category = rules[0]?.category;
  if (!category) return undefined;
  const mayChoose = choosableChannels(category);
  const known = before.firsts.get(category.key) ?? '';
  const typed = form.firsts.get(category.key) ?? known;
  const first = mayChoose.find((channel) => channel === typed);
  const isNamed = typed !== known && (typed === '' || first !== undefined);
  const extras = rules.filter((rule) => isExtra(rule) && form.shown.has(cellName(category.key, rule.channel)));
  const wanted = new Set(extras.filter((rule) => isWanted(rule, before, form)).map(({ channel }) => channel));
  const isMoved = extras.some(({ channel }) => before.on.has(cellName(category.key, channel)) !== wanted.has(channel));
  if (!isNamed && !isMoved) return undefined;
  const own = category.channels.filter((channel) => mayChoose.includes(channel));
  const chosen = typed === '' ? own : (chosenChannels(profile, category) ?? own);
  const left = chosen.filter((channel) => own.includes(channel) || wanted.has(channel));
  // Whoever unticks the channel that came first does not want it first.
  const isLeft = first !== undefined && (own.includes(first) || wanted.has(first));
  const list = [...new Set([...(isLeft ? [first] : []), ...left, ...wanted])];
  return list.length === 0 || (firstOf(list, category) === '' && list.length === own.length) ? null : list;
}

/** Channels that are off as a whole, with those that the form did not show; null: as before. */
function channelsOff({ channelsOff: known = [] }: Profile, form: FilledForm): readonly ChannelName[] | null {
  const shown = [...form.shown].filter((name) => !name.includes(' ')) as ChannelName[];
  const off = [...known.filter((one) => !form.shown.has(one)), ...shown.filter((one) => !form.on.has(one))];
  return off.length === known.length && off.every((one) => known.includes(one)) ? null : off;
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

function quietOf(
  { quietHours }: Profile,
  before: PreferencesForm,
  { quietFrom: start, quietTo: end }: PreferencesForm,
): { change: Pick<PreferenceChange, 'quietHours'>; problems: FieldProblem[] } {
  if (start === before.quietFrom && end === before.quietTo) return { change: {}, problems: [] };
  if (start === '' && end === '') return { change: { quietHours: null }, problems: [] };
  const problem = quietProblem(start, end);
  return {
    change: { quietHours: { start, end, days: quietHours?.days ?? [] } },
    problems: problem ? [{ field: 'quiet', problem }] : [],
  };
}

function quietProblem(start: string, end: string): FormProblem | null {
  if (start === '' || end === '') return 'QUIET_INCOMPLETE';
  if (!TIME.test(start) || !TIME.test(end)) return 'QUIET_INVALID';
  return start === end ? 'QUIET_SAME' : null;
}

/** When a pause ends: at the start of its day; null: there is none; undefined: as before. */
function pauseOf(
  { timeZone, now }: FormBasis,
  field: string,
  before: string,
  typed: string,
): { until?: Date | null; problems: FieldProblem[] } {
  if (typed === before) return { problems: [] };
  if (typed === '') return { until: null, problems: [] };
  const date = dateOf(typed);
  const problem = date ? dateProblem(date, dateIn(timeZone, now)) : 'PAUSE_INVALID';
  if (!date || problem) return { problems: problem ? [{ field, problem }] : [] };
  return { until: instant(date.toZonedDateTime({ timeZone }).epochMilliseconds), problems: [] };
}

/** At most a year, as in the API. */
function dateProblem(date: Temporal.PlainDate, today: Temporal.PlainDate): FormProblem | null {
  if (Temporal.PlainDate.compare(date, today) <= 0) return 'PAUSE_PAST';
  return Temporal.PlainDate.compare(date, today.add({ years: 1 })) > 0 ? 'PAUSE_FAR' : null;
}

function dateOf(text: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return null;
  }
}
