import type { Clock } from '../base/clock.js';
import { UserErrors } from '../base/errors.js';
import type { Cadence, ChannelName } from '../base/names.js';
import type { Profile } from '../routing/profile.js';
import { listCategories, type CategoryRow } from '../store/categories.js';
import type { Db } from '../store/database.js';
import { listEndpoints } from '../store/endpoints.js';
import {
  heldOf,
  listPreferences,
  lockProfile,
  readProfile,
  savePreferences,
  saveProfile,
  type PreferenceRow,
} from '../store/preferences.js';
import { standingOf, consentGap, type ConsentGap, type Standing } from './agreement.js';
import { listSections, type SectionRow } from '../store/sections.js';
import { advanceEach, type InTransaction } from '../store/transaction.js';
import { choosableChannels, isOpen, shownChannels } from './choosable.js';
import { defaultsFor, readDefaults } from './extras.js';
import { cellOf, type CellSource } from './person.js';
import { checkChange, type PreferenceChange } from './preference-change.js';
import { changedCells } from './preference-cells.js';

/** One cell of the matrix that a person sees. */
export interface PreferenceRule {
  readonly category: CategoryRow;
  readonly channel: ChannelName;
  readonly enabled: boolean;
  readonly cadence: Cadence;
  /** False where the category does not let anyone choose. */
  readonly editable: boolean;
  readonly source: CellSource;
  /** The person's own word of how often; null: none. */
  readonly chosenCadence: Cadence | null;
  /** How often without it, as far as anybody said so; null: as the category gathers, or not. */
  readonly usualCadence: Cadence | null;
  /** Advertising that goes only with a consent that is missing or was withdrawn, whatever `enabled` says; null: it goes. */
  readonly consentGap: ConsentGap | null;
}

/** Everything that a person can choose, as it is. */
export interface Preferences {
  /** Every category and channel that can reach a person, in their order. */
  readonly rules: readonly PreferenceRule[];
  readonly categories: readonly CategoryRow[];
  readonly sections: readonly SectionRow[];
  readonly profile: Profile;
  /** What the laws of advertising look at; null: there is no advertising. */
  readonly standing: Standing | null;
}

/**
 * A person's choices, and the defaults where there are none. Consents are looked up only where there is advertising.
 *
 * @param tenant whose defaults count before the environment's; null: the environment's alone
 */
export async function preferencesOf(
  db: Db,
  environmentId: string,
  recipientId: string,
  now: Date,
  tenant: string | null = null,
): Promise<Preferences> {
  const [categories, sections, chosen, defaults, row] = await Promise.all([
    listCategories(db, environmentId),
    listSections(db, environmentId),
    listPreferences(db, environmentId, recipientId),
    readDefaults(db, environmentId),
    readProfile(db, environmentId, recipientId),
  ]);
  const isAdvertised = categories.some((category) => category.class === 'MARKETING');
  const standing = isAdvertised ? await standingOf(db, environmentId, recipientId) : null;
  const choices = Map.groupBy(chosen, (cell) => cell.category_key);
  const words = defaultsFor(defaults, tenant);
  const rules = categories.flatMap((category) => {
    const editable = new Set(choosableChannels(category));
    const rows = { choices: choices.get(category.key) ?? [], defaults: words, tenant };
    return shownChannels(category).map((channel): PreferenceRule => {
      const of = { key: category.key, rules: category.rules };
      const cell = cellOf(rows, of, channel);
      const usualCadence = cellOf({ ...rows, choices: [] }, of, channel).cadence;
      const own = rows.choices.find((one) => one.channel === channel)?.cadence ?? null;
      // One that the operator has taken away counts no longer.
      const chosenCadence = own === cell.cadence ? own : null;
      const gap = standing && consentGap(category, channel, standing, now);
      const shown = {
        ...{ category, channel, editable: editable.has(channel), chosenCadence, usualCadence },
        consentGap: gap,
      };
      return !isOpen(category)
        ? { ...shown, enabled: true, cadence: 'INSTANT', source: 'MANDATORY' }
        : { ...shown, ...cell, cadence: cell.cadence ?? 'INSTANT' };
    });
  });
  return { rules, categories, sections, profile: row?.profile ?? {}, standing };
}

/**
 * Writes what was said; the rest stays. What is held of the person is looked at again at once. Throws UserErrors, and then
 * nothing was written.
 */
export async function updatePreferences(
  context: { inTransaction: InTransaction; clock: Clock },
  environmentId: string,
  recipientId: string,
  change: PreferenceChange,
): Promise<void> {
  await context.inTransaction(async (tx) => {
    const { db } = tx;
    const now = context.clock.now();
    const profile = (await lockProfile(db, environmentId, recipientId)) as Profile | undefined;
    if (!profile) return;
    const categories = new Map((await listCategories(db, environmentId)).map((row) => [row.key, row]));
    const names = change.categories?.some((choice) => choice.addresses) === true;
    const endpoints = names ? await listEndpoints(db, environmentId, [recipientId]) : [];
    const known: PreferenceRow[] = change.rules ? await listPreferences(db, environmentId, recipientId) : [];
    const checked = checkChange(change, { recipientId, profile, categories, endpoints, now });
    const cells = changedCells(change.rules ?? [], known, categories);
    const problems = [...cells.problems, ...checked.problems];
    if (problems.length > 0) throw new UserErrors(problems);
    if (change.rules === null) await forgetAll(db, environmentId, recipientId, now);
    await savePreferences(db, environmentId, recipientId, cells.rows, now);
    await saveProfile(db, environmentId, recipientId, checked.profile, now);
    advanceEach(tx, await heldOf(db, environmentId, recipientId));
  });
}

async function forgetAll(db: Db, environmentId: string, recipientId: string, now: Date): Promise<void> {
  const chosen = await listPreferences(db, environmentId, recipientId);
  const cleared = chosen.map((cell) => ({ ...cell, enabled: null, cadence: null }));
  await savePreferences(db, environmentId, recipientId, cleared, now);
}
