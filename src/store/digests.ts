import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { uuidv7 } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import type { Db } from './database.js';

/** A window that gathers, or has gathered, what goes to one person in one message. */
export const DigestTable = defineEntity({
  name: 'Digest',
  tableName: 'digest',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    recipientId: p.uuid(),
    categoryKey: p.text(),
    channel: p.text().$type<ChannelName>(),
    key: p.text(),
    openedAt: p.datetime(),
    closesAt: p.datetime(),
    latestAt: p.datetime().nullable(),
    closedAt: p.datetime().nullable(),
    notificationId: p.uuid().nullable(),
  },
});

/** What lies in a window: a notification in one at most, because that is the key. */
export const DigestItemTable = defineEntity({
  name: 'DigestItem',
  tableName: 'digest_item',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    digestId: p.uuid(),
    at: p.datetime(),
  },
});

export interface DigestRow {
  environment_id: string;
  id: string;
  recipient_id: string;
  category_key: string;
  channel: ChannelName;
  key: string;
  opened_at: Date;
  closes_at: Date;
  /** Where each further item moves the end: not beyond this. */
  latest_at: Date | null;
  closed_at: Date | null;
  /** What it became; null: nothing, because nothing was left in it, or it is open. */
  notification_id: string | null;
}

/** A notification that goes into a window. */
export interface DigestJoin {
  readonly notificationId: string;
  readonly recipientId: string;
  readonly categoryKey: string;
  readonly channel: ChannelName;
  readonly key: string;
  readonly closesAt: Date;
  /** How long the window may stay open at most, where each item moves its end. */
  readonly slidesMs: number | null;
}

/**
 * Puts notifications into the open windows of their people, opening those that are missing; two who come at once meet at the
 * unique index of open windows. Answers when those windows close.
 */
export async function joinDigests(
  db: Db,
  environmentId: string,
  joins: readonly DigestJoin[],
  now: Date,
): Promise<Date[]> {
  if (joins.length === 0) return [];
  const groups = Map.groupBy(joins, nameOf);
  // In one order everywhere; a statement touches a window once.
  const windows = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { recipientId, categoryKey, channel, key, slidesMs } = first;
    const latest = slidesMs === null ? null : new Date(now.getTime() + slidesMs);
    const closes = new Date(Math.max(...group.map((join) => join.closesAt.getTime())));
    return [
      {
        id: uuidv7(now),
        ...{ recipient_id: recipientId, category_key: categoryKey, channel, key },
        ...{ closes_at: closes, latest_at: latest },
      },
    ];
  });
  const { rows } = await sql<DigestRow>`
    insert into digest as d (environment_id, id, recipient_id, category_key, channel, key, opened_at, closes_at, latest_at)
    select ${environmentId}, w.id, w.recipient_id, w.category_key, w.channel, w.key, ${now}, w.closes_at, w.latest_at
    from jsonb_to_recordset(${JSON.stringify(windows)}::jsonb) as w (id uuid, recipient_id uuid, category_key text,
      channel text, key text, closes_at timestamptz, latest_at timestamptz)
    order by w.recipient_id, w.category_key, w.channel, w.key
    on conflict (environment_id, recipient_id, category_key, channel, key) where closed_at is null
    do update set closes_at = case when d.latest_at is null then least(d.closes_at, excluded.closes_at)
      else least(d.latest_at, greatest(d.closes_at, excluded.closes_at)) end
    returning d.*`.execute(db);
  const ids = new Map(rows.map((row) => [nameOf(fromRow(row)), row.id]));
  const items = joins.map((join) => ({ notification_id: join.notificationId, digest_id: ids.get(nameOf(join)) }));
  await sql`insert into digest_item (environment_id, notification_id, digest_id, at)
    select ${environmentId}, i.notification_id, i.digest_id, ${now}
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as i (notification_id uuid, digest_id uuid)
    on conflict (environment_id, notification_id) do update set digest_id = excluded.digest_id, at = excluded.at`.execute(
    db,
  );
  return rows.map((row) => row.closes_at);
}

