import type { InboxItem, InboxMark, Timestamp } from './operations.ts';
import type { PendingMark } from './state.ts';

const effects: Readonly<Record<InboxMark, (item: InboxItem, at: Timestamp) => Partial<InboxItem> | null>> = {
  SEEN: (item, at) => (item.seenAt ? null : { seenAt: at }),
  READ: (item, at) => (item.readAt ? null : { seenAt: item.seenAt ?? at, readAt: at }),
  UNREAD: (item) => (item.readAt ? { readAt: null } : null),
  ARCHIVED: (item, at) => (item.archivedAt ? null : { archivedAt: at }),
  UNARCHIVED: (item) => (item.archivedAt ? { archivedAt: null } : null),
};

/** The item as the server will have it after the mark; the same object when the mark changes nothing. */
export function markItem(item: InboxItem, mark: InboxMark, at: Timestamp): InboxItem {
  const change = effects[mark](item, at);
  return change ? { ...item, ...change } : item;
}

/** Lays one mark over the items; the same record when it changes nothing. */
export function markItems(
  items: Readonly<Record<string, InboxItem>>,
  { mark, at, target }: Pick<PendingMark, 'mark' | 'at' | 'target'>,
): Readonly<Record<string, InboxItem>> {
  let changed: Record<string, InboxItem> | null = null;
  for (const id of 'ids' in target ? target.ids : Object.keys(items)) {
    const item = items[id];
    if (!item || ('upToVersion' in target && item.version > target.upToVersion)) continue;
    const marked = markItem(item, mark, at);
    if (marked !== item) (changed ??= { ...items })[id] = marked;
  }
  return changed ?? items;
}
