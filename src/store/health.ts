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
    line: p.json().$type<Partial<Record<Lane, string>>>(),
    updatedAt: p.datetime(),
  },
});

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

/**
 * Lets everything that waits for an integration be tried again now, and forgets what was held against it: it was changed,
 * so what is known of it no longer counts. Answers how many notifications waited.
 */
export async function releaseIntegration(
  db: Db,
  environmentId: string,
  integrationId: string,
  now: Date,
): Promise<number> {
  const { rows } = await sql<{ notification_id: string }>`
    update timer t set at = ${now}, integration_id = null
    from (select notification_id from timer where environment_id = ${environmentId}
          and integration_id = ${integrationId} order by notification_id for update) waiting
    where t.environment_id = ${environmentId} and t.notification_id = waiting.notification_id
    returning t.notification_id`.execute(db);
  await sql`
    update integration_health set failures = 0, opens = 0, open_reason = null, opened_at = null, open_until = null,
      probe_until = null, updated_at = ${now}
    where environment_id = ${environmentId} and integration_id = ${integrationId}`.execute(db);
  return rows.length;
}
