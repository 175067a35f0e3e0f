import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Db } from './database.js';

/** What counts towards a cap or a throttle of a person: a notification that went, or one that waits for its turn. */
export const CapUseTable = defineEntity({
  name: 'CapUse',
  tableName: 'cap_use',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    scope: p.text().primary(),
    notificationId: p.uuid().primary(),
    at: p.datetime(),
    waits: p.boolean(),
  },
});

export interface CapUseRow {
  recipient_id: string;
  scope: string;
  notification_id: string;
  at: Date;
  /** It has not gone yet: `at` is its place in the line. */
  waits: boolean;
}

/** Whose uses of what are asked for, not older than `since`. */
export interface CapScope {
  readonly recipient_id: string;
  readonly scope: string;
  readonly since: Date;
}

/** Nobody else counts the uses of these people until the end of the transaction. */
export async function lockPeople(db: Db, environmentId: string, ids: readonly string[]): Promise<void> {
  // In one order everywhere; not "for update", which foreign keys of their addresses would wait for.
  await sql`select 1 from recipient where environment_id = ${environmentId} and id = any(${ids}::uuid[])
    order by id for no key update`.execute(db);
}

/** Uses in these scopes, and those of these notifications however old they are. */
export async function loadCapUses(
  db: Db,
  environmentId: string,
  scopes: readonly CapScope[],
  notificationIds: readonly string[],
): Promise<CapUseRow[]> {
  const { rows } = await sql<CapUseRow>`
    select u.recipient_id, u.scope, u.notification_id, u.at, u.waits
    from jsonb_to_recordset(${JSON.stringify(scopes)}::jsonb) as s (recipient_id uuid, scope text, since timestamptz)
    join cap_use u on u.environment_id = ${environmentId} and u.recipient_id = s.recipient_id and u.scope = s.scope
      and (u.at > s.since or u.notification_id = any(${notificationIds}::uuid[]))`.execute(db);
  return rows;
}

/** Writes uses; one that waited and goes now, or waits for another time, is the same use. */
export async function saveCapUses(db: Db, environmentId: string, rows: readonly CapUseRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into cap_use (environment_id, recipient_id, scope, notification_id, at, waits)
    select ${environmentId}, u.recipient_id, u.scope, u.notification_id, u.at, u.waits
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as u (recipient_id uuid, scope text, notification_id uuid, at timestamptz, waits boolean)
    on conflict (environment_id, recipient_id, scope, notification_id)
      do update set at = excluded.at, waits = excluded.waits`.execute(db);
}

/** These never went: what they held is free again. */
export async function deleteCapUses(db: Db, environmentId: string, notificationIds: readonly string[]): Promise<void> {
  await sql`delete from cap_use where environment_id = ${environmentId}
    and notification_id = any(${notificationIds}::uuid[])`.execute(db);
}

/** No period reaches back that far. */
export async function dropCapUses(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('cap_use').where('at', '<', before).execute();
}
