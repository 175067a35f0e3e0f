import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
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
    tags: p.array().$type<string[]>(),
    urgent: p.boolean(),
    actions: p.json().$type<ItemAction[]>(),
    groupKey: p.text().nullable(),
    pinnedAt: p.datetime().nullable(),
    snoozedUntil: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
  },
});

/** A button of an item. */
export interface ItemAction {
  key: string;
  label: string;
  /** Where it leads; null: it tells the page that the widget is on. */
  url: string | null;
  primary: boolean;
}

/** What a sender says of the item alone. */
export interface ItemTraits {
  urgent: boolean;
  actions: ItemAction[];
  /** Items of one group are one line. */
  group_key: string | null;
  /** It leaves the inbox then. */
  expires_at: Date | null;
}

/** An item's id is its notification's id: one notification puts at most one item into one inbox. */
export interface InboxItemRow extends ItemTraits {
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
  tags: string[];
  pinned_at: Date | null;
  /** Out of the list until then. */
  snoozed_until: Date | null;
}

export interface InboxState {
  recipient_id: string;
  version: number;
  reset_version: number;
  unseen: number;
  unread: number;
}

export interface NewInboxItem extends ItemTraits {
  recipient_id: string;
  id: string;
  title: string;
  body: string;
  url: string | null;
  data: Record<string, unknown> | null;
  category_key: string;
  toast: boolean;
  tags: string[];
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
        url text, data jsonb, category_key text, toast boolean, created_at timestamptz, tags text[], urgent boolean,
        actions jsonb, group_key text, expires_at timestamptz)),
    bumped as (
      insert into inbox as b (environment_id, recipient_id, version, reset_version, unseen, unread)
      select ${environmentId}, recipient_id, count(*), 0, count(*), count(*) from item group by recipient_id order by recipient_id
      on conflict (environment_id, recipient_id) do update set version = b.version + excluded.version,
        unseen = b.unseen + excluded.unseen, unread = b.unread + excluded.unread
      returning recipient_id, version)
    insert into inbox_item (environment_id, recipient_id, id, version, added_version, title, body, url, data, category_key,
      toast, created_at, tags, urgent, actions, group_key, expires_at)
    select ${environmentId}, i.recipient_id, i.id, b.version - i.many + i.nth, b.version - i.many + i.nth, i.title, i.body,
      i.url, i.data, i.category_key, i.toast, i.created_at, i.tags, i.urgent, i.actions, i.group_key, i.expires_at
    from item i join bumped b on b.recipient_id = i.recipient_id`.execute(db);
}

export async function readInbox(db: Db, environmentId: string, recipientId: string): Promise<InboxState> {
  const { rows } = await sql<InboxState>`
    select recipient_id, version, reset_version, unseen, unread from inbox
    where environment_id = ${environmentId} and recipient_id = ${recipientId}`.execute(db);
  return rows[0] ?? { recipient_id: recipientId, version: 0, reset_version: 0, unseen: 0, unread: 0 };
}

/** Many inboxes, in the order asked for; those that nothing ever came to are empty. */
export async function readInboxes(
  db: Db,
  inboxes: readonly { readonly environmentId: string; readonly recipientId: string }[],
): Promise<InboxState[]> {
  const { rows } = await sql<InboxState>`
    select w."recipientId" as recipient_id, coalesce(b.version, 0) as version, coalesce(b.reset_version, 0) as reset_version,
      coalesce(b.unseen, 0) as unseen, coalesce(b.unread, 0) as unread
    from unnest(${inboxes.map((one) => one.environmentId)}::uuid[], ${inboxes.map((one) => one.recipientId)}::uuid[])
      with ordinality as w ("environmentId", "recipientId", nth)
    left join inbox b on b.environment_id = w."environmentId" and b.recipient_id = w."recipientId"
    order by w.nth`.execute(db);
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
 * What happened in many inboxes since the versions given, one query for all, oldest change first: at most `limit` items an
 * inbox.
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
          and i.version > w.after order by i.version limit ${limit}) i) as items
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w ("environmentId" uuid, "recipientId" uuid, after integer)
    join inbox b on b.environment_id = w."environmentId" and b.recipient_id = w."recipientId"`.execute(db);
  return new Map(
    rows.map(({ items, environment_id, ...inbox }) => [
      `${environment_id}:${inbox.recipient_id}`,
      { inbox, items: (items ?? []).map((item) => revive(item as InboxItemRow)) },
    ]),
  );
}

const DATES = [
  ...(['created_at', 'displayed_at', 'seen_at', 'read_at', 'archived_at', 'removed_at'] as const),
  ...(['pinned_at', 'snoozed_until', 'expires_at'] as const),
];

/** Instants inside jsonb arrive as text. */
function revive(row: InboxItemRow): InboxItemRow {
  const dates = Object.fromEntries(DATES.map((key) => [key, row[key] === null ? null : new Date(row[key])]));
  return { ...row, ...dates };
}
