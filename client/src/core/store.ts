import { Cache } from './cache.ts';
import { Display, toastWithinMs } from './display.ts';
import { Engine } from './engine.ts';
import type { ConnectionStatus, EventStream } from './event-stream.ts';
import { plainFilter, filterKey } from './filters.ts';
import type { ClientEvent } from './ground.ts';
import type { CountsHandle, InboxList, InboxSnapshot, PreferencesHandle } from './handles.ts';
import { IdBatch } from './id-batch.ts';
import { needsRead } from './lists.ts';
import { ListHandles } from './list-handles.ts';
import { markItem } from './marks.ts';
import {
  inboxVersion,
  recordEngagement,
  type InboxEvent,
  type InboxFilter,
  type InboxItem,
  type InboxItemAction,
  type InboxMark,
  type MarkPart,
} from './operations.ts';
import { PartCounts } from './part-counts.ts';
import { PreferencesPart } from './preferences.ts';
import { MarkQueue } from './queue.ts';
import { Reading } from './reading.ts';
import { browserStorage, Shelf } from './shelf.ts';
import { wholeList, type InboxAction, type Memento, type PendingMark } from './state.ts';
import { createTransport, type InboxTransport, type TransportOptions } from './transport.ts';
import { inboxView } from './view.ts';
import { onWake } from './wake.ts';
import { Watched } from './watched.ts';

/** How an inbox is held, whatever the wire. */
export interface InboxSettings {
  /** The endpoint's address; with `recipient` it says whose the offline cache is. */
  readonly url?: string;
  /** The host's own id of who is signed in. Name it where several people use one browser. */
  readonly recipient?: string;
  /** Items per list read, 1 … 100; 20 by default. */
  readonly pageSize?: number;
  /** Keeps the list and marks that could not be sent; the browser's localStorage by default. Null: nothing is kept. */
  readonly storage?: Storage | null;
}

/** Where the inbox is, and how it is held. */
export interface InboxClientOptions extends TransportOptions, InboxSettings {
  readonly url: string;
  /** Where the person is on; it is said with the connection. `WEB` by default. */
  readonly platform?: 'WEB' | 'MOBILE';
  /** One connection for all tabs of the browser; true by default. */
  readonly crossTab?: boolean;
}

const seenWindowMs = 400;
const mostMarked = 100;
const countsWithinMs = 300;

/**
 * One person's inbox without a user interface: it connects, keeps lists and counts right, and carries marks out. It
 * and its lists have the shape that `useSyncExternalStore` wants, and work without React just as well.
 */
export class InboxClient {
  /** What the person wants to be told, and how. */
  readonly preferences: PreferencesHandle;
  private readonly engine: Engine;
  private readonly whole: Watched<InboxSnapshot>;
  private readonly lists: ListHandles;
  private readonly parts: PartCounts;
  private readonly wishes: PreferencesPart;
  private readonly reading: Reading;
  private readonly shelves: readonly [Shelf<Memento>, Shelf<readonly PendingMark[]>];
  private readonly cache: Cache;
  private readonly queue: MarkQueue;
  private readonly display: Display;
  private readonly seenBatch: IdBatch;
  private stream: EventStream | null = null;
  private unwake = (): void => {};

  constructor(
    private readonly transport: InboxTransport,
    private readonly settings: InboxSettings = {},
  ) {
    const { url = '', recipient = 'me', pageSize = 20 } = settings;
    this.engine = new Engine(
      transport,
      () => [this.whole, ...this.lists.all(), ...this.parts.all()],
      (action) => this.changed(action),
    );
    this.whole = new Watched(() => inboxView(this.engine.state, this.engine.laid));
    this.reading = new Reading(this.engine, pageSize);
    this.lists = new ListHandles(this.engine, this.reading);
    this.parts = new PartCounts(this.engine);
    this.preferences = this.wishes = new PreferencesPart(this.engine);
    this.shelves = [new Shelf(`tidings:${url}`, recipient), new Shelf(`tidings:${url}:marks`, recipient)];
    this.cache = new Cache(this.engine, this.shelves[0]);
    this.queue = new MarkQueue(this.engine, this.shelves[1]);
    this.display = new Display(transport);
    this.seenBatch = new IdBatch(seenWindowMs, (ids) => {
      void this.mark(
        ids.filter((id) => this.engine.state.items[id]),
        'SEEN',
      );
    });
  }

  /** Calls the listener after every change of the snapshot. Returns the function that stops it. */
  readonly subscribe = (listener: () => void): (() => void) => this.whole.subscribe(listener);

  /** What is true of the whole inbox; the same object until something changes. */
  readonly getSnapshot = (): InboxSnapshot => this.whole.getSnapshot();

  /** The list of a filter; the same object for an equal one. */
  list(filter: InboxFilter = {}): InboxList {
    return this.lists.of(filterKey(filter), plainFilter(filter));
  }

  /** Exact counts of parts of the inbox, as for tabs. */
  counts(filters: readonly InboxFilter[]): CountsHandle {
    return this.parts.of(filters);
  }

