import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type { InboxMark } from '../base/names.js';
import type { Db } from './database.js';

export const InboxTable = defineEntity({
  name: 'Inbox',
  tableName: 'inbox',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    version: p.integer(),
    resetVersion: p.integer(),
    unseen: p.integer(),
    unread: p.integer(),
  },
});

export const InboxItemTable = defineEntity({
  name: 'InboxItem',
  tableName: 'inbox_item',
  properties: {
    environmentId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    id: p.uuid().primary(),
    version: p.integer(),
    addedVersion: p.integer(),
    title: p.text(),
    body: p.text(),
    url: p.text().nullable(),
    data: p.json().$type<Record<string, unknown>>().nullable(),
    categoryKey: p.text(),
    toast: p.boolean(),
    createdAt: p.datetime(),
    displayedAt: p.datetime().nullable(),
    seenAt: p.datetime().nullable(),
    readAt: p.datetime().nullable(),
    archivedAt: p.datetime().nullable(),
    removedAt: p.datetime().nullable(),
  },
});

/** An item's id is its notification's id: one notification puts at most one item into one inbox. */
export interface InboxItemRow {
  environment_id: string;
  recipient_id: string;
  id: string;
  version: number;
  added_version: number;
  title: string;
  body: string;
  url: string | null;
  data: Record<string, unknown> | null;
  category_key: string;
  toast: boolean;
  created_at: Date;
  displayed_at: Date | null;
  seen_at: Date | null;
  read_at: Date | null;
  archived_at: Date | null;
  removed_at: Date | null;
}

export interface InboxState {
  recipient_id: string;
  version: number;
  reset_version: number;
  unseen: number;
  unread: number;
}

export interface NewInboxItem {
  recipient_id: string;
  id: string;
  title: string;
  body: string;
  url: string | null;
  data: Record<string, unknown> | null;
  category_key: string;
  toast: boolean;
  created_at: Date;
}

/**
 * Puts items into inboxes, each with the next version of its inbox, and counts them, under the inboxes' row locks: the
 * order of versions is the order of commits, so a reader that asks for "after version n" misses nothing.
 */
export async function placeItems(db: Db, environmentId: string, items: readonly NewInboxItem[]): Promise<void> {
  if (items.length === 0) return;
  await sql`
    with item as (
      select *, row_number() over (partition by recipient_id order by id) as nth,
        count(*) over (partition by recipient_id) as many
      from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as i (recipient_id uuid, id uuid, title text, body text,
        url text, data jsonb, category_key text, toast boolean, created_at timestamptz)),
    bumped as (
      insert into inbox as b (environment_id, recipient_id, version, reset_version, unseen, unread)
      select ${environmentId}, recipient_id, count(*), 0, count(*), count(*) from item group by recipient_id order by recipient_id
      on conflict (environment_id, recipient_id) do update set version = b.version + excluded.version,
        unseen = b.unseen + excluded.unseen, unread = b.unread + excluded.unread
      returning recipient_id, version)
    insert into inbox_item (environment_id, recipient_id, id, version, added_version, title, body, url, data, category_key,
      toast, created_at)
    select ${environmentId}, i.recipient_id, i.id, b.version - i.many + i.nth, b.version - i.many + i.nth, i.title, i.body,
      i.url, i.data, i.category_key, i.toast, i.created_at
    from item i join bumped b on b.recipient_id = i.recipient_id`.execute(db);
}

const CHANGES: Record<InboxMark | 'REMOVED', { when: RawBuilder<unknown>; set: (now: Date) => RawBuilder<unknown> }> = {
  SEEN: { when: sql`i.seen_at is null`, set: (now) => sql`seen_at = ${now}` },
  READ: { when: sql`i.read_at is null`, set: (now) => sql`read_at = ${now}, seen_at = coalesce(i.seen_at, ${now})` },
  UNREAD: { when: sql`i.read_at is not null`, set: () => sql`read_at = null` },
  ARCHIVED: { when: sql`i.archived_at is null`, set: (now) => sql`archived_at = ${now}` },
  UNARCHIVED: { when: sql`i.archived_at is not null`, set: () => sql`archived_at = null` },
  REMOVED: { when: sql`true`, set: (now) => sql`removed_at = ${now}` },
};

export interface ItemSelection {
  ids?: readonly string[];
  upToVersion?: number;
  categories?: readonly string[];
}

/**
 * Applies a mark to the selected items of one inbox and keeps its counters exact, under the inbox's row lock. With
 * `ids`, every changed item gets a version of its own (one event each); otherwise all share one version, which readers
 * take as "read the list again". Answers the number of changed items.
 */
