import type { InboxCounts, InboxEvent, InboxFilter, InboxItem, InboxMark } from '../../../src/core/operations.ts';
import type { Preferences, PreferencesChange, PreferenceRule } from '../../../src/core/preferences-operations.ts';

type Body =
  | { kind: 'InboxItemAdded' | 'InboxItemChanged'; item: InboxItem }
  | { kind: 'InboxItemRemoved'; itemId: string }
  | { kind: 'InboxReset'; reason: string };

/** The server's side of one person's inbox and preferences, in memory, with every event that there was. */
export class Model {
  readonly log: InboxEvent[] = [];
  version = 0;
  wishes: Preferences = somePreferences();
  private readonly items = new Map<string, InboxItem>();
  private made = 0;

  add(fields: Partial<InboxItem> = {}): InboxItem {
    this.made += 1;
    const item: InboxItem = {
      id: `ii_${String(this.made).padStart(4, '0')}`,
      version: this.version + 1,
      place: this.version + 1,
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
      createdAt: new Date().toISOString(),
      seenAt: null,
      readAt: null,
      archivedAt: null,
      snoozedUntil: null,
      pinnedAt: null,
      expiresAt: null,
      ...fields,
    };
    this.items.set(item.id, item);
    this.emit({ kind: 'InboxItemAdded', item });
    return item;
  }

  mark(ids: readonly string[], mark: InboxMark, until?: string): InboxItem[] {
    for (const id of ids) {
      const item = this.items.get(id);
      if (!item) continue;
      if (mark === 'DELETED') {
        this.items.delete(id);
        this.emit({ kind: 'InboxItemRemoved', itemId: id });
        continue;
      }
      const stored = { ...item, ...changeBy(mark, until), version: this.version + 1 };
      this.items.set(id, stored);
      this.emit({ kind: 'InboxItemChanged', item: stored });
    }
    return ids.flatMap((id) => this.items.get(id) ?? []);
  }

  markAll(mark: InboxMark, upToVersion: number, part: { readOnly?: boolean; category?: readonly string[] }): number {
    const reached = this.list({}).filter(
      (item) =>
        item.place <= upToVersion &&
        (!part.readOnly || item.readAt) &&
        (!part.category || part.category.includes(item.category.key)),
    );
    for (const item of reached) {
      this.items.set(item.id, { ...item, ...changeBy(mark), version: this.version + 1 });
    }
    if (reached.length > 0) this.emit({ kind: 'InboxReset', reason: 'MARKED_ALL' });
    return reached.length;
  }

  /** The items of a filter, highest place first. */
  list(filter: InboxFilter): InboxItem[] {
    return [...this.items.values()]
      .filter(
        (item) =>
          Boolean(item.archivedAt) === Boolean(filter.archived) &&
          Boolean(item.snoozedUntil) === Boolean(filter.snoozed) &&
          (!filter.unreadOnly || !item.readAt) &&
          (!filter.pinned || item.pinnedAt) &&
          (!filter.category || filter.category.includes(item.category.key)) &&
          (!filter.tags || filter.tags.some((tag) => item.tags.includes(tag))),
      )
      .sort((a, b) => b.place - a.place);
  }

  page(first: number, after: string | null, filter: InboxFilter): object {
    const below = this.list(filter).filter((item) => after === null || item.place < Number(after));
    const nodes = below.slice(0, first);
    return {
      nodes,
      pageInfo: { hasNextPage: below.length > first, endCursor: String(nodes.at(-1)?.place ?? 0) },
      counts: this.counts({}),
      version: this.version,
    };
  }

  counts(filter: InboxFilter): InboxCounts {
    const items = this.list(filter);
    return {
      unseen: items.filter((item) => !item.seenAt).length,
      unread: items.filter((item) => !item.readAt).length,
    };
  }

  change({ rules = [], ...rest }: PreferencesChange): void {
    const changed = (key: string, rule: PreferenceRule): PreferenceRule => ({
      ...rule,
      ...rules.find((one) => one.category === key && one.channel === rule.channel),
    });
    const sections = this.wishes.sections.map((section) => ({
      ...section,
      categories: section.categories.map((one) => ({
        ...one,
        rules: one.rules.map((rule) => changed(one.category.key, rule)),
      })),
    }));
    this.wishes = { ...this.wishes, ...(rest as Partial<Preferences>), sections };
  }

  private emit(body: Body): void {
    this.version += 1;
    this.log.push({ ...body, version: this.version, counts: this.counts({}) });
  }
}

function changeBy(mark: InboxMark, until = ''): Partial<InboxItem> {
  const at = new Date().toISOString();
  const changes: Record<InboxMark, Partial<InboxItem>> = {
    SEEN: { seenAt: at },
    READ: { seenAt: at, readAt: at },
    UNREAD: { readAt: null },
    ARCHIVED: { archivedAt: at },
    UNARCHIVED: { archivedAt: null },
    SNOOZED: { snoozedUntil: until },
    UNSNOOZED: { snoozedUntil: null },
    PINNED: { pinnedAt: at },
    UNPINNED: { pinnedAt: null },
    DELETED: {},
  };
  return changes[mark];
}

function somePreferences(): Preferences {
  const rule = (channel: string, more: Partial<PreferenceRule> = {}): PreferenceRule => ({
    channel,
    enabled: true,
    cadence: 'INSTANT',
    editable: true,
    needsConsent: false,
    ...more,
  });
  const category = (key: string, name: string, more: object = {}): Preferences['sections'][0]['categories'][0]['category'] => ({
    key,
    name,
    description: null,
    expected: null,
    class: 'TRANSACTIONAL',
    mandatory: false,
    choosableCadences: ['INSTANT', 'DAILY', 'WEEKLY'],
    ...more,
  });
  return {
    level: 'EVERYTHING',
    pausedUntil: null,
    quietHours: { start: '22:00', end: '07:00', days: ['SAT', 'SUN'] },
    channelsOff: [],
    sections: [
      {
        section: { key: 'shop', name: 'Your orders' },
        categories: [
          {
            category: category('order-update', 'Order update', {
              description: 'Where your parcel is, and when it will be with you.',
            }),
            pausedUntil: null,
            rules: [rule('INBOX'), rule('EMAIL'), rule('WEB_PUSH', { enabled: false })],
          },
          {
            category: category('offers', 'Offers', { class: 'MARKETING', expected: 'About twice a month.' }),
            pausedUntil: null,
            rules: [rule('INBOX'), rule('EMAIL', { needsConsent: true })],
          },
        ],
      },
      {
        section: null,
        categories: [
          {
            category: category('security-alert', 'Security alert', { class: 'SECURITY', mandatory: true }),
            pausedUntil: null,
            rules: [rule('INBOX', { editable: false }), rule('EMAIL', { editable: false })],
          },
        ],
      },
    ],
  };
}
