import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Lane } from '../base/names.js';
import type { Db } from './database.js';

/**
 * When to look at a notification again: one row while it waits, or while a process carries it without a job. A job of
 * pg-boss stands for all of one moment (store/wakes), never one for each.
 */
export const TimerTable = defineEntity({
  name: 'Timer',
  tableName: 'timer',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    at: p.datetime(),
    lane: p.text().$type<Lane>(),
    tenant: p.text().nullable(),
    integrationId: p.uuid().nullable(),
  },
});

export interface TimerRow {
  environment_id: string;
  notification_id: string;
  at: Date;
  lane: Lane;
  tenant: string | null;
  /** What the wait is for: it ends when that integration recovers, too. */
  integration_id: string | null;
}

/** Sets timers; one that is there and due sooner stays as it is. */
export async function setTimers(db: Db, rows: readonly TimerRow[]): Promise<void> {
  if (rows.length === 0) return;
  // What is carried on for two reasons in one commit: one statement may touch a row only once.
  const earliest = new Map<string, TimerRow>();
  for (const row of rows) {
    const known = earliest.get(row.notification_id);
    if (!known || row.at < known.at) earliest.set(row.notification_id, row);
  }
  await sql`insert into timer (environment_id, notification_id, at, lane, tenant, integration_id)
    select t.environment_id, t.notification_id, t.at, t.lane, t.tenant, t.integration_id
    from jsonb_to_recordset(${JSON.stringify([...earliest.values()])}::jsonb)
      as t (environment_id uuid, notification_id uuid, at timestamptz, lane text, tenant text, integration_id uuid)
    order by t.environment_id, t.notification_id
    on conflict (environment_id, notification_id) do update set at = least(timer.at, excluded.at)`.execute(db);
}

/** Takes timers that are due off the table, oldest first; those that another process takes at the same time are left out. */
export async function takeDueTimers(db: Db, now: Date, limit: number): Promise<TimerRow[]> {
  const { rows } = await sql<TimerRow>`delete from timer t
    using (select environment_id, notification_id from timer where at <= ${now} order by at limit ${limit}
      for update skip locked) due
    where t.environment_id = due.environment_id and t.notification_id = due.notification_id
    returning t.*`.execute(db);
  return rows.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Takes the first who wait for an integration: critical ones before others, then who waited longest. */
export async function takeWaitingFor(
  db: Db,
  environmentId: string,
  integrationId: string,
  limit: number,
): Promise<TimerRow[]> {
  const { rows } = await sql<TimerRow>`delete from timer t
    using (select environment_id, notification_id from timer
      where environment_id = ${environmentId} and integration_id = ${integrationId}
      order by array_position('{CRITICAL,NORMAL,BULK}', lane), at, notification_id limit ${limit} for update skip locked) due
    where t.environment_id = due.environment_id and t.notification_id = due.notification_id
    returning t.*`.execute(db);
  return rows;
}

export async function clearTimers(db: Db, environmentId: string, notificationIds: readonly string[]): Promise<void> {
  if (notificationIds.length === 0) return;
  await sql`delete from timer where environment_id = ${environmentId} and notification_id = any(${notificationIds}::uuid[])`.execute(
    db,
  );
}

/** The first moment that anything waits for, of those after `after`; null when nothing waits. */
export async function nextTimerAt(db: Db): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`select min(at) as at from timer`.execute(db);
  return rows[0]?.at ?? null;
}
