import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Lane } from '../base/names.js';
import type { Db } from './database.js';

/** Notifications whose processing failed; those with `deadAt` are not tried again unless an operator says so. */
export const DeadLetterTable = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letter',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    lane: p.text().$type<Lane>(),
    failures: p.integer(),
    error: p.text(),
    firstFailedAt: p.datetime(),
    lastFailedAt: p.datetime(),
    deadAt: p.datetime().nullable(),
  },
});

const ERROR_MAX = 2_000;

/** Counts one failure more for each. Answers how many each has by now. */
export async function recordStumbles(
  db: Db,
  environmentId: string,
  failed: readonly { id: string; error: string }[],
  lane: Lane,
  now: Date,
): Promise<Map<string, number>> {
  const rows = failed.map(({ id, error }) => ({ id, error: error.slice(0, ERROR_MAX).replaceAll('\0', '') }));
  const { rows: counted } = await sql<{ id: string; failures: number }>`
    insert into dead_letter (environment_id, notification_id, lane, failures, error, first_failed_at, last_failed_at)
    select ${environmentId}, f.id, ${lane}, 1, f.error, ${now}, ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (id uuid, error text)
    on conflict (environment_id, notification_id) do update set failures = dead_letter.failures + 1,
      error = excluded.error, last_failed_at = excluded.last_failed_at
    returning notification_id as id, failures`.execute(db);
  return new Map(counted.map((row) => [row.id, row.failures]));
}

export async function buryNotifications(
  db: Db,
  environmentId: string,
  ids: readonly string[],
  now: Date,
): Promise<void> {
  await sql`update dead_letter set dead_at = ${now}
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])`.execute(db);
  await sql`update notification set state = 'FAILED', reason = 'DEAD_LETTER', finished_at = ${now}, wake_at = null
    where environment_id = ${environmentId} and id = any(${ids}::uuid[]) and finished_at is null`.execute(db);
}

/** Forgets failures that passed. */
export async function dropPassedStumbles(db: Db, before: Date): Promise<void> {
  await sql`delete from dead_letter where dead_at is null and last_failed_at < ${before}`.execute(db);
}

/** A notification that could not be carried, again and again, and is left alone. */
export interface DeadLetterRow {
  notification_id: string;
  lane: Lane;
  failures: number;
  error: string;
  first_failed_at: Date;
  last_failed_at: Date;
  dead_at: Date;
}

/** The time by which dead letters are listed: to the millisecond, so that it survives the way through a cursor. */
const DIED = sql`date_trunc('milliseconds', dead_at)`;

/** Those given up on, newest first. `before`: time and notification of the last row of the page before. */
export async function listDeadLetters(
  db: Db,
  environmentId: string,
  before: { deadAt: Date; notificationId: string } | null,
  limit: number,
): Promise<DeadLetterRow[]> {
  const older = before
    ? sql`and (${DIED}, notification_id) < (${before.deadAt}::timestamptz, ${before.notificationId}::uuid)`
    : sql``;
  const { rows } = await sql<DeadLetterRow>`
    select notification_id, lane, failures, error, first_failed_at, last_failed_at, dead_at from dead_letter
    where environment_id = ${environmentId} and dead_at is not null ${older}
    order by ${DIED} desc, notification_id desc limit ${limit}`.execute(db);
  return rows;
}

/** The next dead letters, in the order of their notifications, that were there at `until`. */
export async function deadLettersAfter(
  db: Db,
  environmentId: string,
  after: string,
  until: Date,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ notification_id: string }>`
    select notification_id from dead_letter
    where environment_id = ${environmentId} and dead_at <= ${until} and notification_id > ${after}::uuid
    order by notification_id limit ${limit}`.execute(db);
  return rows.map((row) => row.notification_id);
}

/** Takes dead letters out of the list, and their end back. Answers those that were in it. */
export async function takeDeadLetters(
  db: Db,
  environmentId: string,
  notificationIds: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from dead_letter where environment_id = ${environmentId} and dead_at is not null
      and notification_id = any(${notificationIds}::uuid[])
    returning notification_id as id`.execute(db);
  const ids = rows.map((row) => row.id);
  await sql`update notification set state = 'IN_PROGRESS', reason = null, finished_at = null
    where environment_id = ${environmentId} and id = any(${ids}::uuid[])
      and reason = 'DEAD_LETTER'`.execute(db);
  return ids;
}
