import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { loadCategories, send, sendMutation, type Category, type DemoSession, type SendInput } from './api.ts';

interface SendFormProps {
  readonly session: DemoSession;
  readonly online: boolean;
  readonly onOnline: (online: boolean) => void;
  /** Called with the notification's id when the server has accepted it. */
  readonly onSent: (id: string | null) => void;
}

/** What a service would do in code, as a form, with the call that it makes beneath. */
export function SendForm({ session, online, onOnline, onSent }: SendFormProps): ReactNode {
  const { externalId, name } = session.recipient;
  const categories = useCategories(session);
  const [category, setCategory] = useState(session.category);
  const [title, setTitle] = useState('Your order is on its way');
  const [body, setBody] = useState('Parcel 4711 has left our warehouse and will be with you tomorrow before noon.');
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<{ readonly ok: boolean; readonly text: string } | null>(null);
  const input: SendInput = { to: [{ externalId }], category, content: { title, body } };

  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      onSent(await send(session, input));
      setResult({
        ok: true,
        text: online ? 'Accepted. Look at the corner of this page.' : 'Accepted. Look at the outbox.',
      });
    } catch (error) {
      setResult({ ok: false, text: error instanceof Error ? error.message : String(error) });
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) void submit();
  };

  return (
    <section className="card send" aria-labelledby="send-heading">
      <h2 id="send-heading">Send a notification</h2>
      <form onSubmit={onSubmit}>
        <label className="switch">
          <span>
            <strong>{name} is online</strong>
            <small>{online ? 'The inbox on this page is connected.' : 'As if the tab were closed.'}</small>
          </span>
          <input type="checkbox" role="switch" checked={online} onChange={(event) => onOnline(event.target.checked)} />
        </label>
        <label className="field">
          Category
          <select value={category} onChange={(event) => setCategory(event.target.value)}>
            {categories.map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Title
          <input required maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
        </label>
        <label className="field">
          Text
          <textarea required rows={3} value={body} onChange={(event) => setBody(event.target.value)} />
        </label>
        <button type="submit" className="primary" aria-disabled={busy}>
          {busy ? 'Sending…' : `Send to ${name}`}
        </button>
        <p className="result" role="status" data-ok={result?.ok}>
          {result?.text}
        </p>
      </form>
      <details className="call">
        <summary>The call behind this button</summary>
        {/* A long line scrolls, so the keyboard must be able to reach it. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre tabIndex={0} aria-label="GraphQL mutation and variables">
          <code>{`POST /graphql\n\n${sendMutation}\n\n${JSON.stringify({ input }, null, 2)}`}</code>
        </pre>
      </details>
    </section>
  );
}

/** The environment's categories; until they are known, or if they cannot be read, the session's own. */
function useCategories(session: DemoSession): readonly Category[] {
  const [loaded, setLoaded] = useState<readonly Category[]>([]);
  useEffect(() => {
    loadCategories(session).then(setLoaded, () => setLoaded([]));
  }, [session]);
  if (loaded.some(({ key }) => key === session.category)) return loaded;
  return [{ key: session.category, name: words(session.category) }, ...loaded];
}

function words(key: string): string {
  const spaced = key.replaceAll(/[-_]/g, ' ');
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1);
}
