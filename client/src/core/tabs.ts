import { watchAttention, type Attention, type PresenceState } from './attention.ts';
import { backoff } from './backoff.ts';
import { openEventStream, type EventHandlers, type EventStream } from './event-stream.ts';
import { TabFollower } from './tab-follower.ts';
import { TabLeader } from './tab-leader.ts';
import type { Seat, TabMessage, TabRole } from './tab-seat.ts';
import { personOf, type TokenSource } from './token.ts';
import { onWake } from './wake.ts';

interface SharedOptions {
  /** Of the socket, absolute. */
  readonly url: string;
  readonly platform: string;
  readonly tokens: TokenSource;
  readonly handlers: EventHandlers;
  /** The host's id of the person, for tokens that do not say whose they are. */
  readonly recipient: string | undefined;
  readonly crossTab: boolean;
  /** The server's clock. */
  readonly now: () => number;
  readonly report: (state: PresenceState) => Promise<unknown>;
}

/**
 * How often a tab asks whether the leader is there; one that was silent from one time to the next is robbed of the
 * lock. Only who asks needs a timer: messages are not slowed down in hidden tabs, so the leader's answer comes at once.
 */
const checkEveryMs = 15_000;

/**
 * Follows the inbox over one socket for all tabs of a person: the tab that holds a lock has the socket and tells the
 * others. Without locks or channels, or when it is not known whose inbox it is, a tab has a socket of its own.
 */
export function openSharedStream(options: SharedOptions): EventStream {
  const stream = new SharedStream(options);
  stream.start();
  return stream;
}

class SharedStream implements EventStream {
  private readonly whole = new AbortController();
  private readonly seat: Seat;
  /** From entering the group to leaving it; null while the page is frozen or gone. */
  private stay: AbortController | null = null;
  private role: TabRole | null = null;
  private group = '';
  private channel: BroadcastChannel | null = null;
  private queue: AbortController | null = null;
  private release = (): void => {};
  private attention: () => Attention = () => ({ visible: true, focused: true, usedAt: 0 });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private yielded = false;

  constructor(private readonly options: SharedOptions) {
    this.seat = {
      id: Math.random().toString(36).slice(2),
      handlers: options.handlers,
      at: null,
      say: (message) => this.channel?.postMessage(message),
      attention: () => this.attention(),
    };
  }

  start(): void {
    this.options.tokens.watch(() => this.personChanged());
    if (inWindow()) {
      const { signal } = this.whole;
      const enter = (): void => this.enter();
      const leave = (): void => this.leave(true);
      // A page that is frozen or kept for the way back must hold neither lock nor socket: others wait for them.
      window.addEventListener('pagehide', leave, { signal });
      window.addEventListener('pageshow', enter, { signal });
      document.addEventListener('freeze', leave, { signal });
      document.addEventListener('resume', enter, { signal });
    }
    this.enter();
  }

  retry(): void {
    if (this.role) this.role.retry();
    else if (this.stay) void this.identify(this.stay.signal);
  }

  stop(): void {
    this.whole.abort();
    this.options.tokens.watch(null);
    this.leave(false);
  }

  private enter(): void {
    if (this.stay) return;
    this.stay = new AbortController();
    const { signal } = this.stay;
    if (!inWindow()) {
      this.lead();
      return;
    }
    this.attention = watchAttention(() => this.role?.turned(false), signal);
    const unwake = onWake(() => (this.role ? this.role.turned(true) : this.retry()));
    const checks = setInterval(() => {
      if (this.role?.check() === false) this.rob();
    }, checkEveryMs);
    signal.addEventListener('abort', () => {
      unwake();
      clearInterval(checks);
    });
    if (!this.options.crossTab || !('locks' in navigator) || typeof BroadcastChannel === 'undefined') this.lead();
    else void this.identify(signal);
  }

  private leave(gone: boolean): void {
    this.stay?.abort();
    this.stay = null;
    clearTimeout(this.timer);
    this.take(null, gone);
    this.channel?.close();
    this.channel = null;
  }

  /** Tabs share what is of one person. Who that is says the token. */
  private async identify(signal: AbortSignal): Promise<void> {
    const { tokens, handlers, url, recipient } = this.options;
    clearTimeout(this.timer);
    handlers.status('connecting');
    try {
      const person = personOf(await tokens.fresh()) ?? recipient;
      if (signal.aborted || this.role || this.channel) return;
      this.failures = 0;
      if (person === undefined) {
        this.lead();
        return;
      }
      this.group = `tidings-inbox 1 ${JSON.stringify([url, person, recipient])}`;
      this.channel = new BroadcastChannel(this.group);
      this.channel.onmessage = ({ data }: MessageEvent<TabMessage>) => this.hear(data);
      this.seek({ ifAvailable: true });
    } catch {
      if (signal.aborted) return;
      handlers.status('offline');
      this.timer = setTimeout(() => void this.identify(signal), backoff(this.failures));
      this.failures += 1;
    }
  }

  private seek(wish: LockOptions): void {
    const signal = this.stay?.signal;
    navigator.locks
      .request(this.group, wish, (lock): Promise<void> | undefined => {
        if (signal?.aborted) return undefined;
        if (!lock) {
          this.follow();
          return undefined;
        }
        // Granted, it is no wish any more that could be taken back.
        this.queue = null;
        this.lead();
        return new Promise((resolve) => {
          this.release = resolve;
        });
      })
      .catch(() => {
        if (signal?.aborted || wish.signal?.aborted) return;
        if (this.role) {
          // Robbed: somebody thought that this tab hangs.
          this.follow();
          return;
        }
        // A page that may not have locks, such as a sandboxed frame.
        this.channel?.close();
        this.channel = null;
        this.lead();
      });
  }

  private rob(): void {
    this.queue?.abort();
    this.seek({ steal: true });
  }

  private follow(): void {
    this.take(null, false);
    this.role = new TabFollower(this.seat);
    this.queue = new AbortController();
    this.seek({ signal: this.queue.signal });
  }

  private lead(): void {
    const { options, seat } = this;
    this.take(null, false);
    this.role = new TabLeader({
      seat,
      open: (handlers) => openEventStream({ ...options, handlers }),
      now: options.now,
      report: inWindow() ? options.report : null,
      refused: (live) => {
        // Once each until one of them was let in again: with dead tokens everywhere the lead does not go round and round.
        if (live) this.yielded = false;
        if (this.yielded) return;
        this.yielded = true;
        this.follow();
      },
    });
  }

  private take(role: TabRole | null, gone: boolean): void {
    this.role?.stop(gone);
    this.role = role;
    this.queue?.abort();
    this.release();
  }

  private hear(message: TabMessage): void {
    if (message.kind !== 'changed') this.role?.hear(message);
    // Its own token tells it, and then this tab goes the same way.
    else this.options.tokens.fresh().catch(() => {});
  }

  private personChanged(): void {
    this.seat.say({ kind: 'changed' });
    this.leave(false);
    this.seat.at = null;
    this.options.handlers.userChanged();
    if (!this.whole.signal.aborted) this.enter();
  }
}

function inWindow(): boolean {
  return typeof window !== 'undefined' && typeof document !== 'undefined';
}
