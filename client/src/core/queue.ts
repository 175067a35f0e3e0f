import { backoff } from './backoff.ts';
import type { Ground } from './ground.ts';
import { later } from './later.ts';
import { markAllInboxItems, markInboxItems } from './operations.ts';
import { afterMark } from './reducer.ts';
import type { Shelf } from './shelf.ts';
import type { MarkOrder, PendingMark } from './state.ts';
import { RequestError } from './transport.ts';

const most = 500;
const oldestMs = 7 * 86_400_000;

/** Carries marks out. */
export interface MarkQueue {
  /** Shows what an earlier visit has left unsent. */
  adopt(): void;
  /** Shows the mark at once and sends it. True: it was taken, or will be sent later. */
  carryOut(order: MarkOrder): Promise<boolean>;
  /** The connection is there (again): sends what waits. */
  connected(): void;
  /** No further tries. */
  pause(): unknown;
}

/**
 * What fails for want of a network stays on screen and waits, in order, on a shelf that all tabs share; whoever is
 * connected first sends it. What the server refuses is taken back.
 */
export function markQueue(ground: Ground, shelf: Shelf<readonly PendingMark[]>): MarkQueue {
  /** Which of those that wait here are on the shelf: once they are not, another tab has sent them. */
  const saved = new Set<string>();
  /** What was sent from here, should the shelf be too broken to let go of it. */
  const sent = new Set<string>();
  let sending = false;
  let failures = 0;

  const waiting = (): PendingMark[] => ground.state.pending.filter(({ queued }) => queued);

  const kept = (): PendingMark[] =>
    [shelf.get() ?? []].flat().filter(({ key, at }) => !sent.has(key) && Date.parse(at) > Date.now() - oldestMs);

  const keep = (all: PendingMark[]): boolean => shelf.set(all.length > 0 ? all : null);

  const takeBack = (key: string): void =>
    ground.put({ pending: ground.state.pending.filter((mark) => mark.key !== key) });

  function refused({ key, mark }: PendingMark, error: unknown): void {
    takeBack(key);
    // That an item was seen nobody asked for, so nobody is told that it could not be noted.
    if (mark !== 'SEEN') ground.put({ problem: 'MARK' });
    ground.tell({ type: 'error', error });
  }

  async function send(pending: PendingMark): Promise<void> {
    const { key, mark, until, target } = pending;
    const { life, state, transport } = ground;
    const { items, counts, userErrors } =
      'ids' in target
        ? (await transport.request(markInboxItems, { input: { ...target, mark, until } })).markInboxItems
        : {
            items: [],
            ...(await transport.request(markAllInboxItems, { input: { ...target, mark } })).markAllInboxItems,
          };
    const [error] = userErrors;
    if (error && 'ids' in target) {
      // One that has gone meanwhile is no reason to leave the others.
      const left = target.ids.filter((_id, index) => !userErrors.some(({ field }) => field[2] === `${index}`));
      if (left.length > 0 && left.length < target.ids.length) return send({ ...pending, target: { ids: left } });
    }
    if (error) throw new RequestError(error.code, error.message);
    if (life !== ground.life) return;
    // The answer has no version. If the stream spoke after the mark was sent, it has said, or will say, what holds.
    const latest = ground.state.revision === state.revision;
    ground.put(afterMark(ground.state, key, items, latest ? counts : null));
  }

  /** Until nothing waits. Rejects when the network has failed again. */
  async function sendAll(): Promise<void> {
    const { life } = ground;
    while (life === ground.life && ground.running) {
      const shared = kept();
      for (const { key } of waiting()) {
        if (saved.has(key) && !shared.some((mark) => mark.key === key)) takeBack(key);
      }
      const own = waiting().filter(({ key }) => !saved.has(key));
      const [next] = [...shared, ...own].sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at));
      if (!next) return;
      try {
        await send(next);
      } catch (error) {
        if (isLost(error)) throw error;
        if (life === ground.life) refused(next, error);
      }
      sent.add(next.key);
      failures = 0;
      if (life === ground.life) keep(kept());
    }
  }

  const again = later(() => flush());

  function flush(): void {
    if (sending || again.isSet() || !ground.running || ground.state.status !== 'live') return;
    if (waiting().length + kept().length === 0) return;
    sending = true;
    // Without a shelf there is nothing that two tabs could both send.
    const locks = shelf.storage ? globalThis.navigator?.locks : undefined;
    void Promise.resolve(locks ? locks.request(shelf.key, sendAll) : sendAll())
      .catch(() => again.in(backoff(failures++)))
      .then(() => {
        sending = false;
        flush();
      });
  }

  return {
    adopt() {
      try {
        const left = kept().map((mark) => ({ ...mark, queued: true }));
        for (const { key } of left) saved.add(key);
        const others = ground.state.pending.filter(({ key }) => !saved.has(key));
        if (left.length > 0) ground.put({ pending: [...left, ...others] });
      } catch {
        // They are no marks.
        shelf.set(null);
        ground.put({ pending: [] });
      }
    },
    async carryOut(order) {
      const { life } = ground;
      const key = `${Math.random()}`;
      const pending = { ...order, key, queued: false };
      // It must not overtake those that wait.
      const behind = waiting().length > 0;
      const { pending: others, problem } = ground.state;
      ground.put({ pending: [...others, pending], problem: problem === 'MARK' ? null : problem });
      try {
        if (!behind) {
          await send(pending);
          return true;
        }
      } catch (error) {
        if (life !== ground.life) return false;
        if (!isLost(error)) {
          refused(pending, error);
          return false;
        }
      }
      ground.put({
        pending: ground.state.pending.map((mark) => (mark.key === key ? { ...mark, queued: true } : mark)),
      });
      if (keep([...kept(), pending].slice(-most))) saved.add(key);
      for (const old of waiting().slice(0, -most)) takeBack(old.key);
      flush();
      return true;
    },
    connected() {
      failures = 0;
      again.cancel();
      flush();
    },
    pause: again.cancel,
  };
}

/** It did not reach the gateway, as far as can be told: nobody has refused it. */
function isLost(error: unknown): boolean {
  return !(error instanceof RequestError) || /^HTTP_50[234]$/.test(error.code);
}
