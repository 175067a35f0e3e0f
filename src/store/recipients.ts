import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ChannelName } from '../base/names.js';
import type { Db } from './database.js';

export const RecipientTable = defineEntity({
  name: 'Recipient',
  tableName: 'recipient',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    externalId: p.text(),
    name: p.text().nullable(),
    locale: p.text().nullable(),
    timeZone: p.text().nullable(),
    attributes: p.json().$type<Record<string, unknown>>(),
    profile: p.json().$type<Record<string, unknown>>(),
    country: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    erasedAt: p.datetime().nullable(),
  },
});

/** A person with the addresses that stand on the person in the API. */
export interface RecipientRow {
  id: string;
  externalId: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  locale: string | null;
  timeZone: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  attributes: Record<string, unknown>;
}

/** What to write of a person. A missing field stays as it is; null clears it. */
export interface RecipientChange {
  id: string;
  externalId: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  locale?: string | null;
  timeZone?: string | null;
  country?: string | null;
  attributes?: Record<string, unknown>;
}

/** The address that stands on the person; where only others were added, the oldest of them. */
const RECIPIENT_COLUMNS = sql`
  r.id, r.external_id as "externalId", r.name, r.locale, r.time_zone as "timeZone", r.country, r.attributes,
  (select e.address from endpoint e where e.environment_id = r.environment_id and e.recipient_id = r.id
     and e.channel = 'EMAIL' order by e.main desc, e.created_at limit 1) as email,
  (select e.address from endpoint e where e.environment_id = r.environment_id and e.recipient_id = r.id
     and e.channel = 'SMS' order by e.main desc, e.created_at limit 1) as phone`;

/** People who were erased are found by nothing: whoever asks is told that there is no such person. */
export async function findRecipients(
  db: Db,
  environmentId: string,
  by: { ids?: readonly string[]; externalIds?: readonly string[] },
): Promise<RecipientRow[]> {
  const { rows } = await sql<RecipientRow>`
    select ${RECIPIENT_COLUMNS} from recipient r
    where r.environment_id = ${environmentId} and r.erased_at is null
      and (r.id = any(${by.ids ?? []}::uuid[]) or r.external_id = any(${by.externalIds ?? []}::text[]))`.execute(db);
  return rows;
}

/** The ids behind external ids; unknown ones are missing from the map. */
export async function resolveExternalIds(
  db: Db,
  environmentId: string,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  if (externalIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; external_id: string }>`
    select id, external_id from recipient
    where environment_id = ${environmentId} and external_id = any(${externalIds}::text[]) and erased_at is null`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.external_id, row.id]));
}

/** Those of `ids` that exist in this environment. */
export async function existingRecipientIds(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select id from recipient
    where environment_id = ${environmentId} and id = any(${ids}::uuid[]) and erased_at is null`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/**
 * Creates or updates people in bulk. Rows are locked in the order of their external ids, so that concurrent calls with
 * the same people wait for each other instead of deadlocking. Attributes are merged key by key; a null value removes its
 * key. Answers the external ids that were new.
 */
export async function upsertRecipients(
  db: Db,
  environmentId: string,
  changes: readonly RecipientChange[],
  now: Date,
): Promise<Set<string>> {
  if (changes.length === 0) return new Set();
  const json = JSON.stringify(
    changes.map((change) => ({
      id: change.id,
      external_id: change.externalId,
      name: change.name ?? null,
      locale: change.locale ?? null,
      time_zone: change.timeZone ?? null,
      country: change.country ?? null,
      attributes: change.attributes ?? {},
      has_name: change.name !== undefined,
      has_locale: change.locale !== undefined,
      has_time_zone: change.timeZone !== undefined,
      has_country: change.country !== undefined,
    })),
  );
  const { rows: inserted } = await sql<{ external_id: string }>`
    insert into recipient (environment_id, id, external_id, name, locale, time_zone, country, attributes, created_at,
      updated_at)
    select ${environmentId}, c.id, c.external_id, c.name, c.locale, c.time_zone, c.country,
      jsonb_strip_nulls(c.attributes), ${now}, ${now}
    from jsonb_to_recordset(${json}::jsonb)
      as c (id uuid, external_id text, name text, locale text, time_zone text, country text, attributes jsonb)
    order by c.external_id
    on conflict (environment_id, external_id) do nothing
    returning external_id`.execute(db);
  const created = new Set(inserted.map((row) => row.external_id));
  if (created.size < changes.length) {
    await sql`
      with c as (
        select * from jsonb_to_recordset(${json}::jsonb)
          as c (external_id text, name text, locale text, time_zone text, country text, attributes jsonb,
                has_name boolean, has_locale boolean, has_time_zone boolean, has_country boolean)),
      locked as (
        select r.id, r.external_id from recipient r join c on c.external_id = r.external_id
        where r.environment_id = ${environmentId} and not (r.external_id = any(${[...created]}::text[]))
        order by r.external_id for update of r)
      update recipient r set
        name = case when c.has_name then c.name else r.name end,
        locale = case when c.has_locale then c.locale else r.locale end,
        time_zone = case when c.has_time_zone then c.time_zone else r.time_zone end,
        country = case when c.has_country then c.country else r.country end,
        attributes = jsonb_strip_nulls(r.attributes || c.attributes),
        updated_at = ${now}
      from locked join c on c.external_id = locked.external_id
      where r.environment_id = ${environmentId} and r.id = locked.id
        and (c.has_name or c.has_locale or c.has_time_zone or c.has_country or c.attributes <> '{}'::jsonb)`.execute(
      db,
    );
  }
  await setAddresses(db, environmentId, changes, now);
  return created;
}

/**
 * One e-mail address and one phone stand on a person: a new one takes the place of the old one. Those that were added beside
 * them stay.
 */
async function setAddresses(
  db: Db,
  environmentId: string,
  changes: readonly RecipientChange[],
  now: Date,
): Promise<void> {
  const addresses = changes.flatMap((change) => {
    const rows: { external_id: string; channel: ChannelName; address: string | null }[] = [];
    if (change.email !== undefined)
      rows.push({ external_id: change.externalId, channel: 'EMAIL', address: change.email });
    if (change.phone !== undefined)
      rows.push({ external_id: change.externalId, channel: 'SMS', address: change.phone });
    return rows;
  });
  if (addresses.length === 0) return;
  const json = JSON.stringify(addresses);
  await sql`
    delete from endpoint e using jsonb_to_recordset(${json}::jsonb) as a (external_id text, channel text, address text), recipient r
    where r.environment_id = ${environmentId} and r.external_id = a.external_id
      and e.environment_id = r.environment_id and e.recipient_id = r.id and e.channel = a.channel
      and e.main and e.address is distinct from a.address`.execute(db);
  await sql`
    insert into endpoint as e (environment_id, recipient_id, channel, address, main, created_at)
    select r.environment_id, r.id, a.channel, a.address, true, ${now}
    from jsonb_to_recordset(${json}::jsonb) as a (external_id text, channel text, address text)
    join recipient r on r.environment_id = ${environmentId} and r.external_id = a.external_id
    where a.address is not null
    on conflict (environment_id, recipient_id, channel, address) do update set main = true where not e.main`.execute(
    db,
  );
}

/** What people are called where others read of them: the name, else the external id. Unknown and erased ones are missing. */
export async function namesOf(db: Db, environmentId: string, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, coalesce(nullif(name, ''), external_id) as name from recipient
    where environment_id = ${environmentId} and id = any(${ids}::uuid[]) and erased_at is null`.execute(db);
  return new Map(rows.map((row) => [row.id, row.name]));
}
