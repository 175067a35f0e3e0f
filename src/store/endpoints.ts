import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ChannelName, DevicePlatform } from '../base/names.js';
import type { Db } from './database.js';

export const EndpointTable = defineEntity({
  name: 'Endpoint',
  tableName: 'endpoint',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    channel: p.text().$type<ChannelName>().primary(),
    address: p.text().primary(),
    createdAt: p.datetime(),
    platform: p.text().$type<DevicePlatform>().nullable(),
    service: p.text().nullable(),
    retiredAt: p.datetime().nullable(),
    retiredReason: p.text().nullable(),
    // The one that stands on the person: what upsertRecipient says takes its place.
    main: p.boolean(),
  },
});

export interface EndpointRow {
  recipient_id: string;
  channel: ChannelName;
  address: string;
  /** Push tokens alone: what the token belongs to, and which push service takes it. */
  platform: DevicePlatform | null;
  service: string | null;
  created_at: Date;
  /** Since when nothing goes there any more, and why; null: it is in use. */
  retired_at: Date | null;
  retired_reason: string | null;
}

/** Every address of these people, in use or retired, oldest first. */
export async function listEndpoints(
  db: Db,
  environmentId: string,
  recipientIds: readonly string[],
): Promise<EndpointRow[]> {
  const { rows } = await sql<EndpointRow>`
    select recipient_id, channel, address, platform, service, created_at, retired_at, retired_reason from endpoint
    where environment_id = ${environmentId} and recipient_id = any(${recipientIds}::uuid[])
    order by recipient_id, created_at, channel, address`.execute(db);
  return rows;
}

/**
 * Adds an address, or puts one that is known back to use. `db` must be a transaction: the person's row is locked, so that two
 * calls at once cannot pass `most` together. Null: the person has so many addresses in use on this channel already. GONE: there is no such person any
 * more.
 */
export async function saveEndpoint(
  db: Db,
  environmentId: string,
  row: Omit<EndpointRow, 'retired_at' | 'retired_reason'>,
  most: number,
): Promise<{ row: EndpointRow; created: boolean } | 'GONE' | null> {
  const { recipient_id: recipientId, channel, address, platform, service, created_at: now } = row;
  const { rows: people } = await sql`select 1 from recipient
    where environment_id = ${environmentId} and id = ${recipientId} and erased_at is null for update`.execute(db);
  if (people.length === 0) return 'GONE';
  const { rows } = await sql<EndpointRow & { created: boolean }>`
    insert into endpoint (environment_id, recipient_id, channel, address, platform, service, created_at)
    select ${environmentId}::uuid, ${recipientId}::uuid, ${channel}, ${address}, ${platform}::text, ${service}::text,
      ${now}::timestamptz
    where ${most} > (select count(*) from endpoint e
      where e.environment_id = ${environmentId} and e.recipient_id = ${recipientId} and e.channel = ${channel}
        and e.address <> ${address} and e.retired_at is null)
    on conflict (environment_id, recipient_id, channel, address) do update
      set platform = excluded.platform, service = excluded.service, retired_at = null, retired_reason = null
    returning recipient_id, channel, address, platform, service, created_at, retired_at, retired_reason,
      xmax = 0 as created`.execute(db);
  const [saved] = rows;
  if (!saved) return null;
  const { created, ...kept } = saved;
  return { row: kept, created };
}

/**
 * Takes an address away from everybody but this person. `db` must be a transaction that has locked nothing yet: two people who
 * are given one address at once take turns from here on, so that exactly one of them has it in the end.
 */
export async function takeFromOthers(
  db: Db,
  environmentId: string,
  { recipientId, channel, address }: { recipientId: string; channel: ChannelName; address: string },
): Promise<void> {
  const turn = `endpoint/${environmentId}/${channel}/${address}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`.execute(db);
  await sql`
    delete from endpoint where environment_id = ${environmentId} and address = ${address} and channel = ${channel}
      and recipient_id <> ${recipientId}`.execute(db);
}

/** False: the person has no such address. */
export async function deleteEndpoint(
  db: Db,
  environmentId: string,
  { recipientId, channel, address }: { recipientId: string; channel: ChannelName; address: string },
): Promise<boolean> {
  const { rows } = await sql`
    delete from endpoint where environment_id = ${environmentId} and recipient_id = ${recipientId}
      and channel = ${channel} and address = ${address} returning 1`.execute(db);
  return rows.length > 0;
}

/** Has anybody this address, on any channel, exactly as it is stored? */
export async function isAnybodys(db: Db, environmentId: string, address: string): Promise<boolean> {
  const { rows } = await sql`select 1 from endpoint
    where environment_id = ${environmentId} and address = ${address} limit 1`.execute(db);
  return rows.length > 0;
}

export interface GoneEndpoint {
  readonly recipientId: string;
  readonly channel: ChannelName;
  readonly address: string;
  readonly reason: string;
}

/** Takes an address out of routing for good, because the provider said that it is gone. */
export async function retireEndpoints(
  db: Db,
  environmentId: string,
  endpoints: readonly GoneEndpoint[],
  now: Date,
): Promise<void> {
  if (endpoints.length === 0) return;
  await sql`
    update endpoint e set retired_at = ${now}, retired_reason = g.reason
    from jsonb_to_recordset(${JSON.stringify(endpoints)}::jsonb)
      as g ("recipientId" uuid, channel text, address text, reason text)
    where e.environment_id = ${environmentId} and e.recipient_id = g."recipientId" and e.channel = g.channel
      and e.address = g.address and e.retired_at is null`.execute(db);
}

/** Takes an address out of routing for everybody who has it. */
export async function retireAddress(
  db: Db,
  environmentId: string,
  { channel, address }: { channel: ChannelName; address: string },
  reason: string,
  now: Date,
): Promise<void> {
  await sql`update endpoint set retired_at = ${now}, retired_reason = ${reason}
    where environment_id = ${environmentId} and channel = ${channel} and address = ${address} and retired_at is null`.execute(
    db,
  );
}
