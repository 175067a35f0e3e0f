import { watchAttention, type Attention } from './attention.ts';
import { backoff } from './backoff.ts';
import { openEventStream, type EventStream } from './event-stream.ts';
import { openPageStream, type StreamWire } from './page-stream.ts';
import { clientName, leaseOf, reportPresence } from './presence.ts';
import { follow } from './tab-follower.ts';
import { lead } from './tab-leader.ts';
import type { Seat, TabMessage, TabRole } from './tab-seat.ts';
import { personOf } from './token.ts';

/**
 * How often a tab asks whether the leader is there; one that was silent from one time to the next is robbed of the
 * lock. Only who asks needs a timer: messages are not slowed down in hidden tabs, so the leader's answer comes at once.
 */
const checkEveryMs = 15_000;

const nobody: Attention = { visible: true, focused: true, usedAt: 0, toasts: true };

/**
 * One socket for all tabs of a person: the tab that holds a lock has it and tells the others. One of them shows a toast,
 * and how present the person is in all of them is reported. Without locks or channels, or when it is not known whose
 * inbox it is, a tab has a socket of its own.
 */
export function sharedTabs(wire: StreamWire): EventStream {
  const { tokens, handlers, url, recipient, platform, request } = wire;
  const inWindow = typeof document !== 'undefined';
  /** From entering the group to leaving it; null while the page is frozen or gone. */
  let stay: AbortController | null = null;
  let role: TabRole | null = null;
  let group = '';
  let channel: BroadcastChannel | undefined;
  /** Takes back the wish to lead. */
  let queue: AbortController | undefined;
  let release = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let yielded = false;

  const seat: Seat = {
    id: Math.random().toString(36).slice(2),
    handlers,
    at: null,
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin than its own
    say: (message) => channel?.postMessage(message),
    attention: () => nobody,
  };

  const drop = (gone = false): void => {
    role?.stop(gone);
    role = null;
    queue?.abort();
    release();
  };

  const beLeader = (): void => {
    drop();
    role = lead(seat, {
      open: (socket) => openEventStream({ ...wire, handlers: socket }),
      now: wire.serverNow,
      report: inWindow
        ? (state) =>
            request(reportPresence, {
              input: { platform, client: clientName(seat.id), state, expiresIn: leaseOf(state) },
            })
        : null,
      refused(live) {
        // Once each until one was let in again: with dead tokens everywhere the lead does not go round and round.
        if (yielded && !live) return;
        yielded = true;
        beFollower();
      },
    });
  };

  const beFollower = (): void => {
    drop();
    role = follow(seat);
    queue = new AbortController();
    seek({ signal: queue.signal });
  };

  const seek = (wish: LockOptions): void => {
    const signal = stay?.signal;
    navigator.locks
      .request(group, wish, (lock): Promise<void> | undefined => {
        if (signal?.aborted) return undefined;
        if (!lock) {
          beFollower();
          return undefined;
        }
        // Granted, it is no wish any more that could be taken back.
        queue = undefined;
        beLeader();
        return new Promise((resolve) => {
          release = resolve;
        });
      })
      .catch(() => {
        if (signal?.aborted || wish.signal?.aborted) return;
        // Robbed: somebody thought that this tab hangs.
        if (role) beFollower();
        else beAlone();
      });
  };

  const beAlone = (): void => {
    channel?.close();
    channel = undefined;
    beLeader();
  };

  /** Tabs share what is of one person. Who that is says the token. */
  const identify = async (): Promise<void> => {
    const signal = stay?.signal;
    clearTimeout(timer);
    try {
      const person = personOf(await tokens.fresh()) ?? recipient;
      if (signal?.aborted || role || channel) return;
      failures = 0;
      if (person === undefined) {
        beAlone();
        return;
      }
      group = `tidings-inbox 2 ${JSON.stringify([url, person, recipient])}`;
      channel = new BroadcastChannel(group);
      channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
        if (data.kind !== 'changed') role?.hear(data);
        // Its own token tells it, and then this tab goes the same way.
        else tokens.renew().catch(() => {});
      });
      seek({ ifAvailable: true });
    } catch (error) {
      if (signal?.aborted) return;
      handlers.failed(error);
      handlers.status('offline');
      timer = setTimeout(() => void identify(), backoff(failures++));
    }
  };

  const turned = (): void => role?.turned();
  const retry = (): void => {
    if (role) role.retry();
    else if (stay) void identify();
  };

  const enter = (): void => {
    if (stay) return;
    stay = new AbortController();
    const { signal } = stay;
    if (!inWindow) {
      beAlone();
      return;
    }
    const look = watchAttention(turned, signal);
    seat.attention = () => ({ ...look(), toasts: handlers.showsToasts() });
    const checks = setInterval(() => {
      if (role?.check() !== false) return;
      queue?.abort();
      seek({ steal: true });
    }, checkEveryMs);
    signal.addEventListener('abort', () => clearInterval(checks));
    if (!('locks' in navigator && 'BroadcastChannel' in window)) {
      beAlone();
      return;
    }
    handlers.status('connecting');
    void identify();
  };

  return openPageStream(wire, {
    enter,
    retry,
    turned,
    leave(why) {
      if (why === 'changed') {
        seat.say({ kind: 'changed' });
        seat.at = null;
      }
      stay?.abort();
      stay = null;
      clearTimeout(timer);
      drop(why === 'gone');
      channel?.close();
      channel = undefined;
    },
  });
}
