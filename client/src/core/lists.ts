import { matches } from './filters.ts';
import type { InboxItem, InboxPage } from './operations.ts';
import type { InboxState, Items, ListState } from './state.ts';

/**
 * The items of a list, pinned ones first, then as they stand. What is known from below the part that was read is left
 * out: there would be a hole before it. Pinned ones are read all together.
 */
export function listItems(items: Items, { filter, floor }: Pick<ListState, 'filter' | 'floor'>): InboxItem[] {
  const held = Object.values(items).filter(
    (item): item is InboxItem =>
      !!item && floor < Infinity && (item.place >= floor || !!item.pinnedAt) && matches(item, filter),
  );
  return held.sort((a, b) => Number(!!b.pinnedAt) - Number(!!a.pinnedAt) || b.place - a.place);
}

/** Whether the list must be read before it can be shown, or shown any longer. */
export function needsRead({ stale, floor }: ListState): boolean {
  return stale || floor === Infinity;
}

/** The state with one list changed; one that was closed meanwhile stays so. */
export function withList(state: InboxState, key: string, change: Partial<ListState>): InboxState {
  const list = state.lists[key];
  return list ? { ...state, lists: { ...state.lists, [key]: { ...list, ...change } } } : state;
}

/** Takes one answered page in. `more`: it is not the first; `pinned`: with it came the pinned ones of all pages. */
export function withPage(
  state: InboxState,
  key: string,
  more: boolean,
  page: InboxPage,
  pinned: readonly InboxItem[] = [],
): InboxState {
  const list = state.lists[key];
  // A cursor of before the reset belongs to a list that is about to be replaced.
  if (!list || (more && list.stale)) return withList(state, key, { loading: false });
  const { hasNextPage, endCursor: cursor } = page.pageInfo;
  const floor = hasNextPage ? (page.nodes.at(-1)?.place ?? 0) : 0;
  const items = { ...state.items };
  const told = new Set<string>();
  for (const item of [...page.nodes, ...pinned]) {
    told.add(item.id);
    items[item.id] = newer(items[item.id], item);
  }
  for (const { id, place, pinnedAt, version } of listItems(items, { filter: list.filter, floor })) {
    const asked = !more || (place < list.floor && !pinnedAt);
    // It should have been in the answer. So it has changed in a way that was not told, or that is still to be told.
    if (asked && !told.has(id) && version <= page.version) delete items[id];
  }
  const news = page.version >= state.version;
  return {
    ...withList(state, key, { floor, cursor, loading: false, failed: false }),
    items,
    counts: news ? page.counts : state.counts,
    revision: state.revision + Number(news),
    // Otherwise the stream has told everything up to its version, and has still to tell the other lists the rest.
    version: state.version < 0 ? page.version : state.version,
    problem: state.problem === 'LOAD' ? null : state.problem,
  };
}

/** Which of two states of one item is the later one. */
export function newer(present: InboxItem | null | undefined, incoming: InboxItem): InboxItem | null {
  return present === null || (present && present.version > incoming.version) ? present : incoming;
}
