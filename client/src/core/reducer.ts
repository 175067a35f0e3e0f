import { newer, readDone, withList } from './lists.ts';
import { markItems } from './marks.ts';
import type { InboxEvent, InboxItem } from './operations.ts';
import {
  initialState,
  unopened,
  wholeList,
  type InboxAction,
  type InboxState,
  type Items,
  type ListState,
  type Memento,
} from './state.ts';

/**
 * The next state. Pure: the same two inputs always give the same answer, and neither is touched. What the server said
 * last wins over everything that this side believed.
 */
export function reduce(state: InboxState, action: InboxAction): InboxState {
  switch (action.type) {
    case 'status':
      return state.status === action.status ? state : { ...state, status: action.status };
    case 'event':
      return applyEvent(state, action.event, action.toastAt);
    case 'reset':
      return resetLists(state, action.version);
    case 'restored':
      return restore(state, action.memento);
    case 'forgotten':
      return { ...initialState, status: state.status, lists: mapValues(state.lists, ({ filter }) => unopened(filter)) };
    case 'listOpened':
      return state.lists[action.list]
        ? state
        : { ...state, lists: { ...state.lists, [action.list]: unopened(action.filter) } };
    case 'listClosed': {
      const { [action.list]: _closed, ...lists } = state.lists;
      return { ...state, lists };
    }
    case 'readStarted':
      // Stale again, if a reset comes while it is on the way.
      return withList(state, action.list, action.more ? { loading: true } : { loading: true, stale: false });
    case 'readDone':
      return readDone(state, action);
    case 'readFailed': {
      const failed = withList(state, action.list, { loading: false, failed: true });
      return { ...(action.more ? failed : withList(failed, action.list, { stale: true })), problem: 'LOAD' };
    }
    case 'markStarted':
      return {
        ...state,
        pending: [...state.pending, action.pending],
        problem: state.problem === 'MARK' ? null : state.problem,
      };
    case 'markDone':
      return settleMark(state, action);
    case 'markQueued':
      return { ...state, pending: state.pending.map((p) => (p.key === action.key ? { ...p, queued: true } : p)) };
    case 'markFailed':
      return { ...without(state, action.key), problem: action.quiet ? state.problem : 'MARK' };
    case 'toastShown':
      return { ...state, toasts: state.toasts.map((t) => (t.id === action.id ? { ...t, shown: true } : t)) };
    case 'toastClosed':
      return { ...state, toasts: state.toasts.filter((toast) => toast.id !== action.id) };
    case 'toastsLate':
      return { ...state, toasts: state.toasts.filter((toast) => toast.shown || toast.at >= action.before) };
  }
  return action satisfies never;
}

function applyEvent(state: InboxState, event: InboxEvent, toastAt: number | null): InboxState {
  // A reset is obeyed at any version: a server that was set back to a backup counts lower than we do.
  if (event.kind === 'InboxReset') return { ...resetLists(state, event.version), counts: event.counts };
  // Delivery is at least once. An equal version is let through, because one commit may change several items.
  if (event.version < state.version) return state;
  const toast = event.kind === 'InboxItemAdded' && toastAt !== null && state.items[event.item.id] === undefined;
  return {
    ...state,
    items: itemsAfter(state.items, event),
    version: event.version,
    counts: event.counts,
    revision: state.revision + 1,
    toasts: toast ? [...state.toasts, { id: event.item.id, at: toastAt, shown: false }] : state.toasts,
  };
}

function itemsAfter(items: Items, event: Exclude<InboxEvent, { kind: 'InboxReset' }>): Items {
  if (event.kind === 'InboxItemRemoved') return { ...items, [event.itemId]: null };
  const { item } = event;
  const next = newer(items[item.id], item);
  return next === items[item.id] ? items : { ...items, [item.id]: next };
}

/** What we hold is shown until it was read again, and loses against whatever is said from now on. */
function resetLists(state: InboxState, version: number): InboxState {
  const items: Record<string, InboxItem> = {};
  for (const item of Object.values(state.items)) if (item) items[item.id] = { ...item, version: 0 };
  const lists = mapValues(state.lists, (list) => ({ ...list, stale: true }));
  return { ...state, items, lists, version, revision: state.revision + 1 };
}

function restore(state: InboxState, { items, floor, cursor, counts, version }: Memento): InboxState {
  return {
    ...withList(state, wholeList, { floor, cursor }),
    items: Object.fromEntries(items.map((item) => [item.id, item])),
    counts,
    version,
  };
}

function settleMark(state: InboxState, action: Extract<InboxAction, { type: 'markDone' }>): InboxState {
  const settled = state.pending.find((pending) => pending.key === action.key);
  if (!settled) return state;
  // Where the answer holds no items we do here what was done there, unless there is later news of all of it. What is
  // deleted stays so whatever was said meanwhile.
  const repeat = 'ids' in settled.target ? settled.mark === 'DELETED' : action.counts !== null;
  let items = repeat ? markItems(state.items, settled) : state.items;
  for (const item of action.items) {
    // An unknown one has been removed meanwhile, or was never loaded.
    if (items[item.id]) items = { ...items, [item.id]: newer(items[item.id], item) };
  }
  return {
    ...without(state, action.key),
    items,
    counts: action.counts ?? state.counts,
  };
}

function without(state: InboxState, key: string): InboxState {
  return { ...state, pending: state.pending.filter((pending) => pending.key !== key) };
}

function mapValues(lists: InboxState['lists'], change: (list: ListState) => ListState): InboxState['lists'] {
  return Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, change(list)]));
}
