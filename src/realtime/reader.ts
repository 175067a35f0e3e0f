import type { InboxChanges, InboxItemRow } from '../store/inbox-items.js';
import type { InboxHint } from '../store/transaction.js';

export interface InboxCounts {
  readonly unseen: number;
  readonly unread: number;
}

/** What a connected client is told. Versions grow; at least once, in order. */
export type InboxChange = { readonly version: number; readonly counts: InboxCounts } & (
  | { readonly kind: 'added' | 'changed'; readonly item: InboxItemRow }
  | { readonly kind: 'removed'; readonly itemId: string }
  | { readonly kind: 'reset'; readonly reason: 'MANY_CHANGED' | 'TOO_OLD' | 'SLOW_READER' }
);

/** A gap of more versions than this is told as "read the list again". */
const REPLAY_MAX = 500;

/** One subscription. */
export interface Reader extends InboxHint {
  /** Last version read for it; null: not known yet. */
  cursor: number | null;
  /** It had all there was at some time. */
  live: boolean;
  /** Read, and not taken yet. */
  buffer: InboxChange[];
  /** There may be more than was read. */
  more: boolean;
  wake: (() => void) | null;
  closed: boolean;
}

/**
 * Gives a page of changes to those readers of an inbox who wait for it. Whoever is told the same gets the same object, so
 * that it is made into words once.
 *
 * @param page how many changes were read at most
 */
export function tell(readers: ReadonlySet<Reader>, changes: InboxChanges, page: number): void {
  const { inbox, items } = changes;
  const last = items.length === page ? (items.at(-1)?.version ?? inbox.version) : inbox.version;
  const counts = { unseen: inbox.unseen, unread: inbox.unread };
  const made = new Map<string, InboxChange>();
  const changeOf = (item: InboxItemRow, cursor: number): InboxChange => {
    const kind = item.removed_at !== null ? 'removed' : item.added_version > cursor ? 'added' : 'changed';
    const { version } = item;
    const key = `${kind} ${version}`;
    const change: InboxChange =
      made.get(key) ??
      (kind === 'removed' ? { kind, version, counts, itemId: item.id } : { kind, version, counts, item });
    made.set(key, change);
    return change;
  };
  for (const reader of readers) {
    const { cursor } = reader;
    if (cursor === null || reader.buffer.length > 0) continue;
    reader.more = false;
    if (cursor >= inbox.version) continue;
    const isLost = inbox.version - cursor > REPLAY_MAX;
    if (inbox.reset_version > cursor || isLost) {
      const reason = inbox.reset_version > cursor ? 'MANY_CHANGED' : reader.live ? 'SLOW_READER' : 'TOO_OLD';
      reader.buffer.push({ kind: 'reset', reason, version: inbox.version, counts });
      reader.cursor = inbox.version;
    } else {
      for (const item of items) if (item.version > cursor) reader.buffer.push(changeOf(item, cursor));
      reader.cursor = Math.max(cursor, last);
    }
    reader.live ||= reader.cursor === inbox.version;
    reader.more = reader.cursor < inbox.version;
    reader.wake?.();
    reader.wake = null;
  }
}

/** Has it been given everything that was there? */
export function hasAll(reader: Reader, { inbox }: InboxChanges): boolean {
  return reader.cursor === null || reader.cursor >= inbox.version;
}