export async function changeItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  selection: ItemSelection,
  mark: InboxMark | 'REMOVED',
  now: Date,
): Promise<number> {
  const { environmentId, recipientId } = inbox;
  const change = CHANGES[mark];
  const where: RawBuilder<unknown>[] = [
    sql`i.environment_id = ${environmentId} and i.recipient_id = ${recipientId} and i.removed_at is null`,
    change.when,
  ];
  if (selection.ids) where.push(sql`i.id = any(${selection.ids}::uuid[])`);
  if (selection.upToVersion !== undefined) where.push(sql`i.added_version <= ${selection.upToVersion}`);
  if (selection.categories) where.push(sql`i.category_key = any(${selection.categories}::text[])`);
  if (!selection.ids && mark !== 'UNARCHIVED') where.push(sql`i.archived_at is null`);
  const together = selection.ids === undefined;
  const { rows: locked } = await sql<InboxState>`
    select * from inbox where environment_id = ${environmentId} and recipient_id = ${recipientId} for update`.execute(
    db,
  );
  const state = locked[0];
  if (!state) return 0;
  const { rows } = await sql<{ changed: number }>`
    with target as (
      select i.id, row_number() over (order by i.id) as nth,
        (i.archived_at is null and i.seen_at is null)::integer as unseen,
        (i.archived_at is null and i.read_at is null)::integer as unread
      from inbox_item i where ${sql.join(where, sql` and `)}),
    changed as (
      update inbox_item i set ${change.set(now)}, version = ${state.version}::integer + ${together ? sql`1` : sql`t.nth`}
      from target t
      where i.environment_id = ${environmentId} and i.recipient_id = ${recipientId} and i.id = t.id
      returning t.unseen, t.unread,
        (i.archived_at is null and i.removed_at is null and i.seen_at is null)::integer as unseen_now,
        (i.archived_at is null and i.removed_at is null and i.read_at is null)::integer as unread_now),
    total as (
      select count(*)::integer as changed, coalesce(sum(unseen_now - unseen), 0)::integer as unseen,
        coalesce(sum(unread_now - unread), 0)::integer as unread from changed)
    update inbox b set
      version = b.version + ${together ? sql`least(t.changed, 1)` : sql`t.changed`},
      reset_version = case when ${together} and t.changed > 0 then b.version + 1 else b.reset_version end,
      unseen = b.unseen + t.unseen, unread = b.unread + t.unread
    from total t
    where b.environment_id = ${environmentId} and b.recipient_id = ${recipientId}
    returning t.changed`.execute(db);
  return rows[0]?.changed ?? 0;
}

/** Says that items were shown. Answers the ids for which that is news. */
export async function markDisplayed(
  db: Db,
  environmentId: string,
  recipientId: string,
  ids: readonly string[],
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update inbox_item set displayed_at = ${now}
    where environment_id = ${environmentId} and recipient_id = ${recipientId} and id = any(${ids}::uuid[])
      and displayed_at is null and removed_at is null and toast returning id`.execute(db);
  return rows.map((row) => row.id);
}

export async function readInbox(db: Db, environmentId: string, recipientId: string): Promise<InboxState> {
  const { rows } = await sql<InboxState>`
    select recipient_id, version, reset_version, unseen, unread from inbox
    where environment_id = ${environmentId} and recipient_id = ${recipientId}`.execute(db);
  return rows[0] ?? { recipient_id: recipientId, version: 0, reset_version: 0, unseen: 0, unread: 0 };
}

/** Newest first: in the order in which they came into the inbox, last one on top. */
export async function listItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  filter: { unreadOnly: boolean; archived: boolean; categories: readonly string[] | null },
  beforeVersion: number | null,
  limit: number,
): Promise<InboxItemRow[]> {
  const where: RawBuilder<unknown>[] = [
    sql`environment_id = ${inbox.environmentId} and recipient_id = ${inbox.recipientId} and removed_at is null`,
    filter.archived ? sql`archived_at is not null` : sql`archived_at is null`,
  ];
  if (filter.unreadOnly) where.push(sql`read_at is null`);
  if (filter.categories) where.push(sql`category_key = any(${filter.categories}::text[])`);
  if (beforeVersion !== null) where.push(sql`added_version < ${beforeVersion}`);
  const { rows } = await sql<InboxItemRow>`
    select * from inbox_item where ${sql.join(where, sql` and `)} order by added_version desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

export async function findItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  ids: readonly string[],
): Promise<InboxItemRow[]> {
  const { rows } = await sql<InboxItemRow>`
    select * from inbox_item where environment_id = ${inbox.environmentId} and recipient_id = ${inbox.recipientId}
      and id = any(${ids}::uuid[]) and removed_at is null order by added_version desc`.execute(db);
  return rows;
}

/** The state of one inbox and what changed in it after a version, of one snapshot. */
export interface InboxChanges {
  inbox: InboxState;
  items: InboxItemRow[];
}

/**
 * What happened in many inboxes since the versions given, one query for all, oldest change first. At most `limit` + 1
 * items an inbox: more means "read the list again".
 */
export async function changesSince(
  db: Db,
  wanted: readonly { environmentId: string; recipientId: string; after: number }[],
  limit: number,
): Promise<Map<string, InboxChanges>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<InboxState & { environment_id: string; items: unknown[] | null }>`
    select b.environment_id, b.recipient_id, b.version, b.reset_version, b.unseen, b.unread,
      (select jsonb_agg(to_jsonb(i) order by i.version) from (
        select * from inbox_item i where i.environment_id = b.environment_id and i.recipient_id = b.recipient_id
          and i.version > w.after order by i.version limit ${limit + 1}) i) as items
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w ("environmentId" uuid, "recipientId" uuid, after integer)
    join inbox b on b.environment_id = w."environmentId" and b.recipient_id = w."recipientId"`.execute(db);
  return new Map(
    rows.map(({ items, environment_id, ...inbox }) => [
      `${environment_id}:${inbox.recipient_id}`,
      { inbox, items: (items ?? []).map((item) => revive(item as InboxItemRow)) },
    ]),
  );
}

const DATES = ['created_at', 'displayed_at', 'seen_at', 'read_at', 'archived_at', 'removed_at'] as const;

/** Instants inside jsonb arrive as text. */
function revive(row: InboxItemRow): InboxItemRow {
  const dates = Object.fromEntries(DATES.map((key) => [key, row[key] === null ? null : new Date(row[key])]));
  return { ...row, ...dates };
}
