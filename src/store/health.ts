import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Lane } from '../base/names.js';
import type { Db } from './database.js';

export const IntegrationHealthTable = defineEntity({
  name: 'IntegrationHealth',
  tableName: 'integration_health',
  properties: {
    environmentId: p.uuid().primary(),
    integrationId: p.uuid().primary(),
    failures: p.integer(),
    opens: p.integer(),
    openReason: p.text().$type<'CIRCUIT_OPEN' | 'MISCONFIGURED'>().nullable(),
    openedAt: p.datetime().nullable(),
    openUntil: p.datetime().nullable(),
    probeUntil: p.datetime().nullable(),
    pausedUntil: p.datetime().nullable(),
    nextSlot: p.datetime().nullable(),
    line: p.json().$type<Partial<Record<Lane, number>>>(),
    updatedAt: p.datetime(),
  },
});

/** Calls that run now, where an integration limits how many may. A lease that ran out counts no more. */
export const IntegrationCallTable = defineEntity({
  name: 'IntegrationCall',
  tableName: 'integration_call',
  properties: {
    environmentId: p.uuid().primary(),
    integrationId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    leaseUntil: p.datetime(),
  },
});

export interface HealthRow {
  environment_id: string;
  integration_id: string;
  failures: number;
  opens: number;
  open_reason: 'CIRCUIT_OPEN' | 'MISCONFIGURED' | null;
  opened_at: Date | null;
  open_until: Date | null;
  probe_until: Date | null;
  paused_until: Date | null;
  /** When the next call may begin, and where each lane's line ends (epoch ms). */
  next_slot: Date | null;
  line: Partial<Record<Lane, number>>;
  updated_at: Date;
}

export async function listHealth(db: Db, environmentId: string): Promise<HealthRow[]> {
  return db.selectFrom('integration_health').selectAll().where('environment_id', '=', environmentId).execute();
}

/** The row of an integration under its lock, made first where there is none. */
export async function lockHealth(db: Db, environmentId: string, integrationId: string, now: Date): Promise<HealthRow> {
  await sql`insert into integration_health (environment_id, integration_id, failures, opens, line, updated_at)
    values (${environmentId}, ${integrationId}, 0, 0, '{}', ${now}) on conflict do nothing`.execute(db);
  const { rows } = await sql<HealthRow>`select * from integration_health
    where environment_id = ${environmentId} and integration_id = ${integrationId} for update`.execute(db);
  return rows[0] as HealthRow;
}

export async function saveHealth(db: Db, row: HealthRow): Promise<void> {
  const { environment_id, integration_id, line, ...changes } = row;
  await sql`update integration_health set failures = ${changes.failures}, opens = ${changes.opens},
      open_reason = ${changes.open_reason}, opened_at = ${changes.opened_at}, open_until = ${changes.open_until},
      probe_until = ${changes.probe_until}, paused_until = ${changes.paused_until}, next_slot = ${changes.next_slot},
      line = ${JSON.stringify(line)}::jsonb, updated_at = ${changes.updated_at}
    where environment_id = ${environment_id} and integration_id = ${integration_id}`.execute(db);
}

/** Takes the one probe of an open integration; false when somebody else has it. */
export async function claimProbe(
  db: Db,
  environmentId: string,
  integrationId: string,
  now: Date,
  until: Date,
): Promise<boolean> {
  const { numAffectedRows } = await sql`update integration_health set probe_until = ${until}, updated_at = ${now}
    where environment_id = ${environmentId} and integration_id = ${integrationId} and open_reason is not null
      and open_until <= ${now} and (probe_until is null or probe_until <= ${now})`.execute(db);
  return numAffectedRows === 1n;
}

/** Calls that run now, under the lock of the integration's row. */
export async function countCalls(db: Db, environmentId: string, integrationId: string, now: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from integration_call
    where environment_id = ${environmentId} and integration_id = ${integrationId} and lease_until > ${now}`.execute(db);
  return rows[0]?.count ?? 0;
}

export async function insertCalls(
  db: Db,
  environmentId: string,
  integrationId: string,
  notificationIds: readonly string[],
  leaseUntil: Date,
): Promise<void> {
  if (notificationIds.length === 0) return;
  await sql`insert into integration_call (environment_id, integration_id, notification_id, lease_until)
    select ${environmentId}, ${integrationId}, n, ${leaseUntil} from unnest(${notificationIds}::uuid[]) n
    on conflict (environment_id, integration_id, notification_id) do update set lease_until = excluded.lease_until`.execute(
    db,
  );
}

export async function deleteCalls(
  db: Db,
  environmentId: string,
  integrationId: string,
  notificationIds: readonly string[],
): Promise<void> {
  await sql`delete from integration_call where environment_id = ${environmentId} and integration_id = ${integrationId}
    and notification_id = any(${notificationIds}::uuid[])`.execute(db);
}

/**
 * Forgets what was learned about an integration, because it was changed or works again, and lets what waits for it go.
 * Answers how many waited.
 */
export async function releaseIntegration(
  db: Db,
  environmentId: string,
  integrationId: string,
  now: Date,
): Promise<number> {
  await sql`update integration_health set failures = 0, opens = 0, open_reason = null, opened_at = null, open_until = null,
      probe_until = null, paused_until = null, updated_at = ${now}
    where environment_id = ${environmentId} and integration_id = ${integrationId}`.execute(db);
  return releaseWaiting(db, environmentId, integrationId, now);
}

/** What waits for an integration is due now. */
export async function releaseWaiting(db: Db, environmentId: string, integrationId: string, now: Date): Promise<number> {
  // In the order in which steps write theirs, so that two commits never wait for each other.
  const { numAffectedRows } = await sql`update timer t set at = ${now}, integration_id = null
    from (select notification_id from timer where environment_id = ${environmentId} and integration_id = ${integrationId}
      order by notification_id for update) waiting
    where t.environment_id = ${environmentId} and t.notification_id = waiting.notification_id`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
