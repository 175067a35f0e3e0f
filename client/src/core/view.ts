import { matches } from './filters.ts';
import type { InboxSnapshot, ListSnapshot } from './handles.ts';
import { listItems } from './lists.ts';
import { markItems } from './marks.ts';
import type { InboxCounts, InboxFilter, InboxItem } from './operations.ts';
import { initialState, type InboxState, type Items, type PendingMark } from './state.ts';

/** The server's truth with the marks in flight laid over it, and what each of them has done. */
export interface Laid {
  readonly items: Items;
  readonly steps: readonly { readonly pending: PendingMark; readonly before: Items; readonly after: Items }[];
}

/** Lays the marks in flight over the items, oldest first. */
export function lay({ items, pending: all }: Pick<InboxState, 'items' | 'pending'>): Laid {
  let after = items;
  const steps = all.map((pending) => {
    const before = after;
    after = markItems(before, pending);
    return { pending, before, after };
  });
  return { items: after, steps };
}

/** The counts of a part of the inbox as they will be once the marks in flight have been carried out. */
export function laidCounts(counts: InboxCounts, filter: InboxFilter, { steps }: Laid): InboxCounts {
  return steps.reduce((now, { pending, before, after }) => {
    const { mark, target } = pending;
    if ('upToVersion' in target && sweeps.includes(mark) && !target.category && !target.tags && !target.readOnly) {
      if (filter.archived || filter.snoozed) return now;
      // It also reaches the items that were never loaded, so what is left is what is visibly left.
      const left = countsOf(Object.values(after), filter, (item) => item.place > target.upToVersion);
      return mark === 'SEEN' ? { ...now, unseen: left.unseen } : left;
    }
    const changed = Object.keys(after).filter((id) => after[id] !== before[id]);
    const was = countsOf(
      changed.map((id) => before[id]),
      filter,
    );
    const is = countsOf(
      changed.map((id) => after[id]),
      filter,
    );
    return {
      unseen: Math.max(0, now.unseen + is.unseen - was.unseen),
      unread: Math.max(0, now.unread + is.unread - was.unread),
    };
  }, counts);
}

const sweeps: readonly string[] = ['SEEN', 'READ', 'ARCHIVED'];

function countsOf(
  items: readonly (InboxItem | null | undefined)[],
  filter: InboxFilter,
  counted = (_item: InboxItem): boolean => true,
): InboxCounts {
  const held = items.filter((item) => !!item && matches(item, filter) && counted(item));
  return {
    unseen: held.filter((item) => !item?.seenAt).length,
    unread: held.filter((item) => !item?.readAt).length,
  };
}

/** What is true of the whole inbox. Pure. */
export function inboxView(state: InboxState, laid: Laid): InboxSnapshot {
  return {
    counts: laidCounts(state.counts, {}, laid),
    // Who reads an item or puts it away, here or on another device, has no more need of its toast.
    toasts: state.toasts.flatMap(({ id }) => {
      const item = laid.items[id];
      return item && !item.readAt && matches(item, {}) ? [item] : [];
    }),
    status: state.status,
    problem: state.problem,
    queued: state.pending.filter((pending) => pending.queued).length,
  };
}

/** One list as it is to be shown. Pure. */
export function listView(state: InboxState, { items }: Laid, key: string): ListSnapshot {
  const list = state.lists[key];
  if (!list) return emptyList;
  const { floor, loading, failed } = list;
  return {
    items: listItems(items, list),
    loaded: floor < Infinity,
    loading,
    hasMore: floor > 0 && floor < Infinity,
    failed,
  };
}

/** A list of which nothing is known; also what a server renders. */
export const emptyList: ListSnapshot = { items: [], loaded: false, loading: false, hasMore: false, failed: false };

/** An inbox of which nothing is known; also what a server renders. */
export const emptyInbox: InboxSnapshot = {
  counts: initialState.counts,
  toasts: [],
  status: initialState.status,
  problem: null,
  queued: 0,
};
