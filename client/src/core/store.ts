import { backoff } from './backoff.ts';
import { Display, toastWithinMs } from './display.ts';
import type { EventStream } from './event-stream.ts';
import { IdBatch } from './id-batch.ts';
import { markItem } from './marks.ts';
import { inboxPage, inboxVersion, markAllInboxItems, markInboxItems, type InboxMark } from './operations.ts';
import { reduce } from './reducer.ts';
import { initialState, type InboxAction, type InboxState, type PendingMark, type ReadKind } from './state.ts';
import { createTransport, type InboxTransport, type TransportOptions } from './transport.ts';
import { viewOf, type InboxSnapshot } from './view.ts';
import { onWake } from './wake.ts';

/** Where the inbox is; `pageSize`: items per list read, 1 … 100, 20 by default. */
export interface InboxClientOptions extends TransportOptions {
  readonly pageSize?: number;
}

const seenWindowMs = 400;
const longestPage = 100;

/**
 * One person's inbox without a user interface: it connects, keeps the list and the counts right, and carries marks
 * out. It has the shape that `useSyncExternalStore` wants and works without React just as well.
 */
export class InboxClient {
  private state: InboxState = initialState;
  private snapshot: InboxSnapshot = viewOf(initialState);
  private readonly listeners = new Set<() => void>();
  private readonly display: Display;
  private readonly seenBatch = new IdBatch(seenWindowMs, (ids) => void this.mark(ids, 'SEEN'));
  private stream: EventStream | null = null;
  private unwake = (): void => {};
  private reading: Promise<void> = Promise.resolve();
  private reloadFailures = 0;
  private reloadTimer: ReturnType<typeof setTimeout> | undefined;
  private loadingMore = false;
  private nextKey = 1;

  constructor(
    private readonly transport: InboxTransport,
    private readonly pageSize = 20,
  ) {
    this.display = new Display(transport);
  }

  /** Calls the listener after every change of the snapshot. Returns the function that stops it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The inbox as it is to be shown; the same object until something changes. */
  readonly getSnapshot = (): InboxSnapshot => this.snapshot;

  /** Connects; the person is online from now on. A second call does nothing. */
  start(): void {
    if (this.stream) return;
    this.unwake = onWake(() => this.dispatch({ type: 'toastsLate', before: Date.now() - toastWithinMs }));
    this.stream = this.transport.events({
      before: () => this.versionToResumeAfter(),
      status: (status) => this.dispatch({ type: 'status', status }),
      event: (event) => {
        this.dispatch({ type: 'event', event, toastAt: this.display.isNews(event) ? Date.now() : null });
        this.reloadIfStale();
      },
    });
  }

  /** Disconnects; what was loaded stays, and `start` goes on from there. */
  stop(): void {
    this.stream?.stop();
    this.stream = null;
    this.unwake();
    clearTimeout(this.reloadTimer);
    this.reloadTimer = undefined;
    this.seenBatch.flush();
    this.dispatch({ type: 'status', status: 'offline' });
  }

  /** Tries at once what would be tried again later: the connection, and a list that could not be read. */
  retry(): void {
    this.stream?.retry();
    if (this.state.problem === 'LOAD') void this.read('first').catch(() => {});
  }

  /** Reads the next page, if there is one. Failures show in `problem`. */
  async loadMore(): Promise<void> {
    if (this.loadingMore || this.state.reading || !this.state.hasMore) return;
    this.loadingMore = true;
    await this.read('more').catch(() => {});
    this.loadingMore = false;
  }

  /** Marks items at once on screen and then on the server. False: it was not taken, and what was shown is taken back. */
  async mark(ids: readonly string[], mark: InboxMark): Promise<boolean> {
    const at = new Date().toISOString();
    const worth = ids.filter((id) => {
      const item = this.state.items[id];
      return !item || this.state.pending.length > 0 || markItem(item, mark, at) !== item;
    });
    if (worth.length === 0) return true;
    return this.carryOut({ mark, target: { ids: worth } }, async () => {
      const { markInboxItems: answer } = await this.transport.request(markInboxItems, { ids: worth, mark });
      return answer;
    });
  }

