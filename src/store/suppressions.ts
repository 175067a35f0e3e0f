import { createHash } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type { ChannelName, SuppressionReason } from '../base/names.js';
import type { Db } from './database.js';

/** Addresses that nothing may go to any more. The hash is the key, so that an entry can outlive its address. */
export const SuppressionTable = defineEntity({
  name: 'Suppression',
  tableName: 'suppression',
  properties: {
    environmentId: p.uuid().primary(),
    channel: p.text().$type<ChannelName>().primary(),
    addressHash: p.blob().primary(),
    address: p.text().nullable(),
    reason: p.text().$type<SuppressionReason>(),
    integrationKey: p.text().nullable(),
    detail: p.text().nullable(),
    createdAt: p.datetime(),
  },
});

export interface SuppressionRow {
  environment_id: string;
  channel: ChannelName;
  address_hash: Uint8Array;
  /** Null: it was erased, and the entry stays. */
  address: string | null;
  reason: SuppressionReason;
  /** Whose vendor reported it; null: nobody's. */
  integration_key: string | null;
  detail: string | null;
  created_at: Date;
}

/** An address to suppress, as it is stored on the person. */
export interface NewSuppression {
  readonly channel: ChannelName;
  readonly address: string;
  readonly reason: SuppressionReason;
  readonly integrationKey: string | null;
  readonly detail: string | null;
  readonly createdAt: Date;
  /** Nobody has the address any more: neither it nor the detail is written. */
  readonly hashAlone?: boolean;
}

/** The key of an address. Letters A to Z alone are folded, so that it is the same in databases of any language. */
export function addressHash(address: string): Buffer {
  return createHash('sha256')
    .update(address.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()))
    .digest();
}

/**
 * The same of an address in a query.
 *
 * @param address a column or expression of type text, like `sql.ref('e.address')`
 */
export function addressHashIn(address: RawBuilder<unknown>): RawBuilder<Uint8Array> {
  return sql<Uint8Array>`sha256(convert_to(lower(${address} collate "C"), 'UTF8'))`;
}

/**
 * Nothing goes to these any more. An address that is in the list already stays with its first reason, unless
 * that was UNSUBSCRIBED, which stops the least.
 */
export async function suppress(db: Db, environmentId: string, rows: readonly NewSuppression[]): Promise<void> {
  if (rows.length === 0) return;
  const values = new Map<
    string,
    Omit<NewSuppression, 'address'> & { readonly address: string | null; readonly hash: string }
  >();
  for (const row of rows) {
    const hash = addressHash(row.address).toString('hex');
    const place = `${hash} ${row.channel}`;
    const isWeak = values.get(place)?.reason === 'UNSUBSCRIBED' && row.reason !== 'UNSUBSCRIBED';
    if (isWeak || !values.has(place))
      values.set(place, {
        ...row,
        address: row.hashAlone ? null : row.address,
        detail: row.hashAlone ? null : (row.detail?.replaceAll('\0', '') ?? null),
        hash,
      });
  }
  // In one order everywhere, so that writers of the same addresses do not lock each other out.
  const ordered = [...values.keys()].toSorted().map((place) => values.get(place));
  await sql`
    insert into suppression (environment_id, channel, address_hash, address, reason, integration_key, detail, created_at)
    select ${environmentId}::uuid, s.channel, decode(s.hash, 'hex'), s.address, s.reason, s."integrationKey", s.detail,
      s."createdAt"
    from jsonb_to_recordset(${JSON.stringify(ordered)}::jsonb) as s (channel text, hash text, address text, reason text,
      "integrationKey" text, detail text, "createdAt" timestamptz)
    on conflict (environment_id, channel, address_hash) do update set reason = excluded.reason,
      integration_key = excluded.integration_key, detail = excluded.detail, created_at = excluded.created_at
      where suppression.reason = 'UNSUBSCRIBED' and excluded.reason <> 'UNSUBSCRIBED'`.execute(db);
}

/**
 * Takes an address off the list. Answers whether it was on it.
 *
 * @param reasons only if it is there for one of these; missing: whatever it is there for
 */
export async function unsuppress(
  db: Db,
  environmentId: string,
  channel: ChannelName,
  address: string,
  reasons?: readonly SuppressionReason[],
): Promise<boolean> {
  let query = db
    .deleteFrom('suppression')
    .where('environment_id', '=', environmentId)
    .where('channel', '=', channel)
    .where('address_hash', '=', addressHash(address));
  if (reasons) query = query.where('reason', 'in', [...reasons]);
  const { numDeletedRows } = await query.executeTakeFirst();
  return numDeletedRows > 0n;
}

export interface SuppressionFilter {
  readonly channel: ChannelName | null;
  readonly reason: SuppressionReason | null;
  readonly address: string | null;
}

/** Where a row stands in the list; the hash as hex. */
export interface SuppressionPlace {
  readonly createdAt: Date;
  readonly channel: string;
  readonly hash: string;
}

/** Newest first. `before`: the place of the last row of the page before. */
export async function listSuppressions(
  db: Db,
  environmentId: string,
  filter: SuppressionFilter,
  before: SuppressionPlace | null,
  limit: number,
): Promise<SuppressionRow[]> {
  let query = db.selectFrom('suppression').selectAll().where('environment_id', '=', environmentId);
  if (filter.channel !== null) query = query.where('channel', '=', filter.channel);
  if (filter.reason !== null) query = query.where('reason', '=', filter.reason);
  if (filter.address !== null) query = query.where('address_hash', '=', addressHash(filter.address));
  if (before)
    query = query.where(
      sql<boolean>`(created_at, channel, address_hash)
        < (${before.createdAt}::timestamptz, ${before.channel}::text, decode(${before.hash}, 'hex'))`,
    );
  return query
    .orderBy('created_at', 'desc')
    .orderBy('channel', 'desc')
    .orderBy('address_hash', 'desc')
    .limit(limit)
    .execute();
}

/** Why any of these addresses is on the list; those that are not are missing. */
export async function reasonsOf(
  db: Db,
  environmentId: string,
  places: readonly { readonly channel: ChannelName; readonly address: string }[],
): Promise<{ channel: ChannelName; address: string; reason: SuppressionReason }[]> {
  const { rows } = await sql<{ channel: ChannelName; address: string; reason: SuppressionReason }>`
    select a.channel, a.address, x.reason
    from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as a (channel text, address text)
    join suppression x on x.environment_id = ${environmentId} and x.channel = a.channel
      and x.address_hash = ${addressHashIn(sql`a.address`)}`.execute(db);
  return rows;
}
