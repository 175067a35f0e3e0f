import { cache } from './cache.ts';
import { display, toastWithinMs } from './display.ts';
import type { EventStream } from './event-stream.ts';
import { grounds, type ClientEvent, type Ground, type Part } from './ground.ts';
import type { InboxList, InboxSnapshot, Watchable } from './handles.ts';
import { idBatch } from './id-batch.ts';
import { listHandles } from './list-handles.ts';
import { needsRead } from './lists.ts';
import { markItem } from './marks.ts';
import {
  inboxVersion,
  recordEngagement,
  type InboxFilter,
  type InboxItem,
  type InboxItemAction,
  type InboxMark,
  type MarkPart,
} from './operations.ts';
import { markQueue } from './queue.ts';
import { reading } from './reading.ts';
import { afterEvent, afterReset, forgotten } from './reducer.ts';
import { browserStorage, shelf } from './shelf.ts';
import { initialState, wholeList, type InboxState, type Memento, type PendingMark } from './state.ts';
import { createTransport, type InboxTransport, type TransportOptions } from './transport.ts';
import { inboxView, lay } from './view.ts';
import { onWake } from './wake.ts';
import { watched } from './watched.ts';

/** How an inbox is held, whatever the wire. */
export interface InboxSettings {
  /** The endpoint's address; with `recipient` it says whose the offline cache is. */
  readonly url?: string;
  /** The host's own id of who is signed in. Name it where several people use one browser. */
  readonly recipient?: string | undefined;
  /** Items per list read, 1 … 100; 20 by default. */
  readonly pageSize?: number | undefined;
  /** Keeps the list and marks that could not be sent; the browser's localStorage by default. Null: nothing is kept. */
  readonly storage?: Storage | null | undefined;
}

/** Where the inbox is, and how it is held. */
export interface InboxClientOptions extends TransportOptions, InboxSettings {
  readonly url: string;
  /** Where the person is on; it is said with the connection. `WEB` by default. */
  readonly platform?: 'WEB' | 'MOBILE' | undefined;
}

/**
 * One person's inbox without a user interface: it connects, keeps lists and counts right, and carries marks out. It
 * and its lists have the shape that `useSyncExternalStore` wants, and work without React just as well.
 */
export interface InboxClient extends Watchable<InboxSnapshot> {
  /** The list of a filter; the same object for an equal one. */
  list(filter?: InboxFilter): InboxList;
  /** Has the listener called for what happens. Returns the function that stops it. */
  on(listener: (event: ClientEvent) => void): () => void;
  /** Connects; the person is online from now on. A second call does nothing. */
  start(): void;
  /** Disconnects; what was loaded stays, and `start` goes on from there. */
  stop(): void;
  /** Tries at once what would be tried again later: the connection, and lists that could not be read. */
  retry(): void;
  /** Throws away what is kept in the browser, as when the person signs out; nothing more is kept until the next start. */
  forget(): void;
  /**
   * Marks items at once on screen and then on the server. False: it was not taken, and what was shown is taken back.
   * What cannot be sent now is sent later. `until`: of SNOOZED, within a year.
   */
  mark(ids: readonly string[], mark: InboxMark, options?: { readonly until?: Date | string }): Promise<boolean>;
  /** Marks everything up to the last version heard of, so that what comes in meanwhile stays untouched. As `mark`. */
  markAll(mark: InboxMark, part?: MarkPart): Promise<boolean>;
  /** The item was visible in a list: it will be marked SEEN, together with its neighbours. */
  seen(id: string): void;
  /** Somebody follows the item's link (null) or presses one of its buttons: it is read, and the sender hears of it. */
  press(item: InboxItem, action: InboxItemAction | null): void;
  /** The item's toast is on screen: this is what the server is waiting for. */
  toastShown(id: string): void;
  /** The toast is gone; the item stays as it is. */
  closeToast(id: string): void;
  /** Toasts are shown here from now on: of tabs that share a connection only such a one is given any. Returns the function that ends it. */
  showsToasts(): () => void;
}

const seenWindowMs = 400;
const mostMarked = 100;

