import { sql } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';

/** An item whose time is over. */
export interface OldItem {
  readonly recipientId: string;
  readonly id: string;
  /** It was taken out of its inbox before. */
  readonly removed: boolean;
}

/** Where in a walk through the inboxes of an environment, and how much of them at once. */
export interface InboxPiece {
  readonly environmentId: string;
  /** Recipient that the piece begins after. */
  readonly after: string;
  readonly inboxes: number;
  /** Items of one inbox at most. */
  readonly items: number;
}

/**
 * Items that came before `before`, and of those that were removed only the ones that were before `removedBefore`. One whose
 * notification has not ended stays. Walks by the keys: no index of ages makes marks more expensive.
 */
export async function findOldItems(
  db: Db,
  { environmentId, after, inboxes, items }: InboxPiece,
  { before, removedBefore }: { before: Date; removedBefore: Date },
): Promise<{ items: OldItem[]; after: string | null }> {
  const { rows } = await sql<{ recipientId: string; id: string | null; removed: boolean | null }>`
    select b.recipient_id as "recipientId", i.id, i.removed
    from (select recipient_id from inbox where environment_id = ${environmentId} and recipient_id > ${after}::uuid
      order by recipient_id limit ${inboxes}) b
    left join lateral (
      select i.id, i.removed_at is not null as removed from inbox_item i
      where i.environment_id = ${environmentId} and i.recipient_id = b.recipient_id
        and i.id < ${uuidv7Floor(before)}::uuid and i.created_at < ${before}
        and (i.removed_at is null or i.removed_at < ${removedBefore})
        and not exists (select from notification n where n.environment_id = ${environmentId} and n.id = i.id
          and n.finished_at is null)
      order by i.id limit ${items}) i on true
    order by b.recipient_id, i.id`.execute(db);
  const found = rows.flatMap(({ recipientId, id, removed }) =>
    id === null ? [] : [{ recipientId, id, removed: removed === true }],
  );
  const of = Map.groupBy(rows, (row) => row.recipientId);
  const full = [...of].find(([, group]) => group.length >= items);
  // An inbox that has more is looked at again; what was found of it is gone by then.
  if (full) return { items: found, after };
  return { items: found, after: of.size < inboxes ? null : ([...of.keys()].at(-1) ?? null) };
}

/** What was taken out of an inbox says nothing any more: only that it is gone stays, for readers who come back. */
export async function emptyItems(db: Db, environmentId: string, items: readonly OldItem[]): Promise<void> {
  await sql`update inbox_item i set title = '', body = '', url = null, data = null, tags = '{}', actions = '[]', group_key = null
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as o ("recipientId" uuid, id uuid)
    where i.environment_id = ${environmentId} and i.recipient_id = o."recipientId" and i.id = o.id
      and i.removed_at is not null`.execute(db);
}

/**
 * Deletes items that were removed, under the locks of their inboxes. A reader who was away since before their removal can no
 * longer be told of it, and reads the list again; the others notice nothing.
 */
export async function dropRemovedItems(db: Db, environmentId: string, items: readonly OldItem[]): Promise<void> {
  const people = [...new Set(items.map((item) => item.recipientId))];
  await sql`select 1 from inbox where environment_id = ${environmentId} and recipient_id = any(${people}::uuid[])
    order by recipient_id for update`.execute(db);
  await sql`
    with gone as (
      delete from inbox_item i using jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as o ("recipientId" uuid, id uuid)
      where i.environment_id = ${environmentId} and i.recipient_id = o."recipientId" and i.id = o.id
        and i.removed_at is not null
      returning i.recipient_id, i.version)
    update inbox b set reset_version = greatest(b.reset_version, g.version)
    from (select recipient_id, max(version) as version from gone group by recipient_id) g
    where b.environment_id = ${environmentId} and b.recipient_id = g.recipient_id`.execute(db);
}
