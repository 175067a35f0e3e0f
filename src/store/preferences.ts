import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Cadence, ChannelName } from '../base/names.js';
import type { Db } from './database.js';
import type { Owned } from './transaction.js';

export const PreferenceTable = defineEntity({
  name: 'Preference',
  tableName: 'preference',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    categoryKey: p.text().primary(),
    channel: p.text().$type<ChannelName>().primary(),
    enabled: p.boolean().nullable(),
    cadence: p.text().$type<Cadence>().nullable(),
    updatedAt: p.datetime(),
  },
});

/** What a person chose for one category and channel; null: nothing, the default holds. */
export interface PreferenceRow {
  category_key: string;
  channel: ChannelName;
  enabled: boolean | null;
  cadence: Cadence | null;
}

export async function listPreferences(db: Db, environmentId: string, recipientId: string): Promise<PreferenceRow[]> {
  return db
    .selectFrom('preference')
    .select(['category_key', 'channel', 'enabled', 'cadence'])
    .where('environment_id', '=', environmentId)
    .where('recipient_id', '=', recipientId)
    .execute();
}

/** Writes the cells given, each once; others stay. A cell in which nothing is chosen any more is taken away. */
export async function savePreferences(
  db: Db,
  environmentId: string,
  recipientId: string,
  cells: readonly PreferenceRow[],
  now: Date,
): Promise<void> {
  if (cells.length === 0) return;
  const json = JSON.stringify(cells);
  await sql`
    delete from preference p using jsonb_to_recordset(${json}::jsonb)
      as c (category_key text, channel text, enabled boolean, cadence text)
    where p.environment_id = ${environmentId} and p.recipient_id = ${recipientId} and p.category_key = c.category_key
      and p.channel = c.channel and c.enabled is null and c.cadence is null`.execute(db);
  await sql`
    insert into preference (environment_id, recipient_id, category_key, channel, enabled, cadence, updated_at)
    select ${environmentId}, ${recipientId}, c.category_key, c.channel, c.enabled, c.cadence, ${now}
    from jsonb_to_recordset(${json}::jsonb) as c (category_key text, channel text, enabled boolean, cadence text)
    where c.enabled is not null or c.cadence is not null
    order by c.category_key, c.channel
    on conflict (environment_id, recipient_id, category_key, channel)
      do update set enabled = excluded.enabled, cadence = excluded.cadence, updated_at = excluded.updated_at`.execute(
    db,
  );
}

/** What a person chose besides the cells, as JSON (routing/profile.ts), and where the person lives. */
export interface ProfileRow {
  profile: Record<string, unknown>;
  timeZone: string | null;
}

export async function readProfile(db: Db, environmentId: string, recipientId: string): Promise<ProfileRow | undefined> {
  const { rows } = await sql<ProfileRow>`
    select profile, time_zone as "timeZone" from recipient
    where environment_id = ${environmentId} and id = ${recipientId} and erased_at is null`.execute(db);
  return rows[0];
}

/**
 * Takes the person's row until the commit, so that two changes at once do not lose each other, and answers the profile as it
 * is then. `db` must be a transaction.
 */
export async function lockProfile(
  db: Db,
  environmentId: string,
  recipientId: string,
): Promise<Record<string, unknown> | undefined> {
  const { rows } = await sql<{ profile: Record<string, unknown> }>`
    select profile from recipient
    where environment_id = ${environmentId} and id = ${recipientId} and erased_at is null for update`.execute(db);
  return rows[0]?.profile;
}

/** Writes the profile that was read under `lockProfile`. */
export async function saveProfile(
  db: Db,
  environmentId: string,
  recipientId: string,
  profile: object,
  now: Date,
): Promise<void> {
  await sql`update recipient set profile = ${JSON.stringify(profile)}::jsonb, updated_at = ${now}
    where environment_id = ${environmentId} and id = ${recipientId}`.execute(db);
}

/** Held notifications that a change of mind looks at again; the others find out at their time. */
const HELD_MAX = 500;

/** What is held of a person, newest first, at most 500. */
export async function heldOf(db: Db, environmentId: string, recipientId: string): Promise<Owned[]> {
  const { rows } = await sql<Owned>`
    select n.environment_id, n.id as notification_id, c.lane, s.tenant from notification n
    join category c on c.environment_id = n.environment_id and c.key = n.category_key
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where n.environment_id = ${environmentId} and n.recipient_id = ${recipientId} and n.state = 'HELD'
    order by n.id desc limit ${HELD_MAX}`.execute(db);
  return rows;
}
