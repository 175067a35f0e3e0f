import { inPart } from './filters.ts';
import type { InboxItem, InboxMark, Timestamp } from './operations.ts';
import type { Items, MarkOrder } from './state.ts';

type Change = Partial<InboxItem> | null;

const effects: Readonly<
  Record<Exclude<InboxMark, 'DELETED'>, (item: InboxItem, at: Timestamp, until: Timestamp | undefined) => Change>
> = {
  SEEN: (item, at) => (item.seenAt ? null : { seenAt: at }),
  READ: (item, at) => (item.readAt ? null : { seenAt: item.seenAt ?? at, readAt: at }),
  UNREAD: (item) => (item.readAt ? { readAt: null } : null),
  ARCHIVED: (item, at) => (item.archivedAt ? null : { archivedAt: at }),
  UNARCHIVED: (item) => (item.archivedAt ? { archivedAt: null } : null),
  SNOOZED: (item, at, until) => ({ seenAt: item.seenAt ?? at, snoozedUntil: until ?? at }),
  UNSNOOZED: (item) => (item.snoozedUntil ? { snoozedUntil: null } : null),
  PINNED: (item, at) => (item.pinnedAt ? null : { pinnedAt: at }),
  UNPINNED: (item) => (item.pinnedAt ? { pinnedAt: null } : null),
};

/** The item as the server will have it after the mark; the same object when that changes nothing, null when it will be gone. */
export function markItem(item: InboxItem, { mark, at, until }: Omit<MarkOrder, 'target'>): InboxItem | null {
  if (mark === 'DELETED') return null;
  const change = effects[mark](item, at, until);
  return change ? { ...item, ...change } : item;
}

/** Lays one mark over the items; the same record when it changes nothing. */
export function markItems(items: Items, order: MarkOrder): Items {
  const { target } = order;
  let changed: Record<string, InboxItem | null> | null = null;
  for (const id of 'ids' in target ? target.ids : Object.keys(items)) {
    const item = items[id];
    if (!item || ('upToVersion' in target && !reaches(order.mark, target, item))) continue;
    const marked = markItem(item, order);
    if (marked !== item) (changed ??= { ...items })[id] = marked;
  }
  return changed ?? items;
}

/** A mark on all leaves alone what came later, and what was put away or put off. */
function reaches(
  mark: InboxMark,
  part: Extract<MarkOrder['target'], { upToVersion: number }>,
  item: InboxItem,
): boolean {
  return (
    item.place <= part.upToVersion &&
    (mark === 'UNARCHIVED' || !item.archivedAt) &&
    (mark === 'UNSNOOZED' || !item.snoozedUntil) &&
    (!part.readOnly || !!item.readAt) &&
    inPart(item, part)
  );
}
