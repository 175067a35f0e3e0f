import { backoff } from './backoff.ts';
import { later } from './later.ts';
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
  /** A token could not be had. It is tried again by itself. */
  failed(error: unknown): void;
  /** Whether somebody here shows toasts. */
  showsToasts(): boolean;
}

/** A running stream. */
export interface EventStream {
  /** Connects now instead of after the wait. */
  retry(): void;
  /** What `showsToasts` answers is another now. */
  turned?(): void;
  /** Ends the subscription and closes the socket; nothing is called any more. */
  stop(): void;
}

/** What one socket tells, whoever listens in the end. */
export interface SocketHandlers extends Pick<EventHandlers, 'before' | 'status' | 'failed'> {
  event(event: InboxEvent): void;
  /** The server did not take the token, though it was fresh. */
  refused(): void;
}

interface StreamOptions {
  readonly url: string;
  readonly platform: string;
  readonly tokens: TokenSource;
  readonly handlers: SocketHandlers;
}

/** 4403 closes on an expired token, 4401 on one that is not taken at all; the same refusal can come as a GraphQL error. */
type ServerMessage =
  | { readonly type: 'connection_ack' | 'complete' | 'ping' | 'pong' }
  | { readonly type: 'next'; readonly payload: { readonly data?: { readonly inboxEvents: InboxEvent } | null } }
  | { readonly type: 'error'; readonly payload: readonly { readonly extensions?: { readonly code?: unknown } }[] };

const pingEveryMs = 10_000;
const pongWithinMs = 5_000;
const connectWithinMs = 15_000;
/** A connection that lasted so long was a good one: its loss starts the waits anew. */
const goodAfterMs = 5_000;
/** Whoever asks for it, and however often: tries are never closer together. */
const retryFloorMs = 1_000;

/**
 * Opens the event stream and keeps it open. It speaks graphql-transport-ws itself, one subscription a socket: a client
 * library would have to be kept from its own ideas of when a connection is lost for good. Here that is never so.
 */
export function openEventStream({ url, platform, tokens, handlers }: StreamOptions): EventStream {
  let stopped = false;
  let failures = 0;
  let refused = false;
  let attemptAt = 0;
  let cut: (() => void) | undefined;
  const next = later(() => void attempt());

  const attempt = async (): Promise<void> => {
    attemptAt = Date.now();
    refused = false;
    let liveMs = 0;
    try {
      const token = await tokens.fresh().catch((error: unknown) => {
        if (!stopped) handlers.failed(error);
        throw error;
      });
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
    next.in(good && refused ? 0 : backoff(failures));
    failures += 1;
    if (refused && liveMs === 0) handlers.refused();
  };

  /** Resolves when the connection is over, with the milliseconds for which it was live. */
  const connect = (token: string, after: number): Promise<number> =>
    new Promise((resolve) => {
      let liveAt = 0;
      const socket = new WebSocket(url, 'graphql-transport-ws');
      const life = new AbortController();
      const on = <Type extends keyof WebSocketEventMap>(
        type: Type,
        listener: (event: WebSocketEventMap[Type]) => void,
      ): void => socket.addEventListener(type, listener, { signal: life.signal });
      const say = (message: object): void => socket.send(JSON.stringify(message));
      const end = (): void => {
        clearTimeout(watchdog);
        life.abort();
        socket.close();
        cut = undefined;
        resolve(liveAt && Math.max(1, Date.now() - liveAt));
      };
      const refuse = (): void => {
        refused = true;
        tokens.refuse(token);
        end();
      };
      // A socket whose other end is gone reports nothing by itself: it is asked, and given up without an answer.
      const watch = (): void => {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => {
          say({ type: 'ping' });
          watchdog = setTimeout(end, pongWithinMs);
        }, pingEveryMs);
      };
      let watchdog = setTimeout(end, connectWithinMs);

      const init = { type: 'connection_init', payload: { authorization: `Bearer ${token}`, platform } };
      const closed = ({ code }: CloseEvent): void => {
        if (code === 4401 || code === 4403) refuse();
        else end();
      };
      const hear = ({ data }: MessageEvent<string>): void => {
        const message = JSON.parse(data) as ServerMessage;
        switch (message.type) {
          case 'connection_ack':
            liveAt = Date.now();
            watch();
            say({ id: '1', type: 'subscribe', payload: { query: inboxEvents.document, variables: { after } } });
            handlers.status('live');
            break;
          case 'next':
            if (message.payload.data) handlers.event(message.payload.data.inboxEvents);
            else end();
            break;
          case 'error':
            if (message.payload.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) refuse();
            else end();
            break;
          case 'complete':
            end();
            break;
          case 'ping':
            say({ ...message, type: 'pong' });
            break;
          case 'pong':
            watch();
            break;
          default:
            message satisfies never;
        }
      };
      on('open', () => say(init));
      on('close', closed);
      on('message', hear);
      cut = end;
    });

  handlers.status('connecting');
  void attempt();
  return {
    retry() {
      if (!next.cancel()) return;
      failures = 0;
      handlers.status('connecting');
      next.in(Math.max(0, attemptAt + retryFloorMs - Date.now()));
    },
    stop() {
      stopped = true;
      next.cancel();
      cut?.();
    },
  };
}
