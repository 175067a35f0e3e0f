import { sql } from 'kysely';
import type { Platform, PresenceState } from '../base/names.js';
import type { Db } from './database.js';

/** Where somebody is. */
export interface PlatformPresence {
  readonly platform: Platform;
  /** As was said last, of the most present client; null: nobody said, or it is no longer true. */
  readonly state: PresenceState | null;
  /** A client is connected there now. */
  readonly connected: boolean;
  /** Since when it is so. */
  readonly since: Date;
}

/**
 * What counts of what was said of one platform, as an aggregate over `client` and `state`: what was said of all of it ('');
 * else what the most present client said. Null: nobody said anything.
 */
export const MOST_PRESENT = sql`(array_agg(state order by state is null, client <> '', array_position('{ACTIVE,IDLE,AWAY}'::text[], state)))[1]`;

/** So many clients of one person on one platform are known: those that spoke last. */
const CLIENTS_MAX = 20;

/** Says how present a person is on a platform. Saying the same again keeps since when it is so. */
export async function saveReport(
  db: Db,
  person: { readonly environmentId: string; readonly recipientId: string },
  said: {
    readonly platform: Platform;
    /** Who says so of itself; empty: somebody who speaks for the whole platform. */
    readonly client: string;
    readonly state: PresenceState;
    readonly expiresAt: Date;
  },
  now: Date,
): Promise<void> {
  const { environmentId, recipientId } = person;
  await sql`
    insert into presence_report as r (environment_id, recipient_id, platform, client, state, since, seen_at, expires_at)
    values (${environmentId}, ${recipientId}, ${said.platform}, ${said.client}, ${said.state}, ${now}, ${now}, ${said.expiresAt})
    on conflict (environment_id, recipient_id, platform, client) do update set
      since = case when r.state = excluded.state and r.expires_at > ${now} then r.since else excluded.since end,
      state = excluded.state, seen_at = excluded.seen_at, expires_at = excluded.expires_at`.execute(db);
  if (said.client === '') return;
  const ofPlatform = sql`environment_id = ${environmentId} and recipient_id = ${recipientId} and platform = ${said.platform}
    and client <> ''`;
  await sql`
    delete from presence_report where ${ofPlatform} and client in (
      select client from presence_report where ${ofPlatform} order by seen_at desc offset ${CLIENTS_MAX})`.execute(db);
}

/** Every platform that somebody is connected on, or of which somebody said something that still holds. */
export async function presenceOf(
  db: Db,
  { environmentId, recipientId }: { readonly environmentId: string; readonly recipientId: string },
  now: Date,
): Promise<PlatformPresence[]> {
  const { rows } = await sql<PlatformPresence>`
    with live as (
      select c.platform, min(c.connected_at) as since from connection c join instance i on i.id = c.instance_id
      where c.environment_id = ${environmentId} and c.recipient_id = ${recipientId} and i.lease_until > now()
      group by c.platform),
    said as (
      select platform, ${MOST_PRESENT} as state, max(since) as since from presence_report
      where environment_id = ${environmentId} and recipient_id = ${recipientId} and expires_at > ${now} group by platform)
    select coalesce(live.platform, said.platform) as platform, said.state, live.platform is not null as connected,
      coalesce(said.since, live.since) as since
    from live full join said on said.platform = live.platform
    order by 1`.execute(db);
  return rows;
}

/** Forgets what holds no longer. */
export async function dropReports(db: Db, now: Date): Promise<void> {
  await sql`delete from presence_report where expires_at < ${now}`.execute(db);
}
