import { useCallback, useState, type ReactNode } from 'react';
import { Bell, Inbox, Toaster, useConnection } from '../src/index.ts';
import { loadOutbox, loadTrace, type DemoSession } from './api.ts';
import { Outbox } from './Outbox.tsx';
import { SendForm } from './SendForm.tsx';
import { usePolling } from './use-polling.ts';
import { Why } from './Why.tsx';

interface PageProps {
  readonly session: DemoSession;
  readonly online: boolean;
  readonly onOnline: (online: boolean) => void;
}

/** The demo: what a service does on the left, what comes of it on the right, and the person's own app bar above. */
export function Page({ session, online, onOnline }: PageProps): ReactNode {
  const { name } = session.recipient;
  const [last, setLast] = useState<string | null>(null);
  const outbox = usePolling(useCallback(() => loadOutbox(session), [session]));
  const trace = usePolling(useCallback(async () => (last === null ? null : loadTrace(session, last)), [session, last]));
  const onSent = (id: string | null): void => {
    setLast(id);
    outbox.refresh();
  };
  return (
    <>
      <header className="bar">
        <a className="brand" href="./">
          <img src="./icon.svg" alt="" width="30" height="30" />
          Tidings
        </a>
        <nav aria-label="Tools">
          <a href="graphiql">GraphiQL</a>
        </nav>
        <div className="person">
          <Bell />
          <Presence name={name} online={online} />
          <Avatar name={name} />
        </div>
      </header>
      <main>
        <section className="hero">
          <h1>One call. The right channel. Always the reason why.</h1>
          <p>
            Send {name} a notification. While {name} is here it pops up in this very page; when {name} is away it goes
            by e-mail instead. This is a <strong>test environment</strong>: a simulator carries everything, and nobody
            is disturbed.
          </p>
        </section>
        <div className="columns">
          <SendForm session={session} online={online} onOnline={onOnline} onSent={onSent} />
          <div className="results">
            <Why trace={trace.value} error={trace.error} sent={last !== null} />
            <Outbox messages={outbox.value} error={outbox.error} name={name} />
          </div>
        </div>
      </main>
      <footer className="foot">
        <p>
          Environment <code>{session.environment}</code>. Everything on this page is open source and runs on your own
          machine.
        </p>
      </footer>
      <Inbox />
      <Toaster />
    </>
  );
}

function Avatar({ name }: { readonly name: string }): ReactNode {
  return (
    <span className="avatar" aria-hidden="true">
      {name.slice(0, 1)}
    </span>
  );
}

function Presence({ name, online }: { readonly name: string; readonly online: boolean }): ReactNode {
  const status = useConnection();
  const word = !online ? 'offline' : { live: 'online', connecting: 'connecting…', offline: 'no connection' }[status];
  return (
    <span className="presence">
      <span className="presence-name">{name}</span>
      <span className="presence-word" data-state={online ? status : 'offline'}>
        {word}
      </span>
    </span>
  );
}
