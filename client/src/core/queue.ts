import { backoff } from './backoff.ts';
import type { Ground } from './ground.ts';
import { markAllInboxItems, markInboxItems } from './operations.ts';
import type { Shelf } from './shelf.ts';
import type { MarkOrder, PendingMark } from './state.ts';
import { RequestError } from './transport.ts';

const most = 500;
const oldestMs = 7 * 86_400_000;

/**
 * Carries marks out. What fails for want of a network stays on screen and waits, in order, in a storage that all tabs
 * share; whoever is connected first sends it. What the server refuses is taken back.
 */
export class MarkQueue {
  /** Which of those that wait here are in the storage: once they are not, another tab has sent them. */
  private readonly saved = new Set<string>();
  /** What was sent from here, should the storage be too broken to let go of it. */
  private readonly sent = new Set<string>();
  private sending = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ground: Ground,
    private readonly shelf: Shelf<readonly PendingMark[]>,
  ) {}

  /** Shows what an earlier visit has left unsent. */
  adopt(): void {
    for (const kept of this.kept()) {
      this.saved.add(kept.key);
      if (!this.ground.state.pending.some(({ key }) => key === kept.key)) {
        this.ground.dispatch({ type: 'markStarted', pending: { ...kept, queued: true } });
      }
    }
  }

  /** Shows the mark at once and sends it. True: it was taken, or will be sent later. */
  async carryOut(order: MarkOrder): Promise<boolean> {
    const { ground } = this;
    const { life } = ground;
    const key = `${Date.now().toString(36)}${Math.random()}`;
    const pending: PendingMark = { ...order, key, queued: false };
    // It must not overtake those that wait.
    const behind = this.waiting().length > 0;
    ground.dispatch({ type: 'markStarted', pending });
    if (!behind) {
      try {
        await this.send(pending);
        return true;
      } catch (error) {
        if (life !== ground.life) return false;
        if (!isLost(error)) {
          this.refused(pending, error);
          return false;
        }
      }
    }
    this.keep(pending);
    this.flush();
    return true;
  }

  /** Sends what waits, if there is a connection. */
  flush(): void {
    const { state, running } = this.ground;
    if (this.sending || this.timer !== undefined || !running || state.status !== 'live') return;
    if (this.waiting().length + this.kept().length === 0) return;
    this.sending = true;
    const work = (): Promise<void> => this.sendAll();
    // Without a storage there is nothing that two tabs could both send.
    const locks = this.shelf.storage && typeof navigator !== 'undefined' ? navigator.locks : undefined;
    void (locks ? locks.request(this.shelf.key, work) : work())
      .catch(() => {
        this.timer = setTimeout(() => {
          this.timer = undefined;
          this.flush();
        }, backoff(this.failures++));
      })
      .finally(() => {
        this.sending = false;
        this.flush();
      });
  }

  /** The connection is there (again): no further waiting. */
  connected(): void {
    this.failures = 0;
    this.pause();
    this.flush();
  }

  pause(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Until nothing waits. Rejects when the network has failed again. */
  private async sendAll(): Promise<void> {
    const { ground } = this;
    const { life } = ground;
    for (;;) {
      const kept = this.kept();
      const unsaved = this.waiting().filter((pending) => {
        const gone = this.saved.has(pending.key) ? !kept.some(({ key }) => key === pending.key) : isOld(pending);
        if (gone) ground.dispatch({ type: 'markFailed', key: pending.key, quiet: true });
        return !gone && !this.saved.has(pending.key);
      });
      const [next] = [...kept, ...unsaved].sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at));
      if (!next || !ground.running) return;
      try {
        await this.send(next);
        if (life !== ground.life) return;
      } catch (error) {
        if (life !== ground.life) return;
        if (isLost(error)) throw error;
        this.refused(next, error);
      }
      this.sent.add(next.key);
      this.put(this.kept().filter(({ key }) => key !== next.key));
      this.failures = 0;
    }
  }

  private async send({ key, mark, until, target }: PendingMark): Promise<void> {
    const { ground } = this;
    const { life, transport } = ground;
    const { revision } = ground.state;
    const answer =
      'ids' in target
        ? (await transport.request(markInboxItems, { input: { ...target, mark, until } })).markInboxItems
        : {
            items: [],
            ...(await transport.request(markAllInboxItems, { input: { ...target, mark } })).markAllInboxItems,
          };
    const [error] = answer.userErrors;
    if (error) throw new RequestError(error.code, error.message);
    if (life !== ground.life) return;
    // The answer has no version. If the stream spoke after the mark was sent, it has said, or will say, what holds.
    const counts = revision === ground.state.revision ? answer.counts : null;
    ground.dispatch({ type: 'markDone', key, items: answer.items, counts });
  }

  private refused({ key, mark }: PendingMark, error: unknown): void {
    // That an item was seen nobody asked for, so nobody is told that it could not be noted.
    this.ground.dispatch({ type: 'markFailed', key, quiet: mark === 'SEEN' });
    this.ground.tell({ type: 'error', error });
  }

  private keep(pending: PendingMark): void {
    this.ground.dispatch({ type: 'markQueued', key: pending.key });
    if (this.put([...this.kept(), pending].slice(-most))) this.saved.add(pending.key);
    const [oldest] = this.waiting().slice(0, -most);
    if (oldest) this.ground.dispatch({ type: 'markFailed', key: oldest.key, quiet: true });
  }

  private waiting(): readonly PendingMark[] {
    return this.ground.state.pending.filter(({ queued }) => queued);
  }

  private kept(): readonly PendingMark[] {
    const kept = this.shelf.get();
    return Array.isArray(kept) ? kept.filter((pending) => !this.sent.has(pending.key) && !isOld(pending)) : [];
  }

  private put(kept: readonly PendingMark[]): boolean {
    if (kept.length > 0) return this.shelf.set(kept);
    this.shelf.clear();
    return true;
  }
}

function isOld({ at }: PendingMark): boolean {
  return !(Date.parse(at) > Date.now() - oldestMs);
}

/** It did not reach the gateway, as far as can be told: nobody has refused it. */
function isLost(error: unknown): boolean {
  return !(error instanceof RequestError) || /^HTTP_50[234]$/.test(error.code);
}
