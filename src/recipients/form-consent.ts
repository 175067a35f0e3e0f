import { addressOf, isGranted, saidAt } from './agreement.js';
import { rowOf } from './consents.js';
import type { FieldProblem, FilledForm, FormBasis } from './form-change.js';
import { cellName, isEditable } from './form-state.js';
import type { ConsentRow } from '../store/consents.js';
import type { PreferenceRule } from './preferences.js';

/** The words that somebody agrees to by ticking a cell. */
export interface Agreement {
  readonly wording: string;
  /** Language tag of the words. */
  readonly language: string;
  /** Are they the very words that the form stood in? */
  readonly isAsShown: boolean;
}

/** The words of a cell as the page has them now; null: the page has no such cell. */
export type AgreementOf = (category: string, channel: PreferenceRule['channel']) => Agreement | null;

/** How consents come about that the page of preferences records, and where. */
const METHOD = 'PREFERENCES_PAGE';
const SOURCE = '/preferences';

/** What a form gives and takes of consents. */
export interface ConsentChange {
  /** The form without ticks that give nothing: they would switch on what then does not come. */
  readonly form: FilledForm;
  readonly given: readonly { readonly rule: PreferenceRule; readonly agreement: Agreement }[];
  readonly taken: readonly PreferenceRule[];
  readonly problems: readonly FieldProblem[];
}

/**
 * What was ticked and unticked by the person: a box that was ticked when it was shown gives nothing, whatever has happened
 * since. Ticks give nothing either where the form does not tell what it showed, or where the person is unsubscribed from
 * everything by it; and where its words are no longer those of the page, they are a problem.
 */
export function consentChange(
  { preferences, before }: Pick<FormBasis, 'preferences' | 'before'>,
  form: FilledForm,
  agreementOf: AgreementOf,
): ConsentChange {
  const advertising = preferences.rules.filter(({ category }) => category.class === 'MARKETING');
  const shown = advertising.filter((rule) => form.shown.has(nameOf(rule)));
  const isTicked = (rule: PreferenceRule): boolean => !before.on.has(nameOf(rule)) && form.on.has(nameOf(rule));
  const isUnticked = (rule: PreferenceRule): boolean => before.on.has(nameOf(rule)) && !form.on.has(nameOf(rule));
  const { consents = [] } = preferences.standing ?? {};
  const taken = shown.filter((rule) => isUnticked(rule) && isGranted(consents, rule.channel, rule.category.key));
  const ticked = shown.filter((rule) => rule.consentGap !== null && isEditable(rule) && isTicked(rule));
  if (form.was === null || form.unsubscribed) return { form: without(form, ticked), given: [], taken, problems: [] };
  const read = ticked.map((rule) => ({ rule, agreement: agreementOf(rule.category.key, rule.channel) }));
  const given = read.flatMap(({ rule, agreement }) => (agreement?.isAsShown ? [{ rule, agreement }] : []));
  const refused = ticked.filter((rule) => !given.some((one) => one.rule === rule));
  return {
    ...{ form: without(form, refused), given, taken },
    problems: refused.map((rule) => ({ field: nameOf(rule), problem: 'AGREEMENT' })),
  };
}

/** The records of it. */
export function consentRows(
  { preferences: { standing, profile }, now }: Pick<FormBasis, 'preferences' | 'now'>,
  of: { readonly environmentId: string; readonly recipientId: string },
  { given, taken }: Pick<ConsentChange, 'given' | 'taken'>,
): ConsentRow[] {
  if (standing === null) return [];
  const whose = { environmentId: of.environmentId, recipientId: of.recipientId, actor: 'recipient' };
  const record = (
    { category, channel }: PreferenceRule,
    said: Pick<ConsentRow, 'purpose' | 'state'> & Partial<ConsentRow>,
  ): ConsentRow => {
    const address = addressOf(standing, profile, category.key, channel);
    const at = saidAt(standing.consents, channel, now);
    return rowOf(whose, { channel, at, method: METHOD, source: SOURCE, address, ...said }, now);
  };
  return [
    ...given.flatMap(({ rule, agreement: { wording, language } }) =>
      (rule.consentGap?.purposes ?? []).map((purpose) =>
        record(rule, { purpose, state: 'GRANTED', wording, version: language }),
      ),
    ),
    ...taken.map((rule) => record(rule, { purpose: rule.category.key, state: 'WITHDRAWN' })),
  ];
}

function without(form: FilledForm, rules: readonly PreferenceRule[]): FilledForm {
  const names = new Set(rules.map(nameOf));
  return { ...form, on: new Set([...form.on].filter((name) => !names.has(name))) };
}

function nameOf({ category, channel }: PreferenceRule): string {
  return cellName(category.key, channel);
}
