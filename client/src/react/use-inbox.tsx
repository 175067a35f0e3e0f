import { createContext, useContext, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { ReactNode, RefObject } from 'react';
import { english, type Labels } from './labels.ts';
import { createInboxClient, type InboxClient } from '../core/store.ts';
import { TokenRelay, type TokenProvider } from '../core/token.ts';
import type { InboxSnapshot, ListSnapshot } from '../core/handles.ts';
import { emptyInbox, emptyList } from '../core/view.ts';

/** What the provider needs to know. */
export interface InboxProviderProps {
  /** The GraphQL endpoint, such as `/graphql`. A change starts a new session. */
  readonly url: string;
  /** A recipient token, or the function that fetches one; the function may be a new one at every render. */
  readonly token: TokenProvider;
  /** The host's id of who is signed in: a change drops everything that was loaded and starts a new session. */
  readonly recipient?: string;
  /** False disconnects (the person is offline then) and keeps what was loaded. True by default. */
  readonly connect?: boolean;
  /** Items per list read, 1 … 100; 20 by default. */
  readonly pageSize?: number;
  /** Words to use instead of the English ones. */
  readonly labels?: Partial<Labels>;
  /** BCP 47, for dates; the browser's by default. */
  readonly locale?: string;
  readonly children?: ReactNode;
}

interface InboxContextValue {
  readonly client: InboxClient;
  /** False: the host has disconnected on purpose, so there is nothing to try again. */
  readonly connect: boolean;
  readonly labels: Labels;
  readonly locale: string | undefined;
  readonly panelId: string;
  readonly open: boolean;
  readonly setOpen: (open: boolean) => void;
  readonly bell: RefObject<HTMLButtonElement | null>;
}

const InboxContext = createContext<InboxContextValue | null>(null);

/** Holds one person's inbox for all components below it. Renders on a server; connects only in a browser. */
export function InboxProvider(props: InboxProviderProps): ReactNode {
  // Another person's items must not survive a change of session, not even for one frame: hence a new tree.
  return <Session key={JSON.stringify([props.url, props.recipient])} {...props} />;
}

function Session({
  url,
  token,
  recipient,
  pageSize,
  connect = true,
  labels,
  locale,
  children,
}: InboxProviderProps): ReactNode {
  const [relay] = useState(() => new TokenRelay(token));
  useEffect(() => relay.use(token), [relay, token]);
  const [client] = useState(() => createInboxClient({ url, recipient, pageSize, token: relay.ask }));
  const [open, setOpen] = useState(false);
  const bell = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  useEffect(() => {
    if (!connect) return undefined;
    client.start();
    return () => client.stop();
  }, [client, connect]);
  const value = useMemo(
    () => ({ client, connect, labels: { ...english, ...labels }, locale, panelId, open, setOpen, bell }),
    [client, connect, labels, locale, panelId, open],
  );
  return <InboxContext.Provider value={value}>{children}</InboxContext.Provider>;
}

/** The session around a component. Throws outside of an InboxProvider. */
export function useInboxContext(): InboxContextValue {
  const value = useContext(InboxContext);
  if (!value) throw new Error('This component needs an <InboxProvider> above it');
  return value;
}

/** The client itself: mark, loadMore, retry and the like. */
export function useInboxClient(): InboxClient {
  return useInboxContext().client;
}

/** Items, counts and state of the connection; renders again after every change. */
export function useInbox(): InboxSnapshot & ListSnapshot {
  const client = useInboxClient();
  const list = client.list();
  return {
    ...useSyncExternalStore(list.subscribe, list.getSnapshot, () => emptyList),
    ...useSyncExternalStore(client.subscribe, client.getSnapshot, () => emptyInbox),
  };
}
