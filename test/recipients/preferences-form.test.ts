import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CADENCES, CHANNELS, LEVELS } from '../../src/base/names.js';
import { checkChange } from '../../src/recipients/preference-change.js';
import { changeOf, typedOver, type FilledForm } from '../../src/recipients/form-change.js';
import { cellName, formState, type PreferencesForm } from '../../src/recipients/form-state.js';
import type { PreferenceRule, Preferences } from '../../src/recipients/preferences.js';
import { choosableChannels, shownChannels } from '../../src/recipients/choosable.js';
import type { Profile } from '../../src/routing/profile.js';
import { NOON } from '../support/arbitraries.js';
import { categoryRowOf } from '../support/category-row.js';

const channels = fc.uniqueArray(fc.constantFrom(...CHANNELS.slice(0, 5)), { minLength: 1, maxLength: 4 });

/** Consents that a cell of advertising may lack. */
const gaps = fc.constantFrom<PreferenceRule['consentGap']>(
  null,
  { lock: null, purposes: ['tips'] },
  { lock: 'BY_TEXT', purposes: ['tips', 'DEVICE'] },
  { lock: 'NO_TERMS', purposes: ['tips'] },
);

const anyCategory = (key: string) =>
  fc
    .record({
      own: channels,
      choosableChannels: fc.option(channels, { nil: undefined }),
      choosableCadences: fc.option(fc.subarray([...CADENCES], { minLength: 1 }), { nil: undefined }),
      mandatory: fc.boolean(),
    })
    .map(({ own, mandatory, ...limits }) => {
      const said = Object.entries(limits).filter(([, value]) => value !== undefined);
      return { ...categoryRowOf(key, own, Object.fromEntries(said)), mandatory };
    });

/** What somebody could have chosen before, some of it by the API alone. */
const anyPreferences = fc
  .tuple(
    anyCategory('news'),
    anyCategory('tips').chain((row) =>
      fc.constantFrom('PRODUCT' as const, 'MARKETING' as const).map((kind) => ({ ...row, class: kind })),
    ),
    fc.array(fc.record({ enabled: fc.boolean(), cadence: fc.constantFrom(...CADENCES, null), gap: gaps }), {
      minLength: 10,
      maxLength: 10,
    }),
    fc.record({ level: fc.constantFrom(...LEVELS), channelsOff: fc.subarray([...CHANNELS]), order: channels }),
  )
  .map(([news, tips, cells, { order, level, channelsOff }]): Preferences => {
    const categories = [news, tips];
    const rules = categories.flatMap((category, nth) =>
      shownChannels(category).map((channel, at): PreferenceRule => {
        const { enabled, cadence, gap } = cells[(nth * 5 + at) % 10] ?? { enabled: true, cadence: null, gap: null };
        const chosenCadence = choosableChannels(category).includes(channel) ? cadence : null;
        const cell = { enabled, cadence: cadence ?? 'INSTANT', source: 'RECIPIENT' } as const;
        const editable = choosableChannels(category).includes(channel);
        const consentGap = category.class === 'MARKETING' ? gap : null;
        return { ...cell, category, channel, editable, chosenCadence, usualCadence: null, consentGap };
      }),
    );
    const profile: Profile = {
      ...(level === 'EVERYTHING' ? {} : { level }),
      ...(channelsOff.length === 0 ? {} : { channelsOff }),
      categories: { news: { channels: order } },
    };
    return { rules, categories, sections: [], profile, standing: null };
  });

const person = { environment: 'Production', locale: null, timeZone: 'Asia/Kathmandu' };

/** The page, and the form as a browser sends it back when nothing was touched. */
function shownFor(preferences: Preferences) {
  const state = formState(preferences, person, NOON);
  const rows = state.sections.flatMap((section) => section.rows).filter((row) => row.locked === null);
  const cells = rows.flatMap(({ key, cells: own }) =>
    own.filter((cell) => cell.editable).map(({ channel }) => cellName(key, channel)),
  );
  const shown = new Set<string>([...cells, ...state.channels]);
  const on = new Set([...state.form.on].filter((name) => shown.has(name)));
  const form: FilledForm = { ...state.form, on, shown, was: null };
  const basis = { preferences, before: state.form, timeZone: state.timeZone, now: NOON };
  return { state, form, basis, cells };
}

