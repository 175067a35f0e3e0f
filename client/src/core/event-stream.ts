import { createClient } from 'graphql-ws';
import { backoff } from './backoff.ts';
import { inboxEvents, type InboxEvent } from './operations.ts';
import type { TokenSource } from './token.ts';

/** `connecting`: on the way, nothing is known to be wrong. `live`: events flow. `offline`: a try has failed, others follow. */
export type ConnectionStatus = 'connecting' | 'live' | 'offline';

/** What the owner of the inbox does with what comes. */
export interface EventHandlers {
  /** The version to go on from: asked before each connect, and when this tab begins to follow another one's stream. A rejection counts as a failed connect. */
  before(): Promise<number>;
  /** `toast`: this tab is the one that may announce it. */
  event(event: InboxEvent, toast: boolean): void;
  /** Something may have been lost between tabs: read again. */
  missed(): void;
  /** The token is of another person now: everything that was loaded is somebody else's. The stream begins anew by itself. */
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

/** What one socket tells, whoever listens in the end. */
export interface SocketHandlers {
  before(): Promise<number>;
  event(event: InboxEvent): void;
  status(status: ConnectionStatus): void;
  /** The server did not take the token, though it was fresh. */
  refused(): void;
}

interface StreamOptions {
  readonly url: string;
  readonly platform: string;
  readonly tokens: TokenSource;
  readonly handlers: SocketHandlers;
}

const pingEveryMs = 10_000;
const pongWithinMs = 5_000;
const connectWithinMs = 15_000;
/** A connection that lasted so long was a good one: its loss starts the waits anew. */
const goodAfterMs = 5_000;
/** Whoever asks for it, and however often: tries are never closer together. */
const retryFloorMs = 1_000;

/**
 * Opens the event stream and keeps it open. One graphql-ws client per connect, with its own retries off: the library
 * holds many close codes (1011, 4401, 4429 …) for final whatever it is told, and a widget must come back from all of them.
 */
export function openEventStream({ url, platform, tokens, handlers }: StreamOptions): EventStream {
  let stopped = false;
  let failures = 0;
  let refused = false;
  let attemptAt = 0;
  let cut: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const schedule = (ms: number): void => {
    timer = setTimeout(() => {
      timer = undefined;
      void attempt();
    }, ms);
  };

  const attempt = async (): Promise<void> => {
    attemptAt = Date.now();
    refused = false;
    let liveMs = 0;
    try {
      const token = await tokens.fresh();
      if (stopped) return;
      const after = await handlers.before();
      if (!stopped) liveMs = await connect(token, after);
    } catch {
      // No token, or no list: the same as no connection.
    }
    if (stopped) return;
    const good = liveMs >= goodAfterMs;
    if (good) failures = 0;
    // A connection that is lost is not news until the next one fails: most come back at once.
    handlers.status(liveMs > 0 && failures === 0 ? 'connecting' : 'offline');
    // A token that ran out is no failure of anything: the next one is asked for now, with the floor under asking.
    schedule(good && refused ? 0 : backoff(failures));
    failures += 1;
    if (refused && liveMs === 0) handlers.refused();
  };

  /** Resolves when the connection is over, with the milliseconds for which it was live. Never rejects. */
  const connect = (token: string, after: number): Promise<number> =>
    new Promise((resolve) => {
      let liveAt: number | null = null;
      let over = false;
      let unsubscribe = (): void => {};
      let pongTimer: ReturnType<typeof setTimeout> | undefined;
      const end = (cause?: unknown): void => {
        if (over) return;
        over = true;
        cut = undefined;
        clearTimeout(pongTimer);
        clearTimeout(connectTimer);
        if (refusesToken(cause)) {
          refused = true;
          tokens.refuse(token);
        }
        resolve(liveAt === null ? 0 : Math.max(1, Date.now() - liveAt));
      };
      const client = createClient({
        url,
        connectionParams: { authorization: `Bearer ${token}`, platform },
        retryAttempts: 0,
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
            if (result.data) handlers.event(result.data.inboxEvents);
            else drop();
          },
          error: (cause) => {
            end(cause);
            client.terminate();
          },
          complete: () => end(),
        },
      );
      cut = () => {
        end();
        unsubscribe();
        Promise.resolve(client.dispose()).catch(() => {
          // It was not open yet, and now never will be.
        });
      };
    });

  handlers.status('connecting');
  void attempt();
  return {
    retry() {
      if (timer === undefined) return;
      failures = 0;
      handlers.status('connecting');
      clearTimeout(timer);
      schedule(Math.max(0, attemptAt + retryFloorMs - Date.now()));
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      cut?.();
    },
  };
}

/** 4403 is an expired token, 4401 one that is not taken at all; the same refusal can come as a GraphQL error. */
function refusesToken(cause: unknown): boolean {
  if (Array.isArray(cause)) {
    return cause.some((error: { extensions?: { code?: unknown } }) => error.extensions?.code === 'UNAUTHENTICATED');
  }
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return false;
  return cause.code === 4403 || cause.code === 4401;
}
