import type {
  InboxCounts,
  InboxEvent,
  InboxFilter,
  InboxItem,
  InboxMark,
  InboxPage,
  MarkPart,
  UserError,
} from '../../src/core/operations.ts';

type Body =
  | { kind: 'InboxItemAdded' | 'InboxItemChanged'; item: InboxItem }
  | { kind: 'InboxItemRemoved'; itemId: string }
  | { kind: 'InboxReset'; reason: string };

const markedAt = '2026-02-01T00:00:00.000Z';

/** The server's side of one inbox, in memory: exact counts, one version per change, a log of every event. */
export class ModelServer {
  readonly log: InboxEvent[] = [];
  version = 0;
  private readonly items = new Map<string, InboxItem>();
  private made = 0;

  add(fields: Partial<InboxItem> = {}): InboxItem {
    this.made += 1;
    const item: InboxItem = {
      id: `ii_${String(this.made).padStart(4, '0')}`,
      title: `Item ${this.made}`,
      body: 'Body',
      url: null,
      data: null,
      category: { key: 'order-update', name: 'Order update' },
      toast: true,
      tags: [],
      urgent: false,
      actions: [],
      groupKey: null,
      createdAt: new Date(Date.UTC(2026, 0, 1) + this.made * 1000).toISOString(),
      seenAt: null,
      readAt: null,
      archivedAt: null,
      snoozedUntil: null,
      pinnedAt: null,
      expiresAt: null,
      ...fields,
      version: this.version + 1,
      place: this.version + 1,
    };
    this.items.set(item.id, item);
    this.emit({ kind: 'InboxItemAdded', item });
    return item;
  }

  remove(id: string): void {
    if (this.items.delete(id)) this.emit({ kind: 'InboxItemRemoved', itemId: id });
  }

  /** Its time has come: it is there again as something new. */
  wake(id: string): void {
    const item = this.items.get(id);
    if (!item?.snoozedUntil) return;
    const place = this.version + 1;
    const woken = { ...item, snoozedUntil: null, seenAt: null, readAt: null, version: place, place };
    this.items.set(id, woken);
    this.emit({ kind: 'InboxItemAdded', item: woken });
  }

  /** Null: some of them are not there, and so nothing was done. */
  mark(
    ids: readonly string[],
    mark: InboxMark,
    until: string | null = null,
  ): { items: InboxItem[]; counts: InboxCounts } | null {
    if (!ids.every((id) => this.items.has(id))) return null;
    for (const id of new Set(ids)) {
      const item = this.items.get(id);
      if (!item) continue;
      if (mark === 'DELETED') {
        this.remove(id);
        continue;
      }
      const changed = markedBy(item, mark, until);
      if (changed === item) continue;
      const stored = { ...changed, version: this.version + 1 };
      this.items.set(id, stored);
      this.emit({ kind: 'InboxItemChanged', item: stored });
    }
    return { items: ids.flatMap((id) => this.items.get(id) ?? []), counts: this.counts() };
  }

  markAll(mark: InboxMark, upToVersion: number, part: MarkPart = {}): { changedCount: number; counts: InboxCounts } {
    let changedCount = 0;
    for (const [id, item] of this.items) {
      const isIn =
        item.place <= upToVersion &&
        (mark === 'UNARCHIVED' || !item.archivedAt) &&
        (mark === 'UNSNOOZED' || !item.snoozedUntil) &&
        (!part.category || part.category.includes(item.category.key)) &&
        (!part.tags || part.tags.some((tag) => item.tags.includes(tag))) &&
        (!part.readOnly || item.readAt !== null);
      const changed = isIn ? markedBy(item, mark, null) : item;
      if (changed === item) continue;
      this.items.set(id, { ...changed, version: this.version + 1 });
      changedCount += 1;
    }
    if (changedCount > 0) this.emit({ kind: 'InboxReset', reason: 'MANY_CHANGED' });
    return { changedCount, counts: this.counts() };
  }

  /** In the server's order: by place, highest first. */
  list(filter: InboxFilter = {}): InboxItem[] {
    return [...this.items.values()].filter((item) => isIn(item, filter)).sort((a, b) => b.place - a.place);
  }

  /** As a person is to see it: pinned ones first. */
  shown(filter: InboxFilter = {}): InboxItem[] {
    const all = this.list(filter);
    return [...all.filter((item) => item.pinnedAt), ...all.filter((item) => !item.pinnedAt)];
  }

  page(first: number, after: string | null, filter: InboxFilter = {}): InboxPage {
    const below = this.list(filter).filter((item) => after === null || item.place < Number(after));
    const nodes = below.slice(0, first);
    const last = nodes.at(-1);
    return {
      nodes,
      pageInfo: { hasNextPage: below.length > first, endCursor: last ? String(last.place) : null },
      counts: this.counts(),
      version: this.version,
    };
  }

  counts(filter: InboxFilter = {}): InboxCounts {
    const held = this.list(filter);
    return {
      unseen: held.filter((item) => !item.seenAt).length,
      unread: held.filter((item) => !item.readAt).length,
    };
  }

  idAt(index: number): string {
    const ids = [...this.items.keys()];
    return ids[index % Math.max(1, ids.length)] ?? 'ii_none';
  }

  /** What is said of the ids that are not there. */
  missing(ids: readonly string[]): UserError[] {
    return ids.flatMap((id, index) =>
      this.items.has(id)
        ? []
        : [{ field: ['input', 'ids', `${index}`], message: 'no such item in this inbox', code: 'NOT_FOUND' }],
    );
  }

  private emit(body: Body): void {
    this.version += 1;
    this.log.push({ ...body, version: this.version, counts: this.counts() });
  }
}

function markedBy(item: InboxItem, mark: InboxMark, until: string | null): InboxItem {
  const seenAt = item.seenAt ?? markedAt;
  if (mark === 'SEEN') return item.seenAt ? item : { ...item, seenAt };
  if (mark === 'READ') return item.readAt ? item : { ...item, readAt: markedAt, seenAt };
  if (mark === 'UNREAD') return item.readAt ? { ...item, readAt: null } : item;
  if (mark === 'ARCHIVED') return item.archivedAt ? item : { ...item, archivedAt: markedAt };
  if (mark === 'UNARCHIVED') return item.archivedAt ? { ...item, archivedAt: null } : item;
  if (mark === 'SNOOZED') return { ...item, snoozedUntil: until, seenAt };
  if (mark === 'UNSNOOZED') return item.snoozedUntil ? { ...item, snoozedUntil: null } : item;
  if (mark === 'PINNED') return item.pinnedAt ? item : { ...item, pinnedAt: markedAt };
  if (mark === 'UNPINNED') return item.pinnedAt ? { ...item, pinnedAt: null } : item;
  throw new Error(`${mark} is not for this`);
}

/** Written apart from the client's own, as the server's SQL is. Of `data` it knows plain fields. */
function isIn(item: InboxItem, filter: InboxFilter): boolean {
  if ((item.archivedAt !== null) !== (filter.archived ?? false)) return false;
  if ((item.snoozedUntil !== null) !== (filter.snoozed ?? false)) return false;
  if (filter.unreadOnly && item.readAt !== null) return false;
  if (filter.pinned !== undefined && filter.pinned !== null && filter.pinned !== (item.pinnedAt !== null)) return false;
  if (filter.category && !filter.category.includes(item.category.key)) return false;
  if (filter.tags && !item.tags.some((tag) => filter.tags?.includes(tag))) return false;
  if (filter.groupKey && item.groupKey !== filter.groupKey) return false;
  return Object.entries(filter.data ?? {}).every(([key, value]) => item.data?.[key] === value);
}
