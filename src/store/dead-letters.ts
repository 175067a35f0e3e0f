import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Lane } from '../base/names.js';
import type { Db } from './database.js';

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

/** Takes dead letters out of the list. Answers those that were in it, with the lanes that they go back to. */
export async function takeDeadLetters(
  db: Db,
  environmentId: string,
  notificationIds: readonly string[],
): Promise<Pick<DeadLetterRow, 'notification_id' | 'lane'>[]> {
  const { rows } = await sql<Pick<DeadLetterRow, 'notification_id' | 'lane'>>`
    delete from dead_letter where environment_id = ${environmentId} and dead_at is not null
      and notification_id = any(${notificationIds}::uuid[])
    returning notification_id, lane`.execute(db);
  return rows;
}
