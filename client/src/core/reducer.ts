import { markItems } from './marks.ts';
import type { InboxEvent, InboxItem, InboxPage } from './operations.ts';
import type { InboxAction, InboxState } from './state.ts';

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
    case 'readStarted':
      return { ...state, reading: { kind: action.kind, events: [] } };
    case 'readDone':
      return state.reading?.kind === 'more' ? appendPage(state, action.page) : replaceList(state, action.page);
    case 'readFailed':
      return { ...state, reading: null, problem: 'LOAD' };
    case 'markStarted':
      return { ...state, pending: [...state.pending, action.pending], problem: clear(state, 'MARK') };
    case 'markDone':
      return settleMark(state, action);
    case 'markFailed':
      return {
        ...state,
        pending: state.pending.filter((pending) => pending.key !== action.key),
        problem: action.quiet ? state.problem : 'MARK',
      };
    case 'toastShown':
      return { ...state, toasts: state.toasts.map((t) => (t.id === action.id ? { ...t, shown: true } : t)) };
    case 'toastClosed':
      return { ...state, toasts: state.toasts.filter((toast) => toast.id !== action.id) };
    case 'toastsLate':
      return { ...state, toasts: state.toasts.filter((toast) => toast.shown || toast.at >= action.before) };
  }
  return action satisfies never;
}

function clear(state: InboxState, problem: InboxState['problem']): InboxState['problem'] {
  return state.problem === problem ? null : state.problem;
}

function applyEvent(state: InboxState, event: InboxEvent, toastAt: number | null): InboxState {
  const reset = event.kind === 'InboxReset';
  // Delivery is at least once. An equal version is let through, because one commit may change several items.
  // A reset is obeyed at any version: a server that was set back to a backup counts lower than we do.
  if (event.version < state.version && !reset) return state;
  const known = 'item' in event && state.items[event.item.id] !== undefined;
  const toast = event.kind === 'InboxItemAdded' && toastAt !== null && !known;
  return {
    ...state,
    ...withItems(state, itemsAfter(state.items, event, state.floor)),
    version: event.version,
    counts: event.counts,
    revision: state.revision + 1,
    stale: state.stale || reset,
    reading: state.reading && { ...state.reading, events: [...state.reading.events, event] },
    toasts: toast ? [...state.toasts, { id: event.item.id, at: toastAt, shown: false }] : state.toasts,
  };
}

function replaceList(state: InboxState, page: InboxPage): InboxState {
  const items: Record<string, InboxItem> = {};
  for (const item of page.nodes) items[item.id] = newer(state.items[item.id], item);
  const later = (state.reading?.events ?? []).filter((event) => event.version > page.version);
  const last = later.at(-1);
  const floor = floorOf(page);
  return {
    ...state,
    ...withItems(
      { items: {}, order: [] },
      later.reduce<InboxState['items']>((all, event) => itemsAfter(all, event, floor), items),
    ),
    counts: last?.counts ?? page.counts,
    version: last?.version ?? page.version,
    revision: state.revision + 1,
    loaded: true,
    stale: later.some((event) => event.kind === 'InboxReset'),
    hasMore: page.pageInfo.hasNextPage,
    endCursor: page.pageInfo.endCursor,
    floor,
    reading: null,
    problem: clear(state, 'LOAD'),
  };
}

function appendPage(state: InboxState, page: InboxPage): InboxState {
  // Its cursor belongs to a list that is about to be replaced.
  if (state.stale) return { ...state, reading: null };
  const floor = floorOf(page);
  let items: Record<string, InboxItem> = { ...state.items };
  for (const item of page.nodes) items[item.id] = newer(items[item.id], item);
  for (const event of state.reading?.events ?? []) {
    if (event.version > page.version) items = itemsAfter(items, event, floor);
  }
  // Neither cursor nor counts: what lies between the stream's version and this read's is still to come by the stream.
  return {
    ...state,
    ...withItems(state, items),
    hasMore: page.pageInfo.hasNextPage,
    endCursor: page.pageInfo.endCursor,
    floor,
    reading: null,
    problem: clear(state, 'LOAD'),
  };
}

function settleMark(state: InboxState, action: Extract<InboxAction, { type: 'markDone' }>): InboxState {
  const settled = state.pending.find((pending) => pending.key === action.key);
  if (!settled) return state;
  // Mark-all answers with a number, not with items: we do here what it did there; the stream brings the exact rows.
  let items = 'upToVersion' in settled.target ? markItems(state.items, settled) : state.items;
  for (const item of action.items) {
    // An unknown one has been removed meanwhile, or was never loaded.
    if (items[item.id]) items = { ...items, [item.id]: newer(items[item.id], item) };
  }
  return {
    ...state,
    ...withItems(state, items),
    // The answer has no version. If the stream spoke after the mark was sent, it has said, or will say, what holds.
    counts: settled.revision === state.revision ? action.counts : state.counts,
    pending: state.pending.filter((pending) => pending !== settled),
  };
}

/** The items after one event, whatever the cursor; the event may be a repetition. */
function itemsAfter(
  items: Readonly<Record<string, InboxItem>>,
  event: InboxEvent,
  floor: string | null,
): Record<string, InboxItem> {
  if (event.kind === 'InboxItemRemoved') {
    const { [event.itemId]: _removed, ...rest } = items;
    return rest;
  }
  if (!('item' in event)) return items;
  const { item } = event;
  // A change far below the loaded part would otherwise stand at its end with a hole before it.
  if (!items[item.id] && floor !== null && item.createdAt < floor) return items;
  const next = newer(items[item.id], item);
  return next === items[item.id] ? items : { ...items, [item.id]: next };
}

function newer(present: InboxItem | undefined, incoming: InboxItem): InboxItem {
  return present && present.version > incoming.version ? present : incoming;
}

function floorOf(page: InboxPage): string | null {
  return page.pageInfo.hasNextPage ? (page.nodes.at(-1)?.createdAt ?? null) : null;
}

function withItems(
  previous: Pick<InboxState, 'items' | 'order'>,
  items: Readonly<Record<string, InboxItem>>,
): Pick<InboxState, 'items' | 'order'> {
  if (items === previous.items) return { items, order: previous.order };
  const order = Object.values(items)
    .sort((a, b) => compare(b.createdAt, a.createdAt) || compare(b.id, a.id))
    .map((item) => item.id);
  return { items, order };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