  /** Marks everything up to the last version seen, so that what comes in meanwhile stays untouched. As `mark`. */
  async markAll(mark: InboxMark): Promise<boolean> {
    const upToVersion = this.state.version;
    return this.carryOut({ mark, target: { upToVersion } }, async () => {
      const { markAllInboxItems: answer } = await this.transport.request(markAllInboxItems, { mark, upToVersion });
      return { ...answer, items: [] };
    });
  }

  /** The item was visible in the list: it will be marked SEEN, together with its neighbours. */
  seen(id: string): void {
    this.seenBatch.add(id);
  }

  /** The item's toast is on screen: this is what the server is waiting for. */
  toastShown(id: string): void {
    this.dispatch({ type: 'toastShown', id });
    this.display.shown(id);
  }

  /** The toast is gone; the item stays as it is. */
  closeToast(id: string): void {
    this.dispatch({ type: 'toastClosed', id });
  }

  private async carryOut(
    what: Pick<PendingMark, 'mark' | 'target'>,
    send: () => Promise<
      Pick<Extract<InboxAction, { type: 'markDone' }>, 'items' | 'counts'> & { userErrors: unknown[] }
    >,
  ): Promise<boolean> {
    const key = this.nextKey++;
    const pending: PendingMark = { ...what, key, at: new Date().toISOString(), revision: this.state.revision };
    this.dispatch({ type: 'markStarted', pending });
    try {
      const { items, counts, userErrors } = await send();
      if (userErrors.length > 0) throw new Error('The mark was not taken');
      this.dispatch({ type: 'markDone', key, items, counts });
      return true;
    } catch {
      // That an item was seen nobody asked for, so nobody is told that it could not be noted.
      this.dispatch({ type: 'markFailed', key, quiet: what.mark === 'SEEN' });
      return false;
    }
  }

  private async versionToResumeAfter(): Promise<number> {
    if (!this.state.loaded || this.state.stale) {
      await this.read('first');
    } else {
      const { inbox } = await this.transport.request(inboxVersion, {});
      this.display.connectedAt(inbox.version);
      // Lower than ours: the server has been set back, and what we hold is of another history.
      if (inbox.version < this.state.version) await this.read('first');
      else return this.state.version;
    }
    this.display.connectedAt(this.state.version);
    return this.state.version;
  }

  /** One list read at a time: two answers that overtake each other would make the older one the last word. */
  private read(kind: ReadKind): Promise<void> {
    const turn = this.reading.then(() => this.readNow(kind));
    this.reading = turn.catch(() => {});
    return turn;
  }

  private async readNow(kind: ReadKind): Promise<void> {
    const more = kind === 'more';
    const first = more ? this.pageSize : Math.min(longestPage, Math.max(this.pageSize, this.state.order.length));
    this.dispatch({ type: 'readStarted', kind });
    try {
      const after = more ? this.state.endCursor : null;
      const { inbox } = await this.transport.request(inboxPage, { first, after });
      this.dispatch({ type: 'readDone', page: inbox });
    } catch (error) {
      this.dispatch({ type: 'readFailed' });
      throw error;
    }
  }

  private reloadIfStale(): void {
    if (!this.state.stale || !this.stream || this.reloadTimer !== undefined) return;
    this.reloadTimer = setTimeout(
      () => {
        void this.read('first').then(
          () => this.reloadEnded(0),
          () => this.reloadEnded(this.reloadFailures + 1),
        );
      },
      this.reloadFailures === 0 ? 0 : backoff(this.reloadFailures - 1),
    );
  }

  private reloadEnded(failures: number): void {
    this.reloadFailures = failures;
    this.reloadTimer = undefined;
    this.reloadIfStale();
  }

  private dispatch(action: InboxAction): void {
    const next = reduce(this.state, action);
    if (next === this.state) return;
    this.state = next;
    this.snapshot = viewOf(next);
    for (const listener of this.listeners) listener();
  }
}

/** The inbox over the real wire. Nothing is connected before `start`. */
export function createInboxClient(options: InboxClientOptions): InboxClient {
  return new InboxClient(createTransport(options), options.pageSize);
}
