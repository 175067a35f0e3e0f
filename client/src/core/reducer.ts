import { newer, withList } from './lists.ts';
import { markItems } from './marks.ts';
import type { InboxCounts, InboxEvent, InboxItem } from './operations.ts';
import { initialState, unopened, wholeList, type InboxState, type ListState, type Memento } from './state.ts';

// The next states. Pure: the same inputs always give the same answer, and none is touched. What the server said last
// wins over everything that this side believed.

/** After an event. `toastAt`: when it came, if it is to have a toast. */
export function afterEvent(state: InboxState, event: InboxEvent, toastAt: number | null): InboxState {
  const { version, counts } = event;
  // A reset is obeyed at any version: a server that was set back to a backup counts lower than we do.
  if (event.kind === 'InboxReset') return { ...afterReset(state, version), counts };
  // Delivery is at least once. An equal version is let through, because one commit may change several items.
  if (version < state.version) return state;
  const [id, item] = 'item' in event ? [event.item.id, event.item] : [event.itemId, null];
  const known = state.items[id];
  const next = item && newer(known, item);
  return {
    ...state,
    items: next === known ? state.items : { ...state.items, [id]: next },
    version,
    counts,
    revision: state.revision + 1,
    toasts: toastAt !== null ? [...state.toasts, { id, at: toastAt, shown: false }] : state.toasts,
  };
}

/** Too much has changed to be told. What we hold is shown until it was read again, and loses against whatever is said from now on. */
export function afterReset(state: InboxState, version: number): InboxState {
  const items: Record<string, InboxItem> = {};
  for (const item of Object.values(state.items)) if (item) items[item.id] = { ...item, version: 0 };
  const lists = mapLists(state, (list) => ({ ...list, stale: true }));
  return { ...state, items, lists, version, revision: state.revision + 1 };
}

/** With what was kept of an earlier visit. */
export function restored(state: InboxState, { items, floor, cursor, counts, version }: Memento): InboxState {
  const byId = Object.fromEntries(items.map((item) => [item.id, item]));
  return { ...withList(state, wholeList, { floor, cursor }), items: byId, counts, version };
}

/** Of somebody of whom nothing is known, with the same lists open. */
export function forgotten(state: InboxState): InboxState {
  const { status } = state;
  return { ...initialState, status, lists: mapLists(state, ({ filter }) => unopened(filter)) };
}

/** The server has carried a mark out. `counts` is null where there is later news of them. */
export function afterMark(
  state: InboxState,
  key: string,
  answered: readonly InboxItem[],
  counts: InboxCounts | null,
): InboxState {
  const done = state.pending.find((pending) => pending.key === key);
  if (!done) return state;
  // Where the answer holds no items we do here what was done there, unless there is later news of all of it. What is
  // deleted stays so whatever was said meanwhile.
  const repeat = 'ids' in done.target ? done.mark === 'DELETED' : counts !== null;
  const items = { ...(repeat ? markItems(state.items, done) : state.items) };
  // An unknown one has been removed meanwhile, or was never loaded.
  for (const item of answered) if (items[item.id]) items[item.id] = newer(items[item.id], item);
  return {
    ...state,
    pending: state.pending.filter((pending) => pending !== done),
    items,
    counts: counts ?? state.counts,
  };
}

function mapLists({ lists }: InboxState, change: (list: ListState) => ListState): InboxState['lists'] {
  return Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, change(list)]));
}
