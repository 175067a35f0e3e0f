import { sql, type RawBuilder } from 'kysely';
import type { Db } from './database.js';
import type { ErasedAddress } from './erasures.js';
import type { Owned } from './transaction.js';

/** Whose rows. */
export interface PersonRef {
  readonly environmentId: string;
  readonly recipientId: string;
}

/** Takes a person's row until the commit: nobody writes about the person meanwhile. Undefined: there is no such row. */
export async function lockPerson(
  db: Db,
  { environmentId, recipientId }: PersonRef,
): Promise<{ external_id: string; erased_at: Date | null } | undefined> {
  const { rows } = await sql<{
    external_id: string;
    erased_at: Date | null;
  }>`select external_id, erased_at from recipient
    where environment_id = ${environmentId} and id = ${recipientId} for update`.execute(db);
  return rows[0];
}

/** What a person loses at once. */
export interface ClearedPerson {
  readonly addresses: readonly ErasedAddress[];
  readonly preferences: number;
  readonly topics: number;
  readonly answers: number;
}

/**
 * Takes away who the person is, where the person can be reached and what the person chose; the row stays under a name that
 * says nothing. Whoever reads the inbox is told to read it again.
 */
export async function clearPerson(db: Db, whose: PersonRef, now: Date): Promise<ClearedPerson> {
  const own = ownRows(whose);
  const count = async (query: RawBuilder<unknown>): Promise<number> =>
    Number((await query.execute(db)).numAffectedRows ?? 0n);
  await sql`update recipient set external_id = 'erased-' || id, name = null, locale = null, time_zone = null, country = null,
      attributes = '{}', profile = '{}', erased_at = ${now}, updated_at = ${now}
    where environment_id = ${whose.environmentId} and id = ${whose.recipientId}`.execute(db);
  const { rows: addresses } = await sql<ErasedAddress>`
    delete from endpoint where ${own} returning channel, address`.execute(db);
  const preferences = await count(sql`delete from preference where ${own}`);
  const topics = await count(sql`delete from topic_subscription where ${own}`);
  const answers = await count(sql`delete from idempotency_key where ${own}`);
  await sql`update inbox set version = version + 1, reset_version = version + 1 where ${own}`.execute(db);
  return { addresses, preferences, topics, answers };
}

function ownRows({ environmentId, recipientId }: PersonRef): RawBuilder<boolean> {
  return sql<boolean>`environment_id = ${environmentId} and recipient_id = ${recipientId}`;
}

/** Moves the revision of everything of a person that has not ended: decisions made on what was read before are not written. */
export async function disturbPerson(db: Db, whose: PersonRef): Promise<Owned[]> {
  const { rows } = await sql<Owned>`
    with moved as (
      update notification n set revision = n.revision + 1
      from (select id from notification where ${ownRows(whose)} and finished_at is null order by id for update) open
      where n.environment_id = ${whose.environmentId} and n.id = open.id
      returning n.environment_id, n.id, n.send_id, n.category_key)
    select m.environment_id, m.id as notification_id, c.lane, s.tenant from moved m
    join category c on c.environment_id = m.environment_id and c.key = m.category_key
    join send s on s.environment_id = m.environment_id and s.id = m.send_id`.execute(db);
  return rows;
}

/** Takes away what else is kept under a person's id, at most `limit` rows of each table. `rest`: there may be more. */
export async function clearOwned(
  db: Db,
  whose: PersonRef,
  limit: number,
  now: Date,
): Promise<{ caps: number; digests: number; consents: number; topics: number; rest: boolean }> {
  const own = ownRows(whose);
  const change = async (table: string, which: RawBuilder<unknown>, set: RawBuilder<unknown> | null) => {
    const rows = sql`(select array(select ctid from ${sql.table(table)} where ${own} and ${which} limit ${limit}))`;
    const query = set
      ? sql`update ${sql.table(table)} set ${set} where ctid = any(${rows}::tid[]) and ${own}`
      : sql`delete from ${sql.table(table)} where ctid = any(${rows}::tid[]) and ${own}`;
    return Number((await query.execute(db)).numAffectedRows ?? 0n);
  };
  const caps = await change('cap_use', sql`true`, null);
  const topics = await change('topic_subscription', sql`true`, null);
  const digests = await change(
    'digest',
    sql`(key <> '' or closed_at is null)`,
    sql`key = '', closed_at = coalesce(closed_at, ${now})`,
  );
  const consents = await change(
    'consent',
    sql`(address is not null or actor = 'recipient' or source is not null or data <> '{}')`,
    sql`address = null, source = null, data = '{}', actor = nullif(actor, 'recipient')`,
  );
  await change('connection', sql`true`, null);
  const rest = [caps, topics, digests, consents].some((count) => count >= limit);
  return { caps, digests, consents, topics, rest };
}

/**
 * Takes addresses away from what vendors reported and from the suppression list, whose hashes stay. An address that
 * somebody else has as well stays with that person.
 */
export async function clearAddresses(
  db: Db,
  { environmentId, recipientId }: PersonRef,
  addresses: readonly ErasedAddress[],
): Promise<{ SUPPRESSIONS: number; CALLBACKS: number }> {
  if (addresses.length === 0) return { SUPPRESSIONS: 0, CALLBACKS: 0 };
  const { rows: mine } = await sql<ErasedAddress>`
    select a.channel, a.address from jsonb_to_recordset(${JSON.stringify(addresses)}::jsonb) as a (channel text, address text)
    where not exists (select from endpoint e where e.environment_id = ${environmentId} and e.address = a.address
      and e.recipient_id <> ${recipientId})`.execute(db);
  const texts = [...new Set(mine.flatMap(({ address }) => [address, address.toLowerCase()]))];
  if (texts.length === 0) return { SUPPRESSIONS: 0, CALLBACKS: 0 };
  const { numAffectedRows: suppressions } = await sql`
    update suppression set address = null, detail = null where environment_id = ${environmentId}
      and address_hash in (select sha256(convert_to(lower(a collate "C"), 'UTF8')) from unnest(${texts}::text[]) a)
      and (address is not null or detail is not null)`.execute(db);
  // What has not been looked at yet goes once it is folded: it may be the reason why nothing may go there.
  const { numAffectedRows: callbacks } = await sql`
    delete from callback where environment_id = ${environmentId} and address = any(${texts}::text[])
      and (due_at is null or tries > 0)`.execute(db);
  await sql`delete from simulator_rule
    where environment_id = ${environmentId} and address = any(${texts}::text[])`.execute(db);
  return { SUPPRESSIONS: Number(suppressions ?? 0n), CALLBACKS: Number(callbacks ?? 0n) };
}
