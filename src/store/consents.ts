import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ChannelName, ConsentState } from '../base/names.js';
import type { Db } from './database.js';

/** Written once and never changed: the latest of a channel and purpose counts, all of them together are the proof. */
export const ConsentTable = defineEntity({
  name: 'Consent',
  tableName: 'consent',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    id: p.uuid().primary(),
    channel: p.text().$type<ChannelName>(),
    purpose: p.text(),
    state: p.text().$type<ConsentState>(),
    at: p.datetime(),
    method: p.text(),
    source: p.text().nullable(),
    wording: p.text().nullable(),
    version: p.text().nullable(),
    address: p.text().nullable(),
    actor: p.text().nullable(),
    data: p.json().$type<Record<string, unknown>>(),
  },
});

export interface ConsentRow {
  environment_id: string;
  recipient_id: string;
  id: string;
  channel: ChannelName;
  /** A category's key, `MARKETING` or `DEVICE`. */
  purpose: string;
  state: ConsentState;
  /** When the person said it, which may be long before it was recorded. */
  at: Date;
  method: string;
  /** Where: a URL, a place, an integration. */
  source: string | null;
  /** What the person was shown. */
  wording: string | null;
  version: string | null;
  /** The address that it was said from. */
  address: string | null;
  /** Who recorded it. */
  actor: string | null;
  data: Record<string, unknown>;
}

/** Of a person who was erased nothing is recorded any more. `db` must be a transaction. */
export async function appendConsents(db: Db, rows: readonly ConsentRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into consent (environment_id, recipient_id, id, channel, purpose, state, at, method, source, wording, version,
      address, actor, data)
    select c.environment_id, c.recipient_id, c.id, c.channel, c.purpose, c.state, c.at, c.method, c.source, c.wording,
      c.version, c.address, c.actor, c.data
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c (environment_id uuid, recipient_id uuid, id uuid,
      channel text, purpose text, state text, at timestamptz, method text, source text, wording text, version text,
      address text, actor text, data jsonb)
    join recipient r on r.environment_id = c.environment_id and r.id = c.recipient_id and r.erased_at is null
    order by r.id for key share of r`.execute(db);
}

/** What counts now: of each person, channel and purpose the latest word. */
export interface CurrentConsent {
  recipient_id: string;
  channel: ChannelName;
  purpose: string;
  state: ConsentState;
  at: Date;
}

/**
 * The latest words of people.
 *
 * @param from `SAID`: what was asked and not answered yet is left out; `ALL`: it counts as the latest
 */
export async function currentConsents(
  db: Db,
  environmentId: string,
  recipientIds: readonly string[],
  from: 'SAID' | 'ALL',
): Promise<CurrentConsent[]> {
  if (recipientIds.length === 0) return [];
  const { rows } = await sql<CurrentConsent>`
    select distinct on (recipient_id, channel, purpose) recipient_id, channel, purpose, state, at from consent
    where environment_id = ${environmentId} and recipient_id = any(${recipientIds}::uuid[])
      and (${from === 'ALL'} or state <> 'PENDING')
    order by recipient_id, channel, purpose, at desc, id desc`.execute(db);
  return rows;
}

/** The whole proof of a person, newest record first. `before`: id of the last row of the page before. */
export async function listConsents(
  db: Db,
  environmentId: string,
  recipientId: string,
  before: string | null,
  limit: number,
): Promise<ConsentRow[]> {
  let query = db
    .selectFrom('consent')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('recipient_id', '=', recipientId);
  if (before !== null) query = query.where('id', '<', before);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

/** Everybody who has an address, exactly as it is stored. */
export async function peopleAt(
  db: Db,
  environmentId: string,
  channel: ChannelName,
  address: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct recipient_id as id from endpoint
    where environment_id = ${environmentId} and channel = ${channel} and address = ${address}
    order by recipient_id`.execute(db);
  return rows.map((row) => row.id);
}