/** An inbox over any wire. Nothing is connected before `start`. */
export function openInbox(transport: InboxTransport, settings: InboxSettings = {}): InboxClient {
  const { url = '', recipient = 'me', pageSize = 20 } = settings;
  const listeners = new Set<(event: ClientEvent) => void>();
  const toasters = new Set<object>();
  let stream: EventStream | null = null;
  let stay = new AbortController();

  const ground: Ground = {
    transport,
    parts: new Set(),
    state: initialState,
    laid: lay(initialState),
    life: 0,
    running: false,
    put(change) {
      const { items, pending } = ground.state;
      const next = { ...ground.state, ...change };
      ground.state = next;
      if (next.items !== items || next.pending !== pending) ground.laid = lay(next);
      each('refresh');
    },
    tell(event) {
      for (const listener of listeners) listener(event);
    },
  };
  const whole = watched(() => inboxView(ground.state, ground.laid));
  const reader = reading(ground, pageSize);
  const lists = listHandles(ground, reader);
  const listShelf = shelf<Memento>(`tidings:${url}`, recipient);
  const markShelf = shelf<readonly PendingMark[]>(`tidings:${url}:marks`, recipient);
  const kept = cache(ground, listShelf);
  const queue = markQueue(ground, markShelf);
  const each = (what: keyof Part): void => {
    for (const part of ground.parts) part[what]?.();
  };
  for (const part of [whole, lists, kept, reader, queue]) ground.parts.add(part);
  const screen = display(transport);
  const seenBatch = idBatch(seenWindowMs, (ids) => {
    void client.mark(
      ids.filter((id) => ground.state.items[id]),
      'SEEN',
    );
  });
  const toasts = (change: (all: InboxState['toasts']) => InboxState['toasts']): void =>
    ground.put({ toasts: change(ground.state.toasts) });
  const now = (): string => new Date(transport.serverNow()).toISOString();

  async function versionToResumeAfter(): Promise<number> {
    let history = -1;
    if (ground.state.version >= 0) {
      history = (await transport.request(inboxVersion, {})).inbox.version;
      // Lower than ours: the server has been set back, and what we hold is of another history.
      if (history < ground.state.version) ground.put(afterReset(ground.state, history));
    }
    await reader.catchUp();
    const { version, lists: all } = ground.state;
    const list = all[wholeList];
    if (!list || needsRead(list)) throw new Error('The list could not be read');
    screen.connectedAt(Math.max(history, version));
    return version;
  }

  const client: InboxClient = {
    getSnapshot: whole.getSnapshot,
    subscribe: whole.subscribe,
    list: (filter = {}) => lists.of(filter),
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      if (stream) return;
      ground.running = true;
      // Who is somebody else than the host said has no place in what is kept for that person.
      if (ground.life === 0) {
        const { storage = browserStorage() } = settings;
        listShelf.storage = markShelf.storage = storage;
      }
      kept.restore();
      queue.adopt();
      stay = new AbortController();
      onWake(() => {
        const late = Date.now() - toastWithinMs;
        toasts((all) => all.filter(({ shown, at }) => shown || at >= late));
      }, stay.signal);
      stream = transport.events({
        before: versionToResumeAfter,
        failed: (error) => ground.tell({ type: 'error', error }),
        showsToasts: () => toasters.size > 0,
        status(status) {
          ground.put({ status });
          if (status === 'live') each('connected');
        },
        event(event, toast) {
          // Not a repetition. That a list was read a moment ago and has it already makes it no less new.
          const news = screen.isNews(event) && event.version > ground.state.version ? event.item : null;
          ground.put(afterEvent(ground.state, event, toast && news?.toast ? Date.now() : null));
          if (news) ground.tell({ type: 'notification', item: news });
        },
        // The next read says where to go on from.
        missed: () => ground.put(afterReset(ground.state, -1)),
        userChanged() {
          ground.life += 1;
          client.forget();
          screen.connectedAt(-1);
          each('forget');
          ground.put(forgotten(ground.state));
          ground.tell({ type: 'userChanged' });
        },
      });
    },
    stop() {
      stream?.stop();
      stream = null;
      stay.abort();
      seenBatch.flush();
      ground.running = false;
      each('pause');
      ground.put({ status: 'offline' });
      kept.flush();
    },
    retry() {
      stream?.retry();
      void reader.catchUp();
    },
    forget() {
      for (const place of [listShelf, markShelf]) {
        place.set(null);
        place.storage = null;
      }
    },
    async mark(ids, mark, { until } = {}) {
      const order = { mark, at: now(), ...(until && { until: new Date(until).toISOString() }) };
      const worth = ids.filter((id) => {
        const item = ground.laid[id];
        return item === undefined || (item && markItem(item, order) !== item);
      });
      const taken: Promise<boolean>[] = [];
      while (worth.length > 0) taken.push(queue.carryOut({ ...order, target: { ids: worth.splice(0, mostMarked) } }));
      return !(await Promise.all(taken)).includes(false);
    },
    markAll(mark, part) {
      const upToVersion = Math.max(0, ground.state.version);
      return queue.carryOut({ mark, at: now(), target: { ...part, upToVersion } });
    },
    seen: (id) => seenBatch.add(id),
    press({ id }, action) {
      void client.mark([id], 'READ');
      transport.request(recordEngagement, { id, kind: action ? 'ACTED' : 'CLICKED' }).catch(() => {
        // Nothing that the person did depends on it.
      });
    },
    toastShown(id) {
      toasts((all) => all.map((toast) => (toast.id === id ? { ...toast, shown: true } : toast)));
      screen.shown(id);
    },
    closeToast: (id) => toasts((all) => all.filter((toast) => toast.id !== id)),
    showsToasts() {
      const toaster = {};
      toasters.add(toaster);
      stream?.turned?.();
      return () => {
        toasters.delete(toaster);
        stream?.turned?.();
      };
    },
  };
  grounds.set(client, ground);
  return client;
}

/** The inbox over the real wire. Nothing is connected before `start`. */
export function createInboxClient(options: InboxClientOptions): InboxClient {
  return openInbox(createTransport(options), options);
}
