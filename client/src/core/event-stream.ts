import { createClient } from './graphql-socket.ts';
import { backoff } from './backoff.ts';
import { inboxEvents, type InboxEvent } from './operations.ts';
import type { TokenSource } from './token.ts';
import { onWake } from './wake.ts';

/** `connecting`: on the way, nothing is known to be wrong. `live`: events flow. `offline`: a try has failed, others follow. */
export type ConnectionStatus = 'connecting' | 'live' | 'offline';

/** What the owner of the stream does with it. */
export interface EventHandlers {
  /** Asked before each connect, and when a tab joins another's stream: the version to go on from. A rejection counts as a failed connect. */
  before(): Promise<number>;
  /** `toast`: this tab is the one that may show it. */
  event(event: InboxEvent, toast: boolean): void;
  /** Something may have been lost between tabs: read again. */
  missed(): void;
  /** The token is of another person now: everything that was loaded is somebody else's. */
  userChanged(): void;
  status(status: ConnectionStatus): void;
}

/** A running stream. */
export interface EventStream {
  /** Connects now instead of after the wait. */
  retry(): void;
  /** Ends the subscription and closes the socket; nothing is called any more. */
  stop(): void;
}

interface StreamOptions {
  readonly url: string;
  readonly tokens: TokenSource;
  readonly handlers: EventHandlers;
}

const pingEveryMs = 10_000;
const pongWithinMs = 5_000;
const connectWithinMs = 15_000;
/** A connection that lasted so long was a good one: its loss starts the waits anew. */
const goodAfterMs = 5_000;
/** Events such as a flapping network may shorten a wait, but never below this. */
const wakeFloorMs = 1_000;

/** Opens the event stream and keeps it open. */
export function openEventStream(options: StreamOptions): EventStream {
  const stream = new ReconnectingStream(options);
  stream.start();
  return stream;
}

/**
 * One graphql-ws client per connect, with its own retries off: the library holds many close codes (1011, 4401, 4429 …)
 * for final whatever it is told, and a widget must come back from all of them.
 */
class ReconnectingStream implements EventStream {
  private stopped = false;
  private failures = 0;
  private attemptAt = 0;
  private cut: (() => void) | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unwake = (): void => {};

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    this.unwake = onWake(() => this.wake());
    this.options.handlers.status('connecting');
    void this.attempt();
  }

  retry(): void {
    if (this.timer === undefined) return;
    this.failures = 0;
    this.options.handlers.status('connecting');
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.unwake();
    this.cut?.();
  }

  private wake(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.schedule(Math.max(0, this.attemptAt + wakeFloorMs - Date.now()));
  }

  private schedule(ms: number): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.attempt();
    }, ms);
  }

  private async attempt(): Promise<void> {
    this.attemptAt = Date.now();
    let liveMs = 0;
    try {
      const token = await this.options.tokens.fresh();
      const after = await this.options.handlers.before();
      if (!this.stopped) liveMs = await this.connect(token, after);
    } catch {
      // No token, or no list: the same as no connection.
    }
    if (this.stopped) return;
    if (liveMs >= goodAfterMs) this.failures = 0;
    // A connection that is lost is not news until the next one fails: most come back at once.
    this.options.handlers.status(liveMs > 0 && this.failures === 0 ? 'connecting' : 'offline');
    this.schedule(backoff(this.failures));
    this.failures += 1;
  }

  /** Resolves when the connection is over, with the milliseconds for which it was live. Never rejects. */
  private connect(token: string, after: number): Promise<number> {
    const { url, tokens, handlers } = this.options;
    return new Promise((resolve) => {
      let liveAt: number | null = null;
      let over = false;
      let unsubscribe = (): void => {};
      let pongTimer: ReturnType<typeof setTimeout> | undefined;
      const end = (cause?: unknown): void => {
        if (over) return;
        over = true;
        this.cut = null;
        clearTimeout(pongTimer);
        clearTimeout(connectTimer);
        if (refusesToken(cause)) tokens.refuse(token);
        resolve(liveAt === null ? 0 : Math.max(1, Date.now() - liveAt));
      };
      const client = createClient({
        url,
        connectionParams: { authorization: `Bearer ${token}` },
        keepAlive: pingEveryMs,
        on: {
          connected: () => {
            clearTimeout(connectTimer);
            if (over) return;
            liveAt = Date.now();
            handlers.status('live');
          },
          ping: (received) => {
            if (!received) pongTimer = setTimeout(drop, pongWithinMs);
          },
          pong: (received) => {
            if (received) clearTimeout(pongTimer);
          },
          // After a close that it holds for an accident (1000) the library would connect again by itself, from the old version.
          closed: (event) => {
            end(event);
            unsubscribe();
          },
        },
      });
      // A socket whose other end is gone reports nothing by itself: the library pings, but draws no conclusion.
      const drop = (): void => {
        client.terminate();
        end();
      };
      const connectTimer = setTimeout(drop, connectWithinMs);
      unsubscribe = client.subscribe<{ inboxEvents: InboxEvent }>(
        { query: inboxEvents.document, variables: { after } },
        {
          next: (result) => {
            if (over) return;
            if (result.data) handlers.event(result.data.inboxEvents, true);
            else drop();
          },
          error: (cause) => {
            end(cause);
            client.terminate();
          },
          complete: () => end(),
        },
      );
      this.cut = () => {
        end();
        unsubscribe();
        Promise.resolve(client.dispose()).catch(() => {
          // It was not open yet, and now never will be.
        });
      };
    });
  }
}

/** 4403 is an expired token, 4401 one that is not taken at all; the same refusal can come as a GraphQL error. */
function refusesToken(cause: unknown): boolean {
  if (Array.isArray(cause)) {
    return cause.some((error: { extensions?: { code?: unknown } }) => error.extensions?.code === 'UNAUTHENTICATED');
  }
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return false;
  return cause.code === 4403 || cause.code === 4401;
}
