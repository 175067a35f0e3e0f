import { sql, type RawBuilder } from 'kysely';
import type { InboxMark } from '../base/names.js';
import type { Db } from './database.js';
import type { InboxState } from './inbox-items.js';

/** What can happen to an item: marks, that it is taken out again, and that it comes back when its time has come. */
export type ItemChange = InboxMark | 'REMOVED' | 'WOKEN';

interface Change {
  readonly when: (now: Date) => RawBuilder<unknown>;
  readonly set: (now: Date, until: Date | null) => RawBuilder<unknown>;
}

const CHANGES: Record<ItemChange, Change> = {
  SEEN: { when: () => sql`i.seen_at is null`, set: (now) => sql`seen_at = ${now}` },
  READ: {
    when: () => sql`i.read_at is null`,
    set: (now) => sql`read_at = ${now}, seen_at = coalesce(i.seen_at, ${now})`,
  },
  UNREAD: { when: () => sql`i.read_at is not null`, set: () => sql`read_at = null` },
  ARCHIVED: { when: () => sql`i.archived_at is null`, set: (now) => sql`archived_at = ${now}` },
  UNARCHIVED: { when: () => sql`i.archived_at is not null`, set: () => sql`archived_at = null` },
  // Who puts it off has seen it.
  SNOOZED: {
    when: () => sql`true`,
    set: (now, until) => sql`snoozed_until = ${until}, seen_at = coalesce(i.seen_at, ${now})`,
  },
  UNSNOOZED: { when: () => sql`i.snoozed_until is not null`, set: () => sql`snoozed_until = null` },
  PINNED: { when: () => sql`i.pinned_at is null`, set: (now) => sql`pinned_at = ${now}` },
  UNPINNED: { when: () => sql`i.pinned_at is not null`, set: () => sql`pinned_at = null` },
  // That it is gone stays for readers who come back; what it said does not.
  DELETED: {
    when: () => sql`true`,
    set: (now) =>
      sql`removed_at = ${now}, title = '', body = '', url = null, data = null, actions = '[]', tags = '{}', group_key = null`,
  },
  REMOVED: { when: () => sql`true`, set: (now) => sql`removed_at = ${now}` },
  // It comes back as something new, at the top.
  WOKEN: {
    // Not what was put off once more meanwhile.
    when: (now) => sql`i.snoozed_until <= ${now}`,
    set: () => sql`snoozed_until = null, seen_at = null, read_at = null`,
  },
};

/** Marks that reach into what was put away. */
const OF_ARCHIVED: ReadonlySet<ItemChange> = new Set<ItemChange>(['UNARCHIVED', 'DELETED']);

export interface ItemSelection {
  ids?: readonly string[];
  upToVersion?: number;
  categories?: readonly string[];
  /** Any of these. */
  tags?: readonly string[];
  /** Only what was opened. */
  readOnly?: boolean;
}

/**
 * Applies a mark to the selected items of one inbox and keeps its counters exact, under the inbox's row lock. With
 * `ids`, every changed item gets a version of its own (one event each); otherwise all share one version, which readers
 * take as "read the list again". Answers the number of changed items.
 *
 * @param until of SNOOZED: until when
 */
export async function changeItems(
  db: Db,
  inbox: { environmentId: string; recipientId: string },
  selection: ItemSelection,
  mark: ItemChange,
  now: Date,
  until: Date | null = null,
): Promise<number> {
  const { environmentId, recipientId } = inbox;
  const change = CHANGES[mark];
  const together = selection.ids === undefined;
  const where = [
    sql`i.environment_id = ${environmentId} and i.recipient_id = ${recipientId} and i.removed_at is null`,
    change.when(now),
    ...selected(selection, mark),
  ];
  const { rows: locked } = await sql<InboxState>`
    select * from inbox where environment_id = ${environmentId} and recipient_id = ${recipientId} for update`.execute(
    db,
  );
  const state = locked[0];
  if (!state) return 0;
  const version = sql`${state.version}::integer + ${together ? sql`1` : sql`t.nth`}`;
  const { rows } = await sql<{ changed: number }>`
    with target as (
      select i.id, row_number() over (order by i.id) as nth,
        (${COUNTED} and i.seen_at is null)::integer as unseen, (${COUNTED} and i.read_at is null)::integer as unread
      from inbox_item i where ${sql.join(where, sql` and `)}),
    changed as (
      update inbox_item i set ${change.set(now, until)}, version = ${version}
        ${mark === 'WOKEN' ? sql`, added_version = ${version}` : sql``}
      from target t
      where i.environment_id = ${environmentId} and i.recipient_id = ${recipientId} and i.id = t.id
      returning t.unseen, t.unread, (${COUNTED} and i.seen_at is null)::integer as unseen_now,
        (${COUNTED} and i.read_at is null)::integer as unread_now),
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

/** Lies in the list, and so in its counts. */
const COUNTED = sql`i.archived_at is null and i.snoozed_until is null and i.removed_at is null`;

/** What a mark on many leaves alone: what was put away or put off, and what came later. */
export function selected(
  { ids, upToVersion, categories, tags, readOnly }: ItemSelection,
  mark: ItemChange,
): RawBuilder<unknown>[] {
  const where: RawBuilder<unknown>[] = [];
  if (ids) where.push(sql`i.id = any(${ids}::uuid[])`);
  if (upToVersion !== undefined) where.push(sql`i.added_version <= ${upToVersion}`);
  if (categories) where.push(sql`i.category_key = any(${categories}::text[])`);
  if (tags) where.push(sql`i.tags && ${tags}::text[]`);
  if (readOnly === true) where.push(sql`i.read_at is not null`);
  if (!ids && !OF_ARCHIVED.has(mark)) where.push(sql`i.archived_at is null`);
  if (!ids && mark !== 'UNSNOOZED') where.push(sql`i.snoozed_until is null`);
  return where;
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

/** An item whose time has come: to come back, or to go. */
export interface DueItem {
  readonly environmentId: string;
  readonly recipientId: string;
  readonly id: string;
}

/** Items that were put off until now. */
export function listAwake(db: Db, now: Date, limit: number): Promise<DueItem[]> {
  return listDue(db, sql`snoozed_until <= ${now} and snoozed_until is not null`, sql`snoozed_until`, limit);
}

/** Items whose end has come. */
export function listExpired(db: Db, now: Date, limit: number): Promise<DueItem[]> {
  return listDue(db, sql`expires_at <= ${now} and expires_at is not null`, sql`expires_at`, limit);
}

async function listDue(
  db: Db,
  isDue: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
  limit: number,
): Promise<DueItem[]> {
  const { rows } = await sql<DueItem>`
    select environment_id as "environmentId", recipient_id as "recipientId", id from inbox_item
    where ${isDue} and removed_at is null order by ${order} limit ${limit}`.execute(db);
  return rows;
}
