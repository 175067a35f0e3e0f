import { UserErrors } from '../base/errors.js';
import type { ChannelName } from '../base/names.js';
import { appendConsents } from '../store/consents.js';
import { lockProfile, saveProfile } from '../store/preferences.js';
import { findProfile } from '../store/profiles.js';
import type { Tx } from '../store/transaction.js';
import { changeOf, typedOver, type FieldProblem, type FilledForm } from './form-change.js';
import { consentChange, consentRows, type Agreement } from './form-consent.js';
import { formState, type PreferencesState } from './form-state.js';
import { unsubscribedSince, type LinkActionContext, type Shut } from './links-actions.js';
import type { Link } from './links.js';
import { preferencesOf, updatePreferences } from './preferences.js';

/** Where a link to preferences leads. */
export async function preferencesState(context: LinkActionContext, token: string): Promise<PreferencesState | Shut> {
  const link = await context.links.read('preferences', token);
  if (typeof link === 'string') return link;
  const { db } = context.database;
  const person = await findProfile(db, link.environmentId, link.recipientId);
  if (!person) return 'INVALID';
  const now = context.clock.now();
  return formState(await preferencesOf(db, link.environmentId, link.recipientId, now), person, now);
}

/** What the page says to whoever agrees by ticking a cell; null: it says nothing of it. */
export type WordsOfPage = (state: PreferencesState, category: string, channel: ChannelName) => Agreement | null;

/**
 * Saves a form in one commit, or, with problems, nothing of it. What it did not show stays as it is. Ticking advertising that
 * lacks the person's consent records it, and unticking what was agreed to takes it back.
 */
export async function savePreferencesForm(
  context: LinkActionContext,
  token: string,
  filled: FilledForm,
  words: WordsOfPage,
): Promise<{ state: PreferencesState; problems: FieldProblem[] } | Shut> {
  const link = await context.links.read('preferences', token);
  if (typeof link === 'string') return link;
  const { environmentId, recipientId } = link;
  const { clock } = context;
  const now = clock.now();
  return context.inTransaction(async (tx) => {
    const person = await findProfile(tx.db, environmentId, recipientId, 'for update');
    if (!person) return 'INVALID';
    const preferences = await preferencesOf(tx.db, environmentId, recipientId, now);
    const state = formState(preferences, person, now);
    const before = filled.was ? typedOver(state.form, { ...filled.was, shown: filled.shown }) : state.form;
    const basis = { preferences, before, timeZone: state.timeZone, now };
    // Whoever unsubscribed meanwhile stays so, unless this form says otherwise.
    const isKept = filled.unsubscribed === before.unsubscribed;
    const unsubscribed = isKept ? state.form.unsubscribed : filled.unsubscribed;
    const consents = consentChange(basis, { ...filled, unsubscribed }, (...cell) => words(state, ...cell));
    const { form } = consents;
    const typed = { ...state, form: typedOver(state.form, form) };
    const { change, ...found } = changeOf(basis, form);
    const problems = [...consents.problems, ...found.problems];
    if (problems.length > 0) return { state: typed, problems };
    try {
      await updatePreferences({ clock, inTransaction: (work) => work(tx) }, environmentId, recipientId, change);
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error;
      return { state: typed, problems: [{ field: '', problem: 'REFUSED' }] };
    }
    await appendConsents(tx.db, consentRows(basis, link, consents));
    if (!isKept) await setUnsubscribed(tx, link, form.unsubscribed, now);
    return { state: typed, problems: [] };
  });
}

/** After the rest, which would have refused without writing anything. */
async function setUnsubscribed(
  { db }: Tx,
  { environmentId, recipientId }: Link,
  unsubscribed: boolean,
  now: Date,
): Promise<void> {
  const profile = (await lockProfile(db, environmentId, recipientId)) ?? {};
  const changed = unsubscribedSince(profile, unsubscribed ? now : null);
  if (changed !== profile) await saveProfile(db, environmentId, recipientId, changed, now);
}
