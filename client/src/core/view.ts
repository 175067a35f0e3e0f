import { matches } from './filters.ts';
import type { InboxSnapshot, ListSnapshot } from './handles.ts';
import { listItems } from './lists.ts';
import { markItems } from './marks.ts';
import type { InboxCounts, InboxFilter } from './operations.ts';
import { initialState, type InboxState, type Items, type PendingMark } from './state.ts';

/** The server's truth with the marks in flight laid over it, oldest first. */
export function lay({ items, pending }: Pick<InboxState, 'items' | 'pending'>): Items {
  return pending.reduce(markItems, items);
}

/** The counts of a part of the inbox as they will be once the marks in flight have been carried out. */
export function laidCounts(counts: InboxCounts, filter: InboxFilter, state: InboxState, laid: Items): InboxCounts {
  if (laid === state.items) return counts;
  const [was, is] = [state.items, laid].map((items) => countsOf(items, filter));
  const left = (field: keyof InboxCounts): number => {
    // What was never loaded. It keeps its marks, unless all of the list is marked.
    const swept = state.pending.some((pending) => sweeps(pending, field));
    const rest = swept && !filter.archived && !filter.snoozed ? 0 : counts[field] - (was?.[field] ?? 0);
    return Math.max(0, rest + (is?.[field] ?? 0));
  };
  return { unseen: left('unseen'), unread: left('unread') };
}

function sweeps({ mark, target }: PendingMark, field: keyof InboxCounts): boolean {
  return (
    'upToVersion' in target &&
    !target.category &&
    !target.tags &&
    !target.readOnly &&
    (mark === 'READ' || mark === 'ARCHIVED' || (mark === 'SEEN' && field === 'unseen'))
  );
}

function countsOf(items: Items, filter: InboxFilter): InboxCounts {
  const counts = { unseen: 0, unread: 0 };
  for (const item of Object.values(items)) {
    if (!item || !matches(item, filter)) continue;
    counts.unseen += Number(!item.seenAt);
    counts.unread += Number(!item.readAt);
  }
  return counts;
}

/** What is true of the whole inbox. Pure. */
export function inboxView(state: InboxState, laid: Items): InboxSnapshot {
  return {
    counts: laidCounts(state.counts, {}, state, laid),
    // Who reads an item or puts it away, here or on another device, has no more need of its toast.
    toasts: state.toasts.flatMap(({ id }) => {
      const item = laid[id];
      return item && !item.readAt && matches(item, {}) ? [item] : [];
    }),
    status: state.status,
    problem: state.problem,
    // That something was seen is no change that anybody made.
    queued: state.pending.filter(({ queued, mark }) => queued && mark !== 'SEEN').length,
  };
}

/** One list as it is to be shown. Pure. */
export function listView(state: InboxState, laid: Items, key: string): ListSnapshot {
  const list = state.lists[key];
  if (!list) return emptyList;
  const { floor, loading, failed } = list;
  return {
    items: listItems(laid, list),
    loaded: floor < Infinity,
    loading,
    hasMore: floor > 0 && floor < Infinity,
    failed,
  };
}

/** A list of which nothing is known; also what a server renders. */
export const emptyList: ListSnapshot = { items: [], loaded: false, loading: false, hasMore: false, failed: false };

/** An inbox of which nothing is known; also what a server renders. */
export const emptyInbox: InboxSnapshot = /* @__PURE__ */ inboxView(initialState, initialState.items);
