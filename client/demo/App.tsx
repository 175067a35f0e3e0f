import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { InboxProvider } from '../src/index.ts';
import { createToken, loadSession, type DemoSession } from './api.ts';
import { Page } from './Page.tsx';

type Start = { readonly session: DemoSession | null } | { readonly failure: string };

/** Fetches the demo's session, then shows the demo, or says in a sentence why there is none. */
export function App(): ReactNode {
  const [start, setStart] = useState<Start>();
  useEffect(() => {
    loadSession().then(
      (session) => setStart({ session }),
      (error: unknown) => setStart({ failure: error instanceof Error ? error.message : String(error) }),
    );
  }, []);
  if (!start) return <Message title="One moment…" />;
  if ('failure' in start) {
    return <Message title="The server cannot be reached" text={`${start.failure}. Reload this page to try again.`} />;
  }
  if (!start.session) {
    return (
      <Message title="The demo is switched off" text="This Tidings server runs without its demo page.">
        The API is at <code>/graphql</code>, and <a href="graphiql">GraphiQL</a> explores it.
      </Message>
    );
  }
  return <Demo session={start.session} />;
}

function Demo({ session }: { readonly session: DemoSession }): ReactNode {
  const [online, setOnline] = useState(true);
  const token = useCallback(() => createToken(session), [session]);
  return (
    <InboxProvider url="graphql" token={token} recipient={session.recipient.externalId} connect={online}>
      <Page session={session} online={online} onOnline={setOnline} />
    </InboxProvider>
  );
}

interface MessageProps {
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

function Message({ title, text, children }: MessageProps): ReactNode {
  return (
    <main className="message">
      <img src="./icon.svg" alt="" width="56" height="56" />
      <h1>{title}</h1>
      {text && <p>{text}</p>}
      {children && <p>{children}</p>}
    </main>
  );
}