/** @param on what was ticked: consents that a tick gives are given by it */
function saved(
  preferences: Preferences,
  change: ReturnType<typeof changeOf>['change'],
  on: ReadonlySet<string> = new Set(),
): PreferencesForm {
  const known = { recipientId: '', profile: preferences.profile, endpoints: [], now: NOON };
  const categories = new Map(preferences.categories.map((row) => [row.key, row]));
  const { profile, problems } = checkChange(change, { ...known, categories });
  expect(problems).toEqual([]);
  const rules = preferences.rules.map((rule) => {
    const said = change.rules?.find((one) => one.category === rule.category.key && one.channel === rule.channel);
    return {
      ...rule,
      consentGap:
        rule.consentGap?.lock === null && on.has(cellName(rule.category.key, rule.channel)) ? null : rule.consentGap,
      // Null goes back to the default, which is on.
      enabled: said?.enabled === undefined ? rule.enabled : (said.enabled ?? true),
      chosenCadence: said?.cadence === undefined ? rule.chosenCadence : said.cadence,
    };
  });
  return formState({ ...preferences, rules, profile }, person, NOON).form;
}

describe('a form of preferences', () => {
  it('that nobody touched changes nothing, and looks as before', () =>
    fc.assert(
      fc.property(anyPreferences, (preferences) => {
        const { form, basis, state } = shownFor(preferences);
        expect(changeOf(basis, form)).toEqual({ change: { rules: [], categories: [] }, problems: [] });
        expect(typedOver(state.form, form)).toEqual(state.form);
      }),
    ));

  it('shows after saving what was ticked in it', () =>
    fc.assert(
      fc.property(anyPreferences, fc.infiniteStream(fc.boolean()), (preferences, coins) => {
        const { form, basis } = shownFor(preferences);
        const on = new Set([...form.shown].filter(() => coins.next().value));
        const { change, problems } = changeOf(basis, { ...form, on });
        expect(problems).toEqual([]);
        const after = saved(preferences, change, on);
        expect([...form.shown].filter((name) => after.on.has(name))).toEqual([...form.shown].filter((n) => on.has(n)));
      }),
    ));

  it('shows after saving how often, the level and the pauses that were chosen', () =>
    fc.assert(
      fc.property(anyPreferences, fc.constantFrom(...LEVELS), fc.nat(300), (preferences, level, days) => {
        const { form, basis, state } = shownFor(preferences);
        const rows = state.sections.flatMap((section) => section.rows).filter((row) => row.locked === null);
        const cadences = new Map(
          rows.flatMap((row) => row.cells.map((cell) => [cellName(row.key, cell.channel), cell.cadences.at(-1) ?? ''])),
        );
        const date = new Date(NOON.getTime() + (days + 2) * 24 * 3_600_000).toISOString().slice(0, 10);
        const pauses = new Map(rows.map((row) => [row.key, date]));
        const { change, problems } = changeOf(basis, { ...form, cadences, pauses, level, pausedUntil: date });
        expect(problems).toEqual([]);
        const after = saved(preferences, change);
        expect([after.level, after.pausedUntil]).toEqual([level, date]);
        for (const row of rows) expect(after.pauses.get(row.key)).toBe(date);
        // Level DIGESTS leaves no choice of "at once".
        for (const [name, cadence] of cadences)
          expect(after.cadences.get(name)).toBe(cadence === 'INSTANT' && level === 'DIGESTS' ? '' : cadence);
      }),
    ));

  it('says nothing of what it did not show or nobody knows', () =>
    fc.assert(
      fc.property(anyPreferences, (preferences) => {
        const { form, basis } = shownFor(preferences);
        const strange = new Map([['nothing', '2030-01-01']]);
        const empty = { ...form, shown: new Set<string>(), on: new Set<string>(), level: 'ALL' };
        const { change, problems } = changeOf(basis, { ...empty, cadences: strange, firsts: strange, pauses: strange });
        expect([change, problems]).toEqual([{ rules: [], categories: [] }, []]);
      }),
    ));

  it.each([
    ['22:00', '', 'QUIET_INCOMPLETE'],
    ['22:00', '24:00', 'QUIET_INVALID'],
    ['7:00', '22:00', 'QUIET_INVALID'],
    ['22:00', '22:00', 'QUIET_SAME'],
  ])('refuses quiet hours from %s to %s', (quietFrom, quietTo, problem) => {
    const preferences = { rules: [], categories: [], sections: [], profile: {}, standing: null };
    const { form, basis } = shownFor(preferences);
    expect(changeOf(basis, { ...form, quietFrom, quietTo }).problems).toEqual([{ field: 'quiet', problem }]);
  });
});
