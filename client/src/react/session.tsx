import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { InboxItem } from '../core/operations.ts';
import { createInboxClient, type InboxClient, type InboxClientOptions } from '../core/store.ts';
import { TokenRelay } from '../core/token.ts';

interface SessionEvents {
  /** False disconnects (the person is offline then) and keeps what was loaded. True by default. */
  readonly connect?: boolean | undefined;
  /** A notification has come in live; called in every open tab. */
  readonly onNotification?: ((item: InboxItem) => void) | undefined;
  /** Something failed that no component can show: a token that could not be had, a fault of a component. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly children?: ReactNode;
}

/** Whose inbox: where it is and how to be let in, or a client that the host has made itself. */
export type SessionProps = SessionEvents &
  ((InboxClientOptions & { readonly client?: never }) | { readonly client: InboxClient });

interface SessionValue {
  readonly client: InboxClient;
  /** False: the host has disconnected on purpose, so there is nothing to try again. */
  readonly connect: boolean;
  readonly report: (error: unknown) => void;
}

const SessionContext = createContext<SessionValue | null>(null);

/**
 * Holds one person's inbox for all hooks below it, and nothing that can be seen. Renders on a server; connects only in a
 * browser. A change of `url` or `recipient` drops everything that was loaded; `token` may be a new function at every render.
 */
export function InboxSession(props: SessionProps): ReactNode {
  if (props.client) return <Session {...props} client={props.client} />;
  // Another person's items must not survive a change of session, not even for one frame: hence a new tree.
  return <OwnSession key={JSON.stringify([props.url, props.recipient])} {...props} />;
}

function OwnSession({
  token,
  connect,
  onNotification,
  onError,
  children,
  ...options
}: InboxClientOptions & SessionEvents) {
  const [relay] = useState(() => new TokenRelay(token));
  useEffect(() => relay.use(token), [relay, token]);
  const [client] = useState(() => createInboxClient({ ...options, token: relay.ask }));
  return <Session {...{ client, connect, onNotification, onError, children }} />;
}

function Session({
  client,
  connect = true,
  onNotification,
  onError,
  children,
}: SessionEvents & { readonly client: InboxClient }) {
  const host = useRef({ onNotification, onError });
  useEffect(() => {
    host.current = { onNotification, onError };
  });
  const value = useMemo(
    () => ({ client, connect, report: (error: unknown) => host.current.onError?.(error) }),
    [client, connect],
  );
  useEffect(
    () =>
      client.on((event) => {
        if (event.type === 'notification') host.current.onNotification?.(event.item);
        if (event.type === 'error') host.current.onError?.(event.error);
      }),
    [client],
  );
  useEffect(() => {
    if (!connect) return undefined;
    try {
      client.start();
    } catch (error) {
      // An address that is none: the host's page must not go blank for that.
      host.current.onError?.(error);
    }
    return () => client.stop();
  }, [client, connect]);
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

/** The session around a component. Throws outside of a provider. */
export function useSession(): SessionValue {
  const value = useContext(SessionContext);
  if (!value) throw new Error('Expected an <InboxProvider> above');
  return value;
}

/** The client itself: mark, markAll, retry and the like. */
export function useInboxClient(): InboxClient {
  return useSession().client;
}
