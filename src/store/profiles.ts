import { sql } from 'kysely';
import type { ChannelName } from '../base/names.js';
import type { Db } from './database.js';

/** A person as the hosted pages see them. */
export interface ProfileRow {
  readonly locale: string | null;
  readonly timeZone: string | null;
  /** As JSON: routing/profile.ts. */
  readonly profile: Record<string, unknown>;
  /** Name of the environment. */
  readonly environment: string;
}

/**
 * A person with what they chose; undefined: there is no such person (any more).
 *
 * @param lock until the commit, because the profile is written as a whole
 */
export async function findProfile(
  db: Db,
  environmentId: string,
  recipientId: string,
  lock: 'for update' | null = null,
): Promise<ProfileRow | undefined> {
  const { rows } = await sql<ProfileRow>`
    select r.locale, r.time_zone as "timeZone", r.profile, e.name as environment
    from recipient r join environment e on e.id = r.environment_id
    where r.environment_id = ${environmentId} and r.id = ${recipientId} and r.erased_at is null
    ${lock === null ? sql`` : sql`for update of r`}`.execute(db);
  return rows[0];
}

/** Where a person is and can be reached, as far as the laws of advertising ask. */
export interface WhereaboutsRow {
  readonly country: string | null;
  /** The main one of a channel first. */
  readonly endpoints: readonly { readonly channel: ChannelName; readonly address: string; readonly retired: boolean }[];
}

export async function findWhereabouts(
  db: Db,
  environmentId: string,
  recipientId: string,
): Promise<WhereaboutsRow | undefined> {
  const { rows } = await sql<WhereaboutsRow>`
    select r.country, coalesce((
      select jsonb_agg(jsonb_build_object('channel', e.channel, 'address', e.address, 'retired', e.retired_at is not null)
        order by e.main desc, e.created_at, e.address)
      from endpoint e where e.environment_id = r.environment_id and e.recipient_id = r.id), '[]') as endpoints
    from recipient r where r.environment_id = ${environmentId} and r.id = ${recipientId}`.execute(db);
  return rows[0];
}

/** Whose a notification is, as far as it says whether anybody looks at what they open and click. */
export interface PersonBehind {
  readonly notificationId: string;
  readonly limitUse: boolean;
  readonly country: string | null;
  readonly phone: string | null;
}

export async function peopleBehind(
  db: Db,
  environmentId: string,
  notificationIds: readonly string[],
): Promise<PersonBehind[]> {
  const { rows } = await sql<PersonBehind>`
    select n.id as "notificationId", coalesce((r.profile->>'limitUse')::boolean, false) as "limitUse", r.country,
      (select e.address from endpoint e where e.environment_id = r.environment_id and e.recipient_id = r.id
         and e.channel = 'SMS' order by e.main desc, e.created_at limit 1) as phone
    from notification n join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id
    where n.environment_id = ${environmentId} and n.id = any(${notificationIds}::uuid[])`.execute(db);
  return rows;
}
