import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilledForm } from '../../src/recipients/form-change.js';
import { consentChange, consentRows } from '../../src/recipients/form-consent.js';
import { formState, type PreferencesForm } from '../../src/recipients/form-state.js';
import type { PreferenceRule, Preferences } from '../../src/recipients/preferences.js';
import { NOON } from '../support/arbitraries.js';
import { categoryRowOf } from '../support/category-row.js';

const CELL = 'newsletter EMAIL';
const EMPTY = { country: 'DE', consents: [], endpoints: [], compliance: {} };
const AGREED = { wording: 'Yes.', language: 'en', isAsShown: true };

function preferencesOf(consentGap: PreferenceRule['consentGap'], isGranted = false): Preferences {
  const category = { ...categoryRowOf('newsletter', ['EMAIL'], {}), class: 'MARKETING' as const };
  const cell = {
    enabled: true,
    cadence: 'INSTANT',
    source: 'CATEGORY',
    chosenCadence: null,
    usualCadence: null,
  } as const;
  const granted = { channel: 'EMAIL', purpose: 'newsletter', state: 'GRANTED', at: NOON } as const;
  return {
    rules: [{ ...cell, category, channel: 'EMAIL', editable: true, consentGap }],
    ...{ categories: [category], sections: [], profile: {} },
    standing: { ...EMPTY, consents: isGranted ? [granted] : [] },
  };
}

const OPEN = { lock: null, purposes: ['newsletter'] } as const;
const person = { environment: 'Production', locale: null, timeZone: null };

interface Case {
  readonly gap: PreferenceRule['consentGap'];
  readonly isGranted: boolean;
  readonly wasOn: boolean;
  readonly isOn: boolean;
  readonly isShown: boolean;
  readonly isTold: boolean;
  readonly unsubscribed: boolean;
  readonly isAsShown: boolean;
}

function outcomeOf(one: Case) {
  const preferences = preferencesOf(one.gap, one.isGranted);
  const state = formState(preferences, person, NOON).form;
  const before: PreferencesForm = { ...state, on: new Set(one.wasOn ? [CELL] : []) };
  const form: FilledForm = {
    ...{ ...state, on: new Set(one.isOn ? [CELL] : []), unsubscribed: one.unsubscribed },
    ...{ shown: new Set(one.isShown ? [CELL] : []), was: one.isTold ? before : null },
  };
  const change = consentChange({ preferences, before }, form, () => ({ ...AGREED, isAsShown: one.isAsShown }));
  const rows = consentRows({ preferences, now: NOON }, { environmentId: 'e', recipientId: 'r' }, change);
  return { change, rows };
}

const anyCase = fc.record<Case>({
  gap: fc.constantFrom<PreferenceRule['consentGap']>(null, OPEN, { ...OPEN, lock: 'BY_TEXT' }),
  isGranted: fc.boolean(),
  ...{ wasOn: fc.boolean(), isOn: fc.boolean(), isShown: fc.boolean(), isTold: fc.boolean() },
  ...{ unsubscribed: fc.boolean(), isAsShown: fc.boolean() },
});

describe('a form of preferences', () => {
  it('gives a consent where the person ticked a box that could be ticked, in the words that it stood in, and nowhere else', () =>
    fc.assert(
      fc.property(anyCase, (one) => {
        const { rows, change } = outcomeOf(one);
        const isTicked = one.isShown && !one.wasOn && one.isOn && one.gap?.lock === null;
        const mayGive = isTicked && one.isTold && !one.unsubscribed;
        expect(rows.some((row) => row.state === 'GRANTED')).toBe(mayGive && one.isAsShown);
        expect(change.problems).toEqual(mayGive && !one.isAsShown ? [{ field: CELL, problem: 'AGREEMENT' }] : []);
        // What gives nothing switches nothing on.
        expect(change.form.on.has(CELL)).toBe(one.isOn && (!isTicked || (mayGive && one.isAsShown)));
      }),
    ));

  it('takes back what was agreed to where the person unticked it, and nowhere else', () =>
    fc.assert(
      fc.property(anyCase, (one) => {
        const isUnticked = one.isShown && one.wasOn && !one.isOn && one.isGranted;
        expect(outcomeOf(one).rows.some((row) => row.state === 'WITHDRAWN')).toBe(isUnticked);
      }),
    ));

  it('writes down every purpose with the words, later than all that was said before', () => {
    const preferences = preferencesOf({ lock: null, purposes: ['newsletter', 'DEVICE'] }, true);
    const [rule] = preferences.rules;
    if (!rule) throw new Error('no rule');
    const given = [{ rule, agreement: AGREED }];
    const rows = consentRows(
      { preferences, now: NOON },
      { environmentId: 'e', recipientId: 'r' },
      { given, taken: [] },
    );
    const at = new Date(NOON.getTime() + 1);
    expect(rows).toMatchObject([
      { purpose: 'newsletter', state: 'GRANTED', at, wording: 'Yes.', version: 'en', method: 'PREFERENCES_PAGE' },
      { purpose: 'DEVICE', state: 'GRANTED', at, wording: 'Yes.', actor: 'recipient', source: '/preferences' },
    ]);
  });
});
