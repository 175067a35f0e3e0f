import { sql } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';
import type { Pruned } from './retention.js';

/** A piece of a walk through an environment in the order of ids. */
export interface Piece {
  readonly environmentId: string;
  /** What ended before goes. */
  readonly before: Date;
  /** Id that the piece begins after. */
  readonly after: string;
  /** Rows of it at most. */
  readonly limit: number;
}

/**
 * Deletes notifications that ended before, with all that hangs on them. `db` must be a transaction. One that has not ended
 * stays however old it is, and so does one that somebody holds: it may be about to begin again. What counts towards a cap
 * stays as long as caps reach back.
 */
export async function dropNotifications(db: Db, { environmentId, before, after, limit }: Piece): Promise<Pruned> {
  // Whoever writes about a notification locks it first: from here on nothing is added to these.
  const { rows } = await sql<{ id: string }>`
    select id from notification
    where environment_id = ${environmentId} and id > ${after}::uuid and id < ${uuidv7Floor(before)}::uuid
      and finished_at < ${before}
    order by id limit ${limit} for update skip locked`.execute(db);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return { count: 0, after: null };
  for (const table of ['event', 'delivery', 'dead_letter', 'timer', 'digest_item'])
    await sql`delete from ${sql.table(table)}
      where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])`.execute(db);
  await sql`delete from notification where environment_id = ${environmentId} and id = any(${ids}::uuid[])`.execute(db);
  return { count: ids.length, after: ids.length < limit ? null : (ids.at(-1) ?? null) };
}

/**
 * Deletes sends that were accepted before, are expanded, and have no notification (any more). `db` must be a transaction.
 */
export async function dropSends(db: Db, { environmentId, before, after, limit }: Piece): Promise<Pruned> {
  const { rows } = await sql<{ id: string }>`
    select id from send
    where environment_id = ${environmentId} and id > ${after}::uuid and id < ${uuidv7Floor(before)}::uuid and expanded
    order by id limit ${limit} for update skip locked`.execute(db);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return { count: 0, after: null };
  // One after the other by the index: the planner must not read all notifications for it.
  const { numAffectedRows } = await sql`
    delete from send s using (
      select w.id from unnest(${ids}::uuid[]) as w (id)
      left join lateral (select true as there from notification n where n.send_id = w.id limit 1) n on true
      where n.there is null) over
    where s.environment_id = ${environmentId} and s.id = over.id`.execute(db);
  return { count: Number(numAffectedRows ?? 0n), after: ids.length < limit ? null : (ids.at(-1) ?? null) };
}

/** Deletes windows of digests that closed before and of which nothing is left. */
export async function dropDigests(db: Db, { environmentId, before, after, limit }: Piece): Promise<Pruned> {
  const { rows } = await sql<{ id: string }>`
    select id from digest
    where environment_id = ${environmentId} and id > ${after}::uuid and id < ${uuidv7Floor(before)}::uuid
      and closed_at < ${before}
    order by id limit ${limit}`.execute(db);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return { count: 0, after: null };
  const { numAffectedRows } = await sql`
    delete from digest d where d.environment_id = ${environmentId} and d.id = any(${ids}::uuid[])
      and not exists (select from digest_item i where i.digest_id = d.id)`.execute(db);
  return { count: Number(numAffectedRows ?? 0n), after: ids.length < limit ? null : (ids.at(-1) ?? null) };
}

/** Sends that were emptied, and how far. */
export interface Emptied extends Pruned {
  /** Up to here none says anything any more; null: the first of them stays. */
  readonly through: string | null;
}

/**
 * Empties sends of what they said: data, text and names of files, where they are expanded and everything of them ended
 * before. `db` must be a transaction: whoever begins one of them again locks the send first, and then sees that it is empty,
 * or is seen here.
 */
export async function emptySends(db: Db, { environmentId, before, after, limit }: Piece, now: Date): Promise<Emptied> {
  const { rows } = await sql<{ id: string }>`
    select id from send
    where environment_id = ${environmentId} and id > ${after}::uuid and id < ${uuidv7Floor(before)}::uuid
      and content_gone_at is null
    order by id limit ${limit} for update`.execute(db);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return { count: 0, after: null, through: null };
  const { rows: emptied } = await sql<{ id: string }>`
    update send s set data = '{}', content = null, inbox = null, attachments = null, content_gone_at = ${now}
    from (
      select w.id from unnest(${ids}::uuid[]) as w (id)
      left join lateral (select true as there from notification n where n.send_id = w.id
        and (n.finished_at is null or n.finished_at >= ${before}) limit 1) n on true
      where n.there is null) over
    where s.environment_id = ${environmentId} and s.id = over.id and s.expanded
    returning s.id`.execute(db);
  const done = new Set(emptied.map((row) => row.id));
  const first = ids.findIndex((id) => !done.has(id));
  return {
    count: done.size,
    after: ids.length < limit ? null : (ids.at(-1) ?? null),
    through: (first < 0 ? ids.at(-1) : ids[first - 1]) ?? null,
  };
}

/** Of these notifications: those whose words are gone. Nobody empties their sends until the commit. */
export async function findEmptied(db: Db, environmentId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string; gone: boolean }>`
    select n.id, s.content_gone_at is not null as gone from notification n
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where n.environment_id = ${environmentId} and n.id = any(${ids}::uuid[])
    order by s.id for share of s`.execute(db);
  return new Set(rows.flatMap((row) => (row.gone ? [row.id] : [])));
}
