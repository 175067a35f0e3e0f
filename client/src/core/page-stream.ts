import { openEventStream, type EventHandlers, type EventStream } from './event-stream.ts';
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
export interface Guest {
  enter(): void;
  /** `gone`: the page is frozen or goes away. `changed`: the token is of somebody else. */
  leave(why: 'gone' | 'changed' | 'stopped'): void;
  retry(): void;
  turned?(): void;
}

export const inWindow = (): boolean => typeof document !== 'undefined';

/** A page that is frozen or kept for the way back must hold neither lock nor socket: the gateway and other tabs wait for them. */
export function openPageStream({ tokens, handlers }: StreamWire, guest: Guest): EventStream {
  const { enter, retry } = guest;
  const whole = new AbortController();
  const { signal } = whole;
  const gone = (): void => guest.leave('gone');
  tokens.watch(() => {
    guest.leave('changed');
    handlers.userChanged();
    if (!signal.aborted) enter();
  });
  if (inWindow()) {
    for (const [away, back] of [
      ['pagehide', 'pageshow'],
      ['freeze', 'resume'],
    ] as const) {
      window.addEventListener(away, gone, { signal, capture: true });
      window.addEventListener(back, enter, { signal, capture: true });
    }
  }
  const unwake = onWake(retry);
  enter();
  return {
    retry,
    turned: () => guest.turned?.(),
    stop() {
      whole.abort();
      unwake();
      tokens.watch(null);
      guest.leave('stopped');
    },
  };
}

/** Follows the inbox over a socket of this page alone. What comes may be shown here, unless nobody sees the page. */
export function openOwnStream(wire: StreamWire): EventStream {
  const { handlers } = wire;
  let stream: EventStream | null = null;
  return openPageStream(wire, {
    enter() {
      stream ??= openEventStream({
        ...wire,
        handlers: {
          ...handlers,
          event: (event) => handlers.event(event, !inWindow() || document.visibilityState === 'visible'),
          refused() {},
        },
      });
    },
    leave() {
      stream?.stop();
      stream = null;
    },
    retry: () => stream?.retry(),
  });
}