function nameOf({
  recipientId,
  categoryKey,
  channel,
  key,
}: Omit<DigestJoin, 'notificationId' | 'closesAt' | 'slidesMs'>) {
  return JSON.stringify([recipientId, categoryKey, channel, key]);
}

function fromRow(row: DigestRow) {
  return { recipientId: row.recipient_id, categoryKey: row.category_key, channel: row.channel, key: row.key };
}

/** Which window. */
export type DigestRef = Pick<DigestRow, 'environment_id' | 'id'>;

/** Windows whose time is over, the oldest first. */
export async function listDueDigests(db: Db, now: Date, limit: number): Promise<DigestRef[]> {
  const { rows } = await sql<DigestRef>`select environment_id, id from digest
    where closed_at is null and closes_at <= ${now} order by closes_at, id limit ${limit}`.execute(db);
  return rows;
}

/** A person's open windows, of one category or all, the oldest first. */
export async function listOpenDigests(
  db: Db,
  environmentId: string,
  recipientId: string,
  categoryKey: string | null,
): Promise<DigestRef[]> {
  const { rows } = await sql<DigestRef>`select environment_id, id from digest
    where environment_id = ${environmentId} and recipient_id = ${recipientId} and closed_at is null
      and (${categoryKey}::text is null or category_key = ${categoryKey}) order by id`.execute(db);
  return rows;
}

/**
 * An open window under its lock: nobody joins it or closes it until the commit. Undefined when it is closed. `due`: only if
 * its time is over by then, and if nobody holds it at this moment; else whoever holds it is waited for.
 */
export async function lockDigest(
  db: Db,
  { environment_id, id }: DigestRef,
  due?: Date,
): Promise<DigestRow | undefined> {
  const { rows } = await sql<DigestRow>`select * from digest
    where environment_id = ${environment_id} and id = ${id} and closed_at is null
      ${due ? sql`and closes_at <= ${due} for update skip locked` : sql`for update`}`.execute(db);
  return rows[0];
}

/** What lies in a window, in the order it was accepted. */
export async function listDigestItems(db: Db, { environment_id, id }: DigestRef): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select notification_id as id from digest_item
    where environment_id = ${environment_id} and digest_id = ${id} order by notification_id`.execute(db);
  return rows.map((row) => row.id);
}

/** Closes a window that this transaction has locked: what stays out may lie in another one later. */
export async function closeDigest(
  db: Db,
  { environment_id, id }: DigestRef,
  end: { readonly notificationId: string | null; readonly leaving: readonly string[] },
  now: Date,
): Promise<void> {
  await sql`update digest set closed_at = ${now}, notification_id = ${end.notificationId}
    where environment_id = ${environment_id} and id = ${id}`.execute(db);
  if (end.leaving.length === 0) return;
  await sql`delete from digest_item where environment_id = ${environment_id} and digest_id = ${id}
    and notification_id = any(${end.leaving}::uuid[])`.execute(db);
}

/** By notification: the notification of the digest that it went in. */
export async function findDigestsOf(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ item: string; digest: string }>`
    select i.notification_id as item, d.notification_id as digest from digest_item i
    join digest d on d.environment_id = i.environment_id and d.id = i.digest_id
    where i.environment_id = ${environmentId} and i.notification_id = any(${ids}::uuid[]) and d.notification_id is not null`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.item, row.digest]));
}

/** Of the notification of a digest: what it stands for, oldest first. */
export async function listItemsOf(
  db: Db,
  environmentId: string,
  notificationId: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select i.notification_id as id from digest d
    join digest_item i on i.environment_id = d.environment_id and i.digest_id = d.id
    where d.environment_id = ${environmentId} and d.notification_id = ${notificationId}
    order by i.notification_id limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}
