import type { Clock } from '../base/clock.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { Cadence, ChannelName } from '../base/names.js';
import { listCategories, type CategoryRow } from '../store/categories.js';
import {
  listPreferenceDefaults,
  savePreferenceDefaults,
  type PreferenceDefaultRow,
} from '../store/preference-defaults.js';
import type { InTransaction } from '../store/transaction.js';
import { isOpen } from './choosable.js';

/** What an operator says of one cell. A missing field stays as it is; null takes the word back. */
export interface DefaultChange {
  /** Null or missing: every category. */
  readonly category?: string | null;
  readonly channel: ChannelName;
  readonly enabled?: boolean | null;
  readonly cadence?: Cadence | null;
}

const MOST = 1_000;
const TENANT_MAX = 255;

/**
 * Writes what holds where people have said nothing, for everybody or for one tenant. Throws UserErrors, and then nothing was
 * written.
 */
export async function updatePreferenceDefaults(
  context: { inTransaction: InTransaction; clock: Clock },
  environmentId: string,
  tenant: string | null,
  changes: readonly DefaultChange[],
): Promise<void> {
  await context.inTransaction(async ({ db }) => {
    const categories = new Map((await listCategories(db, environmentId)).map((row) => [row.key, row]));
    const problems = [
      ...limitProblems(tenant, changes),
      ...changes.flatMap((one, nth) => problemsOf(one, nth, categories)),
    ];
    if (problems.length > 0) throw new UserErrors(problems);
    const known = await listPreferenceDefaults(db, environmentId, tenant ?? '');
    const cells = new Map<string, PreferenceDefaultRow>(
      known.map((row) => [`${row.category_key} ${row.channel}`, row]),
    );
    const touched = new Set<string>();
    for (const { category, channel, enabled, cadence } of changes) {
      const key = category ?? '';
      const place = `${key} ${channel}`;
      const before = cells.get(place);
      cells.set(place, {
        ...{ tenant: tenant ?? '', category_key: key, channel },
        enabled: enabled === undefined ? (before?.enabled ?? null) : enabled,
        cadence: cadence === undefined ? (before?.cadence ?? null) : cadence,
      });
      touched.add(place);
    }
    const rows = [...touched].flatMap((place) => cells.get(place) ?? []);
    await savePreferenceDefaults(db, environmentId, rows, context.clock.now());
  });
}

function limitProblems(tenant: string | null, changes: readonly DefaultChange[]): UserError[] {
  const problems: UserError[] = [];
  if (tenant !== null && (tenant.length === 0 || tenant.length > TENANT_MAX))
    problems.push(userError(['input', 'tenant'], 'INVALID_TENANT', `expected 1 to ${TENANT_MAX} characters`));
  if (changes.length > MOST)
    problems.push(userError(['input', 'rules'], 'TOO_MANY', `${changes.length} rules given, at most ${MOST}`));
  return problems;
}

function problemsOf(
  { category: key, enabled, cadence }: DefaultChange,
  nth: number,
  categories: ReadonlyMap<string, CategoryRow>,
): UserError[] {
  if (key == null) return [];
  const path = ['input', 'rules', nth];
  const category = categories.get(key);
  if (!category) return [userError([...path, 'category'], 'NOT_FOUND', `no category "${key}"`)];
  if (isOpen(category)) return [];
  const message = `"${key}" goes whatever is said here`;
  if (enabled === false) return [userError([...path, 'enabled'], 'NOT_EDITABLE', message)];
  if (cadence != null && cadence !== 'INSTANT') return [userError([...path, 'cadence'], 'NOT_EDITABLE', message)];
  return [];
}
