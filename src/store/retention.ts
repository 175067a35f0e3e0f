import { sql, type RawBuilder } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';
import type { RetentionSetting } from './environments.js';

/** A bounded piece of work that is done. */
export interface Pruned {
  readonly count: number;
  /** Where the next piece begins; null: there is none. */
  readonly after: string | null;
}

/** Everything begins after this id. */
export const FIRST = '00000000-0000-0000-0000-000000000000';

export interface EnvironmentRetention {
  readonly id: string;
  readonly key: string;
  readonly retention: RetentionSetting;
  /** No send up to this one says anything any more. */
  readonly emptied_through: string | null;
}

export async function listRetention(db: Db): Promise<EnvironmentRetention[]> {
  return db.selectFrom('environment').select(['id', 'key', 'retention', 'emptied_through']).orderBy('id').execute();
}

export async function findRetention(db: Db, environmentId: string): Promise<RetentionSetting> {
  const row = await db.selectFrom('environment').select('retention').where('id', '=', environmentId).executeTakeFirst();
  return row?.retention ?? {};
}

/** Kinds that are given are written, the others stay. Answers all of them. */
export async function saveRetention(
  db: Db,
  environmentId: string,
  change: RetentionSetting,
): Promise<RetentionSetting> {
  const { rows } = await sql<{ retention: RetentionSetting }>`
    update environment set retention = retention || ${JSON.stringify(change)}::jsonb
    where id = ${environmentId} returning retention`.execute(db);
  return rows[0]?.retention ?? {};
}

export async function saveEmptiedThrough(db: Db, environmentId: string, through: string): Promise<void> {
  await db.updateTable('environment').set({ emptied_through: through }).where('id', '=', environmentId).execute();
}

/** Forgets callbacks that came before; those that are still to be folded stay. */
export function dropCallbacks(db: Db, environmentId: string, before: Date, limit: number): Promise<Pruned> {
  return dropRows(db, limit, {
    table: 'callback',
    key: sql`environment_id, integration_id, key`,
    old: sql`environment_id = ${environmentId} and received_at < ${before} and due_at is null`,
    oldest: sql`received_at`,
  });
}

/** Forgets calls that ended before; what waits stays. */
export function dropEndedCalls(db: Db, environmentId: string, before: Date, limit: number): Promise<Pruned> {
  return dropRows(db, limit, {
    table: 'webhook_call',
    key: sql`environment_id, id`,
    old: sql`environment_id = ${environmentId} and ended_at < ${before}`,
    oldest: sql`ended_at`,
  });
}

export function dropAlerts(db: Db, environmentId: string, before: Date, limit: number): Promise<Pruned> {
  return dropRows(db, limit, {
    table: 'alert',
    key: sql`environment_id, id`,
    old: sql`environment_id = ${environmentId} and id < ${uuidv7Floor(before)}::uuid`,
    oldest: sql`id`,
  });
}

/** Messages that the simulator took. */
export function dropOutbox(db: Db, environmentId: string, before: Date, limit: number): Promise<Pruned> {
  return dropRows(db, limit, {
    table: 'outbox_message',
    key: sql`environment_id, id`,
    old: sql`environment_id = ${environmentId} and id < ${uuidv7Floor(before)}::uuid and created_at < ${before}`,
    oldest: sql`id`,
  });
}

/** Forgets addresses that were retired before; those in use stay. */
export function dropRetiredEndpoints(db: Db, environmentId: string, before: Date, limit: number): Promise<Pruned> {
  return dropRows(db, limit, {
    table: 'endpoint',
    key: sql`environment_id, recipient_id, channel, address`,
    old: sql`environment_id = ${environmentId} and retired_at < ${before}`,
    oldest: sql`retired_at`,
  });
}

/** Deletes the oldest of what is old, in one short statement; rows that somebody holds are left for the next one. */
async function dropRows(
  db: Db,
  limit: number,
  what: { table: string; key: RawBuilder<unknown>; old: RawBuilder<unknown>; oldest: RawBuilder<unknown> },
): Promise<Pruned> {
  const { table, key, old, oldest } = what;
  // Asked for again on the row itself: it may have changed since it was found.
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where ${old} and (${key}) in (
      select ${key} from ${sql.table(table)} where ${old} order by ${oldest} limit ${limit} for update skip locked)`.execute(
    db,
  );
  const count = Number(numAffectedRows ?? 0n);
  return { count, after: count < limit ? null : FIRST };
}
