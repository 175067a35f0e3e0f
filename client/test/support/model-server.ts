import type { InboxCounts, InboxEvent, InboxItem, InboxMark, InboxPage } from '../../src/core/operations.ts';

type Body =
  | { kind: 'InboxItemAdded' | 'InboxItemChanged'; item: InboxItem }
  | { kind: 'InboxItemRemoved'; itemId: string }
  | { kind: 'InboxReset'; reason: string };

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
      version: this.version + 1,
      title: `Item ${this.made}`,
      body: 'Body',
      url: null,
      data: null,
      category: { key: 'order-update', name: 'Order update' },
      toast: true,
      createdAt: new Date(Date.UTC(2026, 0, 1) + this.made * 1000).toISOString(),
      seenAt: null,
      readAt: null,
      archivedAt: null,
      ...fields,
    };
    this.items.set(item.id, item);
    this.emit({ kind: 'InboxItemAdded', item });
    return item;
  }

  remove(id: string): void {
    if (this.items.delete(id)) this.emit({ kind: 'InboxItemRemoved', itemId: id });
  }

  mark(ids: readonly string[], mark: InboxMark): { items: InboxItem[]; counts: InboxCounts } {
    for (const id of ids) {
      const item = this.items.get(id);
      const changed = item && this.changed(item, mark);
      if (!changed || changed === item) continue;
      const stored = { ...changed, version: this.version + 1 };
      this.items.set(id, stored);
      this.emit({ kind: 'InboxItemChanged', item: stored });
    }
    return { items: ids.flatMap((id) => this.items.get(id) ?? []), counts: this.counts() };
  }

  markAll(mark: InboxMark, upToVersion: number): { changedCount: number; counts: InboxCounts } {
    let changedCount = 0;
    for (const [id, item] of this.items) {
      const changed = item.version <= upToVersion ? this.changed(item, mark) : item;
      if (changed === item) continue;
      this.items.set(id, { ...changed, version: this.version + 1 });
      changedCount += 1;
    }
    if (changedCount > 0) this.emit({ kind: 'InboxReset', reason: 'MARKED_ALL' });
    return { changedCount, counts: this.counts() };
  }

  /** Newest first, archived ones left out. */
  list(): InboxItem[] {
    return [...this.items.values()]
      .filter((item) => !item.archivedAt)
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  page(first: number, after: string | null): InboxPage {
    const below = this.list().filter((item) => after === null || item.createdAt < after);
    const nodes = below.slice(0, first);
    return {
      nodes,
      pageInfo: { hasNextPage: below.length > first, endCursor: nodes.at(-1)?.createdAt ?? null },
      counts: this.counts(),
      version: this.version,
    };
  }

  counts(): InboxCounts {
    const live = this.list();
    return {
      unseen: live.filter((item) => !item.seenAt).length,
      unread: live.filter((item) => !item.readAt).length,
    };
  }

  idAt(index: number): string {
    const ids = [...this.items.keys()];
    return ids[index % Math.max(1, ids.length)] ?? 'ii_none';
  }

  private changed(item: InboxItem, mark: InboxMark): InboxItem {
    const at = '2026-02-01T00:00:00.000Z';
    if (mark === 'SEEN') return item.seenAt ? item : { ...item, seenAt: at };
    if (mark === 'READ') return item.readAt ? item : { ...item, readAt: at, seenAt: item.seenAt ?? at };
    if (mark === 'UNREAD') return item.readAt ? { ...item, readAt: null } : item;
    if (mark === 'ARCHIVED') return item.archivedAt ? item : { ...item, archivedAt: at };
    return item.archivedAt ? { ...item, archivedAt: null } : item;
  }

  private emit(body: Body): void {
    this.version += 1;
    this.log.push({ ...body, version: this.version, counts: this.counts() });
  }
}
