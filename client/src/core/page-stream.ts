import { openEventStream, type EventHandlers, type EventStream, type SocketHandlers } from './event-stream.ts';
import type { TokenSource } from './token.ts';
import type { InboxTransport } from './transport.ts';
import { onWake } from './wake.ts';

/** What a stream needs of the client that it is for. */
export interface StreamWire extends Pick<InboxTransport, 'request' | 'serverNow'> {
  /** Of the socket, absolute. */
  readonly url: string;
  readonly platform: string;
  readonly tokens: TokenSource;
  readonly handlers: EventHandlers;
  /** The host's id of the person, for tokens that do not say whose they are. */
  readonly recipient: string | undefined;
}

/** What holds the stream while the page is there. Entered twice, or left twice, it is no other than after once. */
export interface Guest extends Omit<EventStream, 'stop'> {
  readonly enter: () => void;
  /** `gone`: the page is frozen or goes away. `changed`: the token is of somebody else. */
  readonly leave: (why?: 'gone' | 'changed') => void;
}

/** A page that is frozen or kept for the way back must hold neither lock nor socket: the gateway and other tabs wait for them. */
export function openPageStream({ tokens, handlers }: StreamWire, guest: Guest): EventStream {
  const { enter, leave, retry } = guest;
  const whole = new AbortController();
  const { signal } = whole;
  tokens.watch(() => {
    leave('changed');
    handlers.userChanged();
    if (!signal.aborted) enter();
  });
  if (typeof document !== 'undefined') {
    // Those of the document pass by the window on their way.
    const listen = (type: string, listener: () => void): void =>
      window.addEventListener(type, listener, { signal, capture: true });
    for (const type of ['pagehide', 'freeze']) listen(type, () => leave('gone'));
    for (const type of ['pageshow', 'resume']) listen(type, enter);
  }
  onWake(retry, signal);
  enter();
  return {
    ...guest,
    stop() {
      whole.abort();
      tokens.watch(null);
      leave();
    },
  };
}

/** Follows the inbox over a socket of this page alone. What comes may be shown here, unless nobody sees the page. */
export function openOwnStream(wire: StreamWire): EventStream {
  const { handlers } = wire;
  let stream: EventStream | null = null;
  const socket: SocketHandlers = {
    ...handlers,
    event: (event) => handlers.event(event, globalThis.document?.visibilityState !== 'hidden'),
    refused() {},
  };
  return openPageStream(wire, {
    enter: () => (stream ??= openEventStream({ ...wire, handlers: socket })),
    leave() {
      stream?.stop();
      stream = null;
    },
    retry: () => stream?.retry(),
  });
}
