import { inPart } from './filters.ts';
import type { InboxItem } from './operations.ts';
import type { Items, MarkOrder } from './state.ts';

/** What the marks set; each has one of the same name with UN before it, which clears that. */
const fields = {
  SEEN: 'seenAt',
  READ: 'readAt',
  ARCHIVED: 'archivedAt',
  SNOOZED: 'snoozedUntil',
  PINNED: 'pinnedAt',
} as const;

/** The item as the server will have it after the mark; the same object when that changes nothing, null when it will be gone. */
export function markItem(item: InboxItem, { mark, at, until = at }: Omit<MarkOrder, 'target'>): InboxItem | null {
  const undoes = mark.startsWith('UN');
  const field = fields[(undoes ? mark.slice(2) : mark) as keyof typeof fields];
  // DELETED
  if (!field) return null;
  if (undoes) return item[field] ? { ...item, [field]: null } : item;
  const snoozed = mark === 'SNOOZED';
  if (item[field] && !snoozed) return item;
  const seenAt = snoozed || mark === 'READ' ? (item.seenAt ?? at) : item.seenAt;
  return { ...item, seenAt, [field]: snoozed ? until : at };
}

/** Lays one mark over the items; the same record when it changes nothing. */
export function markItems(items: Items, order: MarkOrder): Items {
  const { target } = order;
  const changed: Record<string, InboxItem | null> = {};
  for (const id of 'ids' in target ? target.ids : Object.keys(items)) {
    const item = items[id];
    if (!item || !reaches(order, item)) continue;
    const marked = markItem(item, order);
    if (marked !== item) changed[id] = marked;
  }
  return Object.keys(changed).length > 0 ? { ...items, ...changed } : items;
}

/** A mark on all leaves alone what came later, and what was put away or put off. */
function reaches({ mark, target }: MarkOrder, item: InboxItem): boolean {
  return (
    'ids' in target ||
    (item.place <= target.upToVersion &&
      (mark === 'UNARCHIVED' || !item.archivedAt) &&
      (mark === 'UNSNOOZED' || !item.snoozedUntil) &&
      (!target.readOnly || !!item.readAt) &&
      inPart(item, target))
  );
}
