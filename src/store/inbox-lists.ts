import { sql, type RawBuilder } from 'kysely';
import type { Db } from './database.js';
import type { InboxItemRow } from './inbox-items.js';

/** Which items of an inbox; null: it does not matter. */
export interface ItemFilter {
  readonly unreadOnly: boolean;
  /** What was put away, instead of the list. */
  readonly archived: boolean;
  /** What comes back later, instead of the list. */
  readonly snoozed: boolean;
  readonly pinned: boolean | null;
  readonly categories: readonly string[] | null;
  /** Any of these. */
  readonly tags: readonly string[] | null;
  /** `data` holds all of this. */
  readonly data: Record<string, unknown> | null;
  readonly groupKey: string | null;
}

/** In the order in which they came into the inbox, last one on top. */
export async function listItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  filter: ItemFilter,
  beforeVersion: number | null,
  limit: number,
): Promise<InboxItemRow[]> {
  const where = conditions(inbox, filter);
  if (beforeVersion !== null) where.push(sql`added_version < ${beforeVersion}`);
  const { rows } = await sql<InboxItemRow>`
    select * from inbox_item where ${sql.join(where, sql` and `)} order by added_version desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** How many of them were never on the screen, and not opened. */
export async function countItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  filter: ItemFilter,
): Promise<{ unseen: number; unread: number }> {
  const { rows } = await sql<{ unseen: number; unread: number }>`
    select count(*) filter (where seen_at is null)::integer as unseen, count(*) filter (where read_at is null)::integer as unread
    from inbox_item where ${sql.join(conditions(inbox, filter), sql` and `)}`.execute(db);
  return rows[0] ?? { unseen: 0, unread: 0 };
}

function conditions(
  inbox: { environmentId: string; recipientId: string },
  { unreadOnly, archived, snoozed, pinned, categories, tags, data, groupKey }: ItemFilter,
): RawBuilder<unknown>[] {
  const where: RawBuilder<unknown>[] = [
    sql`environment_id = ${inbox.environmentId} and recipient_id = ${inbox.recipientId} and removed_at is null`,
    archived ? sql`archived_at is not null` : sql`archived_at is null`,
    snoozed ? sql`snoozed_until is not null` : sql`snoozed_until is null`,
  ];
  if (unreadOnly) where.push(sql`read_at is null`);
  if (pinned !== null) where.push(pinned ? sql`pinned_at is not null` : sql`pinned_at is null`);
  if (categories) where.push(sql`category_key = any(${categories}::text[])`);
  if (tags) where.push(sql`tags && ${tags}::text[]`);
  if (data) where.push(sql`data @> ${JSON.stringify(data)}::jsonb`);
  if (groupKey !== null) where.push(sql`group_key = ${groupKey}`);
  return where;
}
