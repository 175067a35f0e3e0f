import type { InboxFilter, InboxItem } from './operations.ts';

/** The filter without what says nothing, and in one order: equal filters become the same text. */
export function filterKey(filter: InboxFilter): string {
  return JSON.stringify(plainFilter(filter), (_key, value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

/** The filter without the fields that are absent or as they would be by default. */
export function plainFilter(filter: InboxFilter): InboxFilter {
  const said = Object.entries(filter).filter(
    ([key, value]) => value !== undefined && value !== null && (value !== false || key === 'pinned'),
  );
  return Object.fromEntries(
    said.map(([key, value]) => [key, Array.isArray(value) ? [...new Set<unknown>(value)].sort() : value]),
  );
}

/** Whether the item belongs to the list, as the server decides it. */
export function matches(item: InboxItem, filter: InboxFilter): boolean {
  return (
    !item.archivedAt === !filter.archived &&
    !item.snoozedUntil === !filter.snoozed &&
    !(filter.unreadOnly && item.readAt) &&
    (filter.pinned == null || filter.pinned === !!item.pinnedAt) &&
    inPart(item, filter) &&
    (filter.data == null || contains(item.data, filter.data)) &&
    (filter.groupKey == null || filter.groupKey === item.groupKey)
  );
}

/** Whether it is of one of the categories and has one of the tags. */
export function inPart({ category, tags }: InboxItem, part: Pick<InboxFilter, 'category' | 'tags'>): boolean {
  return (
    (part.category?.includes(category.key) ?? true) &&
    (part.tags == null || part.tags.some((tag) => tags.includes(tag)))
  );
}

/** `@>` of Postgres: objects hold the same keys, arrays hold something for each element, the rest is equal. */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((one) => whole.some((other) => contains(other, one)));
  }
  if (!isRecord(part)) return whole === part;
  return (
    isRecord(whole) && Object.keys(part).every((key) => Object.hasOwn(whole, key) && contains(whole[key], part[key]))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
