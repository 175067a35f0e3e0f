import { defineEntity, p } from '@mikro-orm/postgresql';
import type {
  AmbiguityPolicy,
  CategoryClass,
  ChannelName,
  Failover,
  InboxCopy,
  Lane,
  SilenceAction,
} from '../base/names.js';
import type { Db } from './database.js';

/** What follows when nobody opens it: `afterMs` since it was accepted, at most `times` times. */
export interface SilencePolicy {
  afterMs: number;
  then: SilenceAction;
  times: number;
}

/** Milliseconds throughout. `maxAttempts` counts provider calls on one channel; 1 is "never again". */
export interface RetryPolicy {
  maxAttempts: number;
  firstDelayMs: number;
  maxDelayMs: number;
  giveUpAfterMs: number;
  /** Each pause is so many times the one before; rows from before there was a choice mean `DEFAULT_FACTOR`. */
  factor?: number;
}

/** By how much pauses grow where nothing else is said. */
export const DEFAULT_FACTOR = 2;

export const CategoryTable = defineEntity({
  name: 'Category',
  tableName: 'category',
  properties: {
    environmentId: p.uuid().primary(),
    key: p.text().primary(),
    name: p.text(),
    class: p.text().$type<CategoryClass>(),
    mandatory: p.boolean(),
    channels: p.array().$type<ChannelName[]>(),
    lane: p.text().$type<Lane>(),
    ackTimeoutMs: p.integer(),
    inboxCopy: p.text().$type<InboxCopy>(),
    retry: p.json().$type<RetryPolicy>(),
    expiresAfterMs: p.bigint('number').nullable(),
    onAmbiguous: p.text().$type<AmbiguityPolicy>(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    silence: p.json().$type<SilencePolicy>().nullable(),
    failover: p.text().$type<Failover>(),
    rules: p.json().$type<Record<string, unknown>>(),
  },
});

export interface CategoryRow {
  environment_id: string;
  key: string;
  name: string;
  class: CategoryClass;
  mandatory: boolean;
  channels: ChannelName[];
  lane: Lane;
  ack_timeout_ms: number;
  inbox_copy: InboxCopy;
  retry: RetryPolicy;
  expires_after_ms: number | null;
  on_ambiguous: AmbiguityPolicy;
  created_at: Date;
  updated_at: Date;
  silence: SilencePolicy | null;
  failover: Failover;
  /** What it says for people, as JSON: recipients/category-rules reads it. */
  rules: Record<string, unknown>;
}

export async function listCategories(db: Db, environmentId: string): Promise<CategoryRow[]> {
  return db.selectFrom('category').selectAll().where('environment_id', '=', environmentId).orderBy('key').execute();
}

export async function findCategories(db: Db, environmentId: string, keys: readonly string[]): Promise<CategoryRow[]> {
  if (keys.length === 0) return [];
  return db
    .selectFrom('category')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('key', 'in', [...keys])
    .execute();
}

export async function upsertCategory(db: Db, row: CategoryRow): Promise<CategoryRow> {
  const { environment_id: _environment, key: _key, created_at: _created, ...changes } = row;
  return db
    .insertInto('category')
    .values(row)
    .onConflict((conflict) => conflict.columns(['environment_id', 'key']).doUpdateSet(changes))
    .returningAll()
    .executeTakeFirstOrThrow();
}
