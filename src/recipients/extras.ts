import { instant } from '../base/clock.js';
import type { ChannelName, SuppressionReason } from '../base/names.js';
import type { ConsentFact } from '../routing/facts.js';
import type { Profile } from '../routing/profile.js';
import type { Db } from '../store/database.js';
import { findCompliance } from '../store/environments.js';
import type { KeptRows } from '../store/kept-rows.js';
import { listPreferenceDefaults } from '../store/preference-defaults.js';
import { namesOf } from '../store/recipients.js';
import { reasonsOf } from '../store/suppressions.js';
import { activeRedirects, redirectKey, type DefaultRow } from './person.js';

/** What is loaded only for those whom it concerns. */
export interface Extras {
  readonly defaults: readonly DefaultRow[];
  /** What the person said of advertising; of what is none, nothing is read. */
  readonly consents: readonly ConsentFact[];
  readonly postalAddress: string | null;
  readonly defaultCountry: string | null;
  readonly trackingOffIn: readonly string[];
  readonly cappedUntil: Date | null;
  readonly delegateName: string | null;
  /** Whose it was before, where it is delegated. */
  readonly standsInFor: string | null;
  /** Why addresses that redirects name are on the suppression list, by `redirectKey`. */
  readonly suppressedRedirects: ReadonlyMap<string, SuppressionReason>;
}

/** Nobody has said anything. */
export const NO_EXTRAS: Extras = {
  defaults: [],
  consents: [],
  postalAddress: null,
  defaultCountry: null,
  trackingOffIn: [],
  cappedUntil: null,
  delegateName: null,
  standsInFor: null,
  suppressedRedirects: new Map(),
};

/** Of a notification and its person, what says whether there is more to load. */
interface ExtrasRow {
  readonly profile: Record<string, unknown>;
  readonly delegatedFrom: string | null;
}

/**
 * Loads what only some people need, in bulk: the names of stand-ins, the suppression of addresses that redirects name. Where
 * nobody is absent and the environment's settings are kept, it asks nothing. Consents are loaded apart.
 *
 * @param kept spares the reading of settings; missing: they are read
 */
export async function loadExtras(
  db: Db,
  environmentId: string,
  rows: readonly ExtrasRow[],
  kept: KeptRows | undefined,
  now: Date,
): Promise<(row: ExtrasRow, tenant: string | null) => Extras> {
  const [defaults, compliance, names, suppressed] = await Promise.all([
    kept ? kept.defaultsOf(db, environmentId) : readDefaults(db, environmentId),
    kept ? kept.complianceOf(db, environmentId) : findCompliance(db, environmentId),
    loadNames(db, environmentId, rows, now),
    loadSuppressed(db, environmentId, rows, now),
  ]);
  return (row, tenant) => {
    const { delegate } = row.profile as Profile;
    return {
      ...NO_EXTRAS,
      defaults: defaultsFor(defaults, tenant),
      postalAddress: compliance.postalAddress ?? null,
      defaultCountry: compliance.defaultCountry ?? null,
      trackingOffIn: compliance.trackingOffIn ?? [],
      delegateName: (delegate && names.get(delegate.recipientId)) ?? null,
      standsInFor: (row.delegatedFrom !== null && names.get(row.delegatedFrom)) || null,
      suppressedRedirects: suppressed,
    };
  };
}

/** Those of the tenant and of the environment; mostly none. */
export function defaultsFor(
  defaults: ReadonlyMap<string, readonly DefaultRow[]>,
  tenant: string | null,
): readonly DefaultRow[] {
  const ofAll = defaults.get('') ?? [];
  const ofTenant = tenant === null ? undefined : defaults.get(tenant);
  return ofTenant ? [...ofTenant, ...ofAll] : ofAll;
}

/** The defaults of an environment by tenant, its own under the empty one. */
export async function readDefaults(db: Db, environmentId: string): Promise<ReadonlyMap<string, DefaultRow[]>> {
  return Map.groupBy(await listPreferenceDefaults(db, environmentId), (row) => row.tenant);
}

async function loadNames(
  db: Db,
  environmentId: string,
  rows: readonly ExtrasRow[],
  now: Date,
): Promise<ReadonlyMap<string, string>> {
  const ids = rows.flatMap(({ profile, delegatedFrom }) => {
    const { delegate } = profile as Profile;
    const isActive = delegate && instant(delegate.until) > now;
    return [...(isActive ? [delegate.recipientId] : []), ...(delegatedFrom === null ? [] : [delegatedFrom])];
  });
  return ids.length === 0 ? new Map() : namesOf(db, environmentId, [...new Set(ids)]);
}

async function loadSuppressed(
  db: Db,
  environmentId: string,
  rows: readonly ExtrasRow[],
  now: Date,
): Promise<ReadonlyMap<string, SuppressionReason>> {
  const redirects = rows.flatMap(({ profile }) => activeRedirects(profile as Profile, now));
  const places = new Map<string, { channel: ChannelName; address: string }>(
    redirects.map((redirect) => [redirectKey(redirect), redirect]),
  );
  if (places.size === 0) return new Map();
  const found = await reasonsOf(db, environmentId, [...places.values()]);
  return new Map(found.map((row) => [redirectKey(row), row.reason]));
}
