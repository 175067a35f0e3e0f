import { createHash } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import type { Db } from './database.js';

/** That a person was erased: who asked for it, why, and how much went. Nothing of the person. */
export const ErasureTable = defineEntity({
  name: 'Erasure',
  tableName: 'erasure',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    recipientId: p.uuid(),
    actor: p.text(),
    reason: p.text().nullable(),
    requestedAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
    erased: p.json().$type<Record<string, number>>(),
    through: p.uuid().nullable(),
    addresses: p.json().$type<readonly ErasedAddress[]>(),
    subjectHash: p.blob().nullable(),
  },
});

/** Where a person could be reached. */
export interface ErasedAddress {
  readonly channel: ChannelName;
  readonly address: string;
}

export interface ErasureRow {
  environment_id: string;
  id: string;
  recipient_id: string;
  actor: string;
  reason: string | null;
  requested_at: Date;
  /** Null: parts of it are still being taken away. */
  finished_at: Date | null;
  /** Records that went, by kind of data. */
  erased: Record<string, number>;
  /** The last notification that is done with. */
  through: string | null;
  /** What has still to be looked for elsewhere; empty once it has finished. */
  addresses: readonly ErasedAddress[];
}

/** The salted hash of an external id, which no other erasure shares. */
function subjectHash(id: string, externalId: string): Buffer {
  return createHash('sha256').update(`${id} ${externalId}`).digest();
}

/** What a new erasure is known by. */
export type NewErasure = Pick<
  ErasureRow,
  'environment_id' | 'id' | 'recipient_id' | 'actor' | 'reason' | 'requested_at' | 'erased' | 'addresses'
>;

/** @param externalId as it was: its hash alone is kept, for a while */
export async function insertErasure(db: Db, row: NewErasure, externalId: string): Promise<void> {
  await sql`
    insert into erasure (environment_id, id, recipient_id, actor, reason, requested_at, erased, addresses,
      subject_hash)
    values (${row.environment_id}, ${row.id}, ${row.recipient_id}, ${row.actor}, ${row.reason}, ${row.requested_at},
      ${JSON.stringify(row.erased)}::jsonb, ${JSON.stringify(row.addresses)}::jsonb, ${subjectHash(row.id, externalId)})`.execute(
    db,
  );
}

export async function findErasure(
  db: Db,
  environmentId: string,
  by: { id: string } | { recipientId: string },
): Promise<ErasureRow | undefined> {
  const query = db.selectFrom('erasure').selectAll().where('environment_id', '=', environmentId);
  return 'id' in by
    ? query.where('id', '=', by.id).executeTakeFirst()
    : query.where('recipient_id', '=', by.recipientId).executeTakeFirst();
}

/** Newest first. `before`: the id of the last row of the page before. */
export async function listErasures(
  db: Db,
  environmentId: string,
  before: string | null,
  limit: number,
): Promise<ErasureRow[]> {
  let query = db.selectFrom('erasure').selectAll().where('environment_id', '=', environmentId);
  if (before !== null) query = query.where('id', '<', before);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

/** Which erasure. */
export type ErasureRef = Pick<ErasureRow, 'environment_id' | 'id' | 'requested_at'>;

/** Those that have not finished, the oldest first. */
export async function listUnfinished(db: Db, limit: number): Promise<ErasureRef[]> {
  const { rows } = await sql<ErasureRef>`select environment_id, id, requested_at from erasure
    where finished_at is null order by requested_at limit ${limit}`.execute(db);
  return rows;
}

/** One that has not finished, ours until the commit. Undefined: it has, or another process has it in hand. */
export async function lockUnfinished(db: Db, { environment_id, id }: ErasureRef): Promise<ErasureRow | undefined> {
  const { rows } = await sql<ErasureRow>`select * from erasure
    where environment_id = ${environment_id} and id = ${id} and finished_at is null for update skip locked`.execute(db);
  return rows[0];
}

/** How far it came. */
export async function saveErasure(
  db: Db,
  row: Pick<ErasureRow, 'environment_id' | 'id' | 'erased' | 'through' | 'finished_at' | 'addresses'>,
): Promise<void> {
  await sql`update erasure set erased = ${JSON.stringify(row.erased)}::jsonb, through = ${row.through},
      finished_at = ${row.finished_at}, addresses = ${JSON.stringify(row.addresses)}::jsonb
    where environment_id = ${row.environment_id} and id = ${row.id}`.execute(db);
}

/** Those of these people who were erased. */
export async function erasedAmong(
  db: Db,
  environmentId: string,
  recipientIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (recipientIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`select id from recipient
    where environment_id = ${environmentId} and id = any(${recipientIds}::uuid[]) and erased_at is not null`.execute(
    db,
  );
  return new Set(rows.map((row) => row.id));
}

/** Those of these notifications whose people were erased. */
export async function erasedNotifications(
  db: Db,
  environmentId: string,
  notificationIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (notificationIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`select n.id from notification n
    join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id and r.erased_at is not null
    where n.environment_id = ${environmentId} and n.id = any(${notificationIds}::uuid[])`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/** Those of these ids, by place in the list, whose person was erased at a later time than the one given. */
export async function erasedSince(
  db: Db,
  environmentId: string,
  people: readonly { readonly externalId: string; readonly since: Date }[],
): Promise<Set<number>> {
  // Ids carry their time: of this moment there are few.
  const { rows } = await sql<{ nth: number }>`select w.nth::integer as nth
    from unnest(${people.map((one) => one.externalId)}::text[], ${people.map((one) => uuidv7Floor(one.since))}::uuid[])
      with ordinality as w (external_id, floor, nth)
    where exists (select 1 from erasure where environment_id = ${environmentId} and id >= w.floor
      and subject_hash = sha256(convert_to(id::text || ' ' || w.external_id, 'UTF8')))`.execute(db);
  return new Set(rows.map((row) => row.nth - 1));
}

/** No token lives as long as since then. */
export async function forgetSubjects(db: Db, before: Date): Promise<void> {
  await sql`update erasure set subject_hash = null where requested_at < ${before} and subject_hash is not null`.execute(
    db,
  );
}
