import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Platform } from '../base/names.js';
import type { Db } from './database.js';

export const InstanceTable = defineEntity({
  name: 'Instance',
  tableName: 'instance',
  properties: { id: p.uuid().primary(), lockKey: p.bigint('number'), leaseUntil: p.datetime() },
});

export const ConnectionTable = defineEntity({
  name: 'Connection',
  tableName: 'connection',
  properties: {
    instanceId: p.uuid().primary(),
    id: p.uuid().primary(),
    environmentId: p.uuid(),
    recipientId: p.uuid(),
    platform: p.text().$type<Platform>(),
    connectedAt: p.datetime(),
  },
});

/** How present somebody is on a platform, as was said last. */
export const PresenceReportTable = defineEntity({
  name: 'PresenceReport',
  tableName: 'presence_report',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    platform: p.text().$type<Platform>().primary(),
    client: p.text().primary(),
    state: p.text(),
    since: p.datetime(),
    seenAt: p.datetime(),
    expiresAt: p.datetime(),
  },
});

export interface ConnectionRow {
  instance_id: string;
  id: string;
  environment_id: string;
  recipient_id: string;
  platform: Platform;
}

/**
 * Says that this process lives until `leaseMs` from now, by the database's clock. Answers false when the row was there no
 * more: another process took this one for dead, and its connections are gone with it.
 */
export async function renewInstance(db: Db, id: string, lockKey: number, leaseMs: number): Promise<boolean> {
  const { rows } = await sql<{ fresh: boolean }>`
    insert into instance as i (id, lock_key, lease_until) values (${id}, ${lockKey}, now() + ${leaseMs} * interval '1 millisecond')
    on conflict (id) do update set lease_until = excluded.lease_until
    returning xmax = 0 as fresh`.execute(db);
  return rows[0]?.fresh === false;
}

/**
 * Removes processes that are dead, with their connections: those whose lease ran out, and those whose advisory lock is
 * free, which the database releases the moment a process is killed. Answers how many people's connections went.
 */
export async function reapInstances(db: Db, self: string): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    select i.id from instance i where i.id <> ${self} and (i.lease_until < now() or not exists (
      select 1 from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and (l.classid::bigint << 32 | l.objid::bigint) = i.lock_key))`.execute(db);
  const dead = rows.map((row) => row.id);
  if (dead.length === 0) return 0;
  const { rows: gone } = await sql<{ id: string }>`
    delete from connection where instance_id = any(${dead}::uuid[]) returning id`.execute(db);
  await sql`delete from instance where id = any(${dead}::uuid[])`.execute(db);
  return gone.length;
}

export async function removeInstance(db: Db, id: string): Promise<void> {
  await db.deleteFrom('connection').where('instance_id', '=', id).execute();
  await db.deleteFrom('instance').where('id', '=', id).execute();
}

export async function insertConnections(db: Db, rows: readonly ConnectionRow[], now: Date): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into connection (instance_id, id, environment_id, recipient_id, platform, connected_at)
    select c.*, ${now} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as c (instance_id uuid, id uuid, environment_id uuid, recipient_id uuid, platform text)
    on conflict do nothing`.execute(db);
}

export async function deleteConnections(db: Db, instanceId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from connection where instance_id = ${instanceId} and id = any(${ids}::uuid[])`.execute(db);
}

/** Those of `recipientIds` who have a live connection to any process. */
export async function onlineOf(db: Db, environmentId: string, recipientIds: readonly string[]): Promise<Set<string>> {
  if (recipientIds.length === 0) return new Set();
  const { rows } = await sql<{ recipient_id: string }>`
    select distinct c.recipient_id from connection c join instance i on i.id = c.instance_id
    where c.environment_id = ${environmentId} and c.recipient_id = any(${recipientIds}::uuid[])
      and i.lease_until > now()`.execute(db);
  return new Set(rows.map((row) => row.recipient_id));
}
