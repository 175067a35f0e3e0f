import type { InboxItem } from '../core/operations.ts';

/** One row of a list. */
export interface Row {
  /** Stays the same as long as the row does. */
  readonly key: string;
  /** The item, or the newest of the group. */
  readonly item: InboxItem;
  /** All items of the group, when this row stands for several. */
  readonly group?: readonly InboxItem[];
  /** It belongs to the opened group above it. */
  readonly member?: boolean;
}

/**
 * Rows for the items of a list, in their order: items of one `groupKey` are one row, where the first of them stands; those
 * of an opened group follow it. What is pinned stands for itself. Pure.
 *
 * @param open keys of the rows that are opened
 */
export function rowsOf(items: readonly InboxItem[], open: ReadonlySet<string>): readonly Row[] {
  const groups = new Map<string, InboxItem[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups].flatMap(([key, group]): Row[] => {
    const [item] = group;
    if (!item) return [];
    if (group.length === 1) return [{ key, item }];
    const members = open.has(key) ? group.map((one) => ({ key: one.id, item: one, member: true })) : [];
    return [{ key, item, group }, ...members];
  });
}

function keyOf({ groupKey, id, pinnedAt }: InboxItem): string {
  return groupKey === null || pinnedAt ? id : `group ${groupKey}`;
}