  /** Has the listener called for what happens. Returns the function that stops it. */
  on(listener: (event: ClientEvent) => void): () => void {
    const { listeners } = this.engine;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Connects; the person is online from now on. A second call does nothing. */
  start(): void {
    if (this.stream) return;
    const { engine } = this;
    engine.running = true;
    // Who is somebody else than the host said has no place in what is kept for that person.
    if (engine.life === 0) {
      const { storage = browserStorage() } = this.settings;
      for (const shelf of this.shelves) shelf.storage = storage;
    }
    this.cache.restore();
    this.queue.adopt();
    this.unwake = onWake(() => engine.dispatch({ type: 'toastsLate', before: Date.now() - toastWithinMs }));
    this.stream = this.transport.events({
      before: () => this.versionToResumeAfter(),
      status: (status) => this.statusIs(status),
      event: (event, toast) => this.heard(event, toast),
      missed: () => engine.dispatch({ type: 'reset', version: engine.state.version }),
      userChanged: () => this.userChanged(),
    });
  }

  /** Disconnects; what was loaded stays, and `start` goes on from there. */
  stop(): void {
    this.stream?.stop();
    this.stream = null;
    this.unwake();
    this.seenBatch.flush();
    this.engine.running = false;
    for (const part of [this.reading, this.queue, this.parts]) part.pause();
    this.engine.dispatch({ type: 'status', status: 'offline' });
    this.cache.flush();
  }

  /** Tries at once what would be tried again later: the connection, and lists that could not be read. */
  retry(): void {
    this.stream?.retry();
    void this.reading.catchUp();
  }

  /** Throws away what is kept in the browser, as when the person signs out; nothing more is kept until the next start. */
  forget(): void {
    for (const shelf of this.shelves) shelf.close();
  }

  /**
   * Marks items at once on screen and then on the server. False: it was not taken, and what was shown is taken back.
   * What cannot be sent now is sent later. `until`: of SNOOZED, within a year.
   */
  async mark(ids: readonly string[], mark: InboxMark, { until }: { until?: Date | string } = {}): Promise<boolean> {
    const order = { mark, at: this.now(), ...(until && { until: new Date(until).toISOString() }) };
    const worth = ids.filter((id) => {
      const item = this.engine.laid[id];
      return item === undefined || (item && markItem(item, order) !== item);
    });
    const taken: Promise<boolean>[] = [];
    for (let from = 0; from < worth.length; from += mostMarked) {
      taken.push(this.queue.carryOut({ ...order, target: { ids: worth.slice(from, from + mostMarked) } }));
    }
    return (await Promise.all(taken)).every(Boolean);
  }

  /** Marks everything up to the last version heard of, so that what comes in meanwhile stays untouched. As `mark`. */
  markAll(mark: InboxMark, part: MarkPart = {}): Promise<boolean> {
    const upToVersion = Math.max(0, this.engine.state.version);
    return this.queue.carryOut({ mark, at: this.now(), target: { ...part, upToVersion } });
  }

  /** The item was visible in a list: it will be marked SEEN, together with its neighbours. */
  seen(id: string): void {
    this.seenBatch.add(id);
  }

  /** Somebody follows the item's link (null) or presses one of its buttons: it is read, and the sender hears of it. */
  press(item: InboxItem, action: InboxItemAction | null): void {
    void this.mark([item.id], 'READ');
    const kind = action ? 'ACTED' : 'CLICKED';
    this.transport.request(recordEngagement, { id: item.id, kind }).catch(() => {
      // Nothing that the person did depends on it.
    });
  }

  /** The item's toast is on screen: this is what the server is waiting for. */
  toastShown(id: string): void {
    this.engine.dispatch({ type: 'toastShown', id });
    this.display.shown(id);
  }

  /** The toast is gone; the item stays as it is. */
  closeToast(id: string): void {
    this.engine.dispatch({ type: 'toastClosed', id });
  }

  private now(): string {
    return new Date(this.transport.serverNow()).toISOString();
  }

  private async versionToResumeAfter(): Promise<number> {
    const { engine, display } = this;
    let history = -1;
    if (engine.state.version >= 0) {
      history = (await this.transport.request(inboxVersion, {})).inbox.version;
      // Lower than ours: the server has been set back, and what we hold is of another history.
      if (history < engine.state.version) engine.dispatch({ type: 'reset', version: history });
    }
    await this.reading.catchUp();
    const { version, lists } = engine.state;
    const whole = lists[wholeList];
    if (!whole || needsRead(whole)) throw new Error('The list could not be read');
    display.connectedAt(Math.max(history, version));
    return version;
  }

  private statusIs(status: ConnectionStatus): void {
    this.engine.dispatch({ type: 'status', status });
    if (status !== 'live') return;
    this.queue.connected();
    this.parts.askSoon(0);
  }

  private heard(event: InboxEvent, toast: boolean): void {
    const { engine } = this;
    const news = this.display.isNews(event) && engine.state.items[event.item.id] === undefined ? event.item : null;
    engine.dispatch({ type: 'event', event, toastAt: toast && news?.toast ? Date.now() : null });
    if (news) engine.tell({ type: 'notification', item: news });
  }

  /** Nothing that was asked, kept or shown is theirs. */
  private userChanged(): void {
    const { engine } = this;
    engine.life += 1;
    this.forget();
    this.display.connectedAt(-1);
    this.parts.forget();
    engine.dispatch({ type: 'forgotten' });
    this.wishes.forget();
    engine.tell({ type: 'userChanged' });
  }

  private changed({ type }: InboxAction): void {
    this.cache.touch();
    this.reading.keepUp(type === 'readFailed' ? 1 : 0);
    if (type === 'event' || type === 'reset' || type === 'markDone' || type === 'readDone') {
      this.parts.askSoon(countsWithinMs);
    }
  }
}

/** The inbox over the real wire. Nothing is connected before `start`. */
export function createInboxClient(options: InboxClientOptions): InboxClient {
  return new InboxClient(createTransport(options), options);
}
