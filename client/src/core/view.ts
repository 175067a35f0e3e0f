import type { ConnectionStatus } from './event-stream.ts';
import { markItems } from './marks.ts';
import type { InboxCounts, InboxItem } from './operations.ts';
import type { InboxState, PendingMark, Problem } from './state.ts';

/** What a person is shown: the server's truth with the marks in flight laid over it. */
export interface InboxSnapshot {
  /** Not archived, newest first. */
  readonly items: readonly InboxItem[];
  readonly counts: InboxCounts;
  /** Items that wait for a toast or have one, oldest first. */
  readonly toasts: readonly InboxItem[];
  readonly status: ConnectionStatus;
  /** False until the list was read once. */
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly hasMore: boolean;
  readonly problem: Problem | null;
}

/** Derives the snapshot. Pure. */
export function viewOf(state: InboxState): InboxSnapshot {
  let { items, counts } = state;
  for (const pending of state.pending) {
    const next = markItems(items, pending);
    counts = countsAfter(counts, items, next, pending);
    items = next;
  }
  const at = (id: string): InboxItem[] => (items[id] ? [items[id]] : []);
  return {
    items: state.order.flatMap(at).filter((item) => !item.archivedAt),
    counts,
    // Who reads or archives an item, here or on another device, has no more need of its toast.
    toasts: state.toasts.flatMap((toast) => at(toast.id)).filter((item) => !item.readAt && !item.archivedAt),
    status: state.status,
    loaded: state.loaded,
    loading: state.reading !== null,
    hasMore: state.hasMore,
    problem: state.problem,
  };
}

type Items = InboxState['items'];

function countsAfter(counts: InboxCounts, before: Items, after: Items, pending: PendingMark): InboxCounts {
  if ('upToVersion' in pending.target) {
    // It also reaches the items that were never loaded, so what is left is what is visibly left.
    const left = countsOf(Object.values(after).filter((item) => item.version > versionOf(pending)));
    if (pending.mark === 'SEEN') return { ...counts, unseen: left.unseen };
    if (pending.mark === 'READ' || pending.mark === 'ARCHIVED') return left;
    return counts;
  }
  if (before === after) return counts;
  const was = countsOf(Object.values(before));
  const is = countsOf(Object.values(after));
  return {
    unseen: Math.max(0, counts.unseen + is.unseen - was.unseen),
    unread: Math.max(0, counts.unread + is.unread - was.unread),
  };
}

function versionOf(pending: PendingMark): number {
  return 'upToVersion' in pending.target ? pending.target.upToVersion : 0;
}

function countsOf(items: readonly InboxItem[]): InboxCounts {
  const live = items.filter((item) => !item.archivedAt);
  return {
    unseen: live.filter((item) => !item.seenAt).length,
    unread: live.filter((item) => !item.readAt).length,
  };
}
