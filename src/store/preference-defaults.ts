import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Cadence, ChannelName } from '../base/names.js';
import type { Db } from './database.js';

/** What holds where people have said nothing: an operator's word for the environment or for one tenant. */
export const PreferenceDefaultTable = defineEntity({
  name: 'PreferenceDefault',
  tableName: 'preference_default',
  properties: {
    environmentId: p.uuid().primary(),
    tenant: p.text().primary(),
    categoryKey: p.text().primary(),
    channel: p.text().$type<ChannelName>().primary(),
    enabled: p.boolean().nullable(),
    cadence: p.text().$type<Cadence>().nullable(),
    updatedAt: p.datetime(),
  },
});

export interface PreferenceDefaultRow {
  /** Empty: the environment's. */
  tenant: string;
  /** Empty: of every category. */
  category_key: string;
  channel: ChannelName;
  /** Null: nothing is said of it here. */
  enabled: boolean | null;
  cadence: Cadence | null;
}

/** Those of all tenants, or of one. */
export async function listPreferenceDefaults(
  db: Db,
  environmentId: string,
  tenant?: string,
): Promise<PreferenceDefaultRow[]> {
  let query = db
    .selectFrom('preference_default')
    .select(['tenant', 'category_key', 'channel', 'enabled', 'cadence'])
    .where('environment_id', '=', environmentId);
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  return query.orderBy('tenant').orderBy('category_key').orderBy('channel').execute();
}

/** Writes the cells given, each once; others stay. A cell that says nothing any more is taken away. */
export async function savePreferenceDefaults(
  db: Db,
  environmentId: string,
  rows: readonly PreferenceDefaultRow[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  const json = JSON.stringify(rows);
  await sql`
    delete from preference_default d using jsonb_to_recordset(${json}::jsonb)
      as c (tenant text, category_key text, channel text, enabled boolean, cadence text)
    where d.environment_id = ${environmentId} and d.tenant = c.tenant and d.category_key = c.category_key
      and d.channel = c.channel and c.enabled is null and c.cadence is null`.execute(db);
  await sql`
    insert into preference_default (environment_id, tenant, category_key, channel, enabled, cadence, updated_at)
    select ${environmentId}, c.tenant, c.category_key, c.channel, c.enabled, c.cadence, ${now}
    from jsonb_to_recordset(${json}::jsonb)
      as c (tenant text, category_key text, channel text, enabled boolean, cadence text)
    where c.enabled is not null or c.cadence is not null
    order by c.tenant, c.category_key, c.channel
    on conflict (environment_id, tenant, category_key, channel)
      do update set enabled = excluded.enabled, cadence = excluded.cadence, updated_at = excluded.updated_at`.execute(
    db,
  );
}
