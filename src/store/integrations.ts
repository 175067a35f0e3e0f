import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { CategoryClass, ChannelName } from '../base/names.js';
import type { Db } from './database.js';
import { listHealth, type HealthRow } from './health.js';

export const IntegrationTable = defineEntity({
  name: 'Integration',
  tableName: 'integration',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    key: p.text(),
    provider: p.text(),
    channel: p.text().$type<ChannelName>(),
    position: p.integer(),
    enabled: p.boolean(),
    settings: p.json().$type<Record<string, unknown>>(),
    credentials: p.blob(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    rateCount: p.integer().nullable(),
    ratePeriodMs: p.integer().nullable(),
    concurrency: p.integer().nullable(),
    authRetries: p.smallint(),
    classes: p.array().$type<CategoryClass[]>().nullable(),
    reports: p.boolean(),
  },
});

export interface IntegrationRow {
  environment_id: string;
  id: string;
  key: string;
  provider: string;
  channel: ChannelName;
  position: number;
  enabled: boolean;
  settings: Record<string, unknown>;
  credentials: Uint8Array;
  created_at: Date;
  updated_at: Date;
  /** At most so many attempts in so long, over all processes; both or neither. */
  rate_count: number | null;
  rate_period_ms: number | null;
  /** At most so many calls at once, over all processes. */
  concurrency: number | null;
  /** Refusals of our credentials in a row that are still taken for a hiccup of the vendor's. */
  auth_retries: number;
  /** Classes of categories that it may carry; null: those of its adapter. */
  classes: CategoryClass[] | null;
  /** Its vendor's reports reach and convince us, as it is set up. */
  reports: boolean;
}

/** With what calls have taught about it; null: nothing worth keeping. */
export interface IntegrationWithHealth extends IntegrationRow {
  health: HealthRow | null;
}

/** All of an environment, preferred first. */
export async function listIntegrations(db: Db, environmentId: string): Promise<IntegrationWithHealth[]> {
  const [rows, healths] = await Promise.all([
    db
      .selectFrom('integration')
      .selectAll()
      .where('environment_id', '=', environmentId)
      .orderBy('channel')
      .orderBy('position')
      .orderBy('key')
      .execute(),
    listHealth(db, environmentId),
  ]);
  const healthById = new Map(healths.map((health) => [health.integration_id, health]));
  return rows.map((row) => ({ ...row, health: healthById.get(row.id) ?? null }));
}

export async function findIntegration(db: Db, environmentId: string, key: string): Promise<IntegrationRow | undefined> {
  return db
    .selectFrom('integration')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** By our id, of whatever environment: vendors know no more. */
export async function findIntegrationById(db: Db, id: string): Promise<IntegrationRow | undefined> {
  return db.selectFrom('integration').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function upsertIntegration(db: Db, row: IntegrationRow): Promise<IntegrationRow> {
  const { rows } = await sql<IntegrationRow>`
    insert into integration (environment_id, id, key, provider, channel, position, enabled, settings, credentials, created_at, updated_at,
      rate_count, rate_period_ms, concurrency, auth_retries, classes, reports)
    values (${row.environment_id}, ${row.id}, ${row.key}, ${row.provider}, ${row.channel}, ${row.position}, ${row.enabled},
      ${JSON.stringify(row.settings)}::jsonb, ${row.credentials}, ${row.created_at}, ${row.updated_at},
      ${row.rate_count}, ${row.rate_period_ms}, ${row.concurrency}, ${row.auth_retries},
      ${row.classes}, ${row.reports})
    on conflict (environment_id, key) do update set provider = excluded.provider, channel = excluded.channel,
      position = excluded.position, enabled = excluded.enabled, settings = excluded.settings,
      credentials = excluded.credentials, updated_at = excluded.updated_at, rate_count = excluded.rate_count,
      rate_period_ms = excluded.rate_period_ms, concurrency = excluded.concurrency, auth_retries = excluded.auth_retries,
      classes = excluded.classes, reports = excluded.reports
    returning *`.execute(db);
  return rows[0] as IntegrationRow;
}

/** Where an integration's credentials lie: sealed values open only in their own place. */
export function credentialsPlace(row: Pick<IntegrationRow, 'environment_id' | 'key'>): string {
  return `integration/${row.environment_id}/${row.key}/credentials`;
}
