import { sql, type RawBuilder } from 'kysely';
import type { Engagement } from '../base/names.js';
import type { Db } from './database.js';
import { selected, type ItemSelection } from './inbox-changes.js';

/** What was marked on the inbox item of a notification. */
export interface ItemMarks {
  id: string;
  seen_at: Date | null;
  read_at: Date | null;
  archived_at: Date | null;
}

/** The columns in which marks that say something of a person leave their time. */
const MARKED_AT = {
  SEEN: sql`i.seen_at`,
  READ: sql`i.read_at`,
  ARCHIVED: sql`i.archived_at`,
  SNOOZED: sql`i.snoozed_until`,
  PINNED: sql`i.pinned_at`,
  DELETED: sql`i.removed_at`,
} as const;
export type EngagingMark = keyof typeof MARKED_AT;

/**
 * The items that a mark is about to change. `awaited` are those whose notifications have not finished, so that routing wants
 * to hear of it; the rest is most of any inbox, and costs no event.
 */
export async function findUnmarkedItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  selection: ItemSelection,
  mark: EngagingMark,
  which: 'awaited' | 'all',
): Promise<{ id: string; awaited: boolean }[]> {
  const where: RawBuilder<unknown>[] = [
    sql`i.environment_id = ${inbox.environmentId} and i.recipient_id = ${inbox.recipientId}`,
    sql`i.removed_at is null and ${MARKED_AT[mark]} is null`,
  ];
  if (which === 'awaited') where.push(sql`n.finished_at is null`);
  where.push(...selected(selection, mark));
  const { rows } = await sql<{ id: string; awaited: boolean }>`
    select i.id, n.finished_at is null as awaited from inbox_item i join notification n on n.environment_id = i.environment_id and n.id = i.id
    where ${sql.join(where, sql` and `)}`.execute(db);
  return rows;
}

/** Of these notifications: those with an event that says so already. Under their locks nobody adds one meanwhile. */
export async function findEngaged(
  db: Db,
  environmentId: string,
  ids: readonly string[],
  kind: Engagement,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ notification_id: string }>`
    select distinct notification_id from event
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])
      and type = 'engagement.recorded' and data->>'kind' = ${kind}`.execute(db);
  return new Set(rows.map((row) => row.notification_id));
}

/** The marks on the inbox items of notifications, whether those have finished or not. */
export async function findItemMarks(
  db: Db,
  environmentId: string,
  items: readonly { recipientId: string; id: string }[],
): Promise<ItemMarks[]> {
  if (items.length === 0) return [];
  const { rows } = await sql<ItemMarks>`
    select i.id, i.seen_at, i.read_at, i.archived_at from inbox_item i
    join jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as w ("recipientId" uuid, id uuid)
      on w."recipientId" = i.recipient_id and w.id = i.id
    where i.environment_id = ${environmentId}`.execute(db);
  return rows;
}
