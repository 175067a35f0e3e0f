import type { Clock } from '../base/clock.js';
import { Kept } from '../base/kept.js';
import { findCategories, type CategoryRow } from './categories.js';
import type { Db } from './database.js';
import { listPreferenceDefaults, type PreferenceDefaultRow } from './preference-defaults.js';
import { findCompliance, type Compliance } from './environments.js';
import { listSenders, type SenderRow } from './senders.js';
import type { SendRow } from './sends.js';
import { subscribedTypes } from './webhook-subscriptions.js';

/** A changed policy is known to other processes this much later at most. */
const CATEGORIES = { ms: 250, max: 2_000 };
/** Bodies may be large: few are kept, and not for long. */
const SENDS = { ms: 30_000, max: 300 };
/** By environment. Other processes know of a change this much later at most. */
const SENDERS = { ms: 2_000, max: 1_000 };
/** By environment, then by tenant. Other processes know of a change this much later at most. */
const DEFAULTS = { ms: 2_000, max: 1_000 };
const COMPLIANCE = SENDERS;
/** A new webhook subscription is known to other processes this much later at most. */
const EVENT_TYPES = { ms: 2_000, max: 2_000 };

/** Defaults of preferences; the environment's own stand under the empty tenant. */
export type DefaultsByTenant = ReadonlyMap<string, readonly PreferenceDefaultRow[]>;

/**
 * Rows that were written or read a moment ago, so that carrying out what was just accepted reads little. A send's row
 * changes only when it is canceled or expanded; a cancel moves the revision of its notifications, so for a notification at
 * revision 0 the kept row is right.
 */
export class KeptRows {
  private readonly categories: Kept<CategoryRow>;
  private readonly sends: Kept<SendRow>;
  private readonly senders: Kept<Promise<readonly SenderRow[]>>;
  private readonly defaults: Kept<Promise<DefaultsByTenant>>;
  private readonly compliance: Kept<Promise<Compliance>>;
  private readonly types: Kept<ReadonlySet<string>>;

  constructor(clock: Clock) {
    this.categories = new Kept(clock, CATEGORIES);
    this.sends = new Kept(clock, SENDS);
    this.senders = new Kept(clock, SENDERS);
    this.defaults = new Kept(clock, DEFAULTS);
    this.compliance = new Kept(clock, COMPLIANCE);
    this.types = new Kept(clock, EVENT_TYPES);
  }

  category(environmentId: string, key: string): CategoryRow | undefined {
    return this.categories.get(`${environmentId} ${key}`);
  }

  /** As it was accepted: not canceled. */
  send(id: string): SendRow | undefined {
    return this.sends.get(id);
  }

  keepCategories(rows: readonly CategoryRow[]): void {
    for (const row of rows) this.categories.set(`${row.environment_id} ${row.key}`, row);
  }

  /** It was changed here: whoever asks reads it anew. */
  forgetCategory(environmentId: string, key: string): void {
    this.categories.delete(`${environmentId} ${key}`);
  }

  /** Types of events that somebody has subscribed a URL to. */
  eventTypes(environmentId: string): ReadonlySet<string> | undefined {
    return this.types.get(environmentId);
  }

  keepEventTypes(environmentId: string, types: ReadonlySet<string>): void {
    this.types.set(environmentId, types);
  }

  forgetEventTypes(environmentId: string): void {
    this.types.delete(environmentId);
  }

  keepSends(rows: readonly SendRow[]): void {
    for (const row of rows) if (row.canceled_at === null) this.sends.set(row.id, row);
  }

  /** The senders of an environment; those who ask at once share a query. */
  sendersOf(db: Db, environmentId: string): Promise<readonly SenderRow[]> {
    const known = this.senders.get(environmentId);
    if (known) return known;
    const rows = listSenders(db, environmentId);
    rows.catch(() => this.senders.delete(environmentId));
    this.senders.set(environmentId, rows);
    return rows;
  }

  /** What holds where people said nothing; those who ask at once share a query. */
  defaultsOf(db: Db, environmentId: string): Promise<DefaultsByTenant> {
    const known = this.defaults.get(environmentId);
    if (known) return known;
    const rows = listPreferenceDefaults(db, environmentId).then((all) => Map.groupBy(all, (row) => row.tenant));
    rows.catch(() => this.defaults.delete(environmentId));
    this.defaults.set(environmentId, rows);
    return rows;
  }

  /** They were changed here: whoever asks reads them anew. */
  forgetDefaults(environmentId: string): void {
    this.defaults.delete(environmentId);
  }

  /** What an environment says for the law of advertising. */
  complianceOf(db: Db, environmentId: string): Promise<Compliance> {
    const known = this.compliance.get(environmentId);
    if (known) return known;
    const read = findCompliance(db, environmentId);
    read.catch(() => this.compliance.delete(environmentId));
    this.compliance.set(environmentId, read);
    return read;
  }

  forgetCompliance(environmentId: string): void {
    this.compliance.delete(environmentId);
  }

  /** They were changed here: whoever asks reads them anew. */
  forgetSenders(environmentId: string): void {
    this.senders.delete(environmentId);
  }
}

/** Categories by key, those that are kept without asking; what is read is kept. */
export async function readCategories(
  db: Db,
  environmentId: string,
  keys: readonly string[],
  kept: KeptRows | undefined,
): Promise<Map<string, CategoryRow>> {
  const wanted = [...new Set(keys)];
  const known = wanted.flatMap((key) => kept?.category(environmentId, key) ?? []);
  const missing = wanted.filter((key) => !known.some((row) => row.key === key));
  const read = await findCategories(db, environmentId, missing);
  kept?.keepCategories(read);
  return new Map([...known, ...read].map((row) => [row.key, row]));
}

/** The types of events that somebody has subscribed a URL to, kept or read and then kept. Mostly none. */
export async function readEventTypes(
  db: Db,
  environmentId: string,
  kept: KeptRows | undefined,
): Promise<ReadonlySet<string>> {
  const known = kept?.eventTypes(environmentId);
  if (known) return known;
  const types = await subscribedTypes(db, environmentId);
  kept?.keepEventTypes(environmentId, types);
  return types;
}
