import type { ReactNode } from 'react';
import type { OutboxMessage } from './api.ts';
import { channelName } from './channel-name.ts';

interface OutboxProps {
  readonly messages: readonly OutboxMessage[] | null;
  readonly error: string | null;
  readonly name: string;
}

/** What would have left the building: everything that the simulator carried in place of a provider. */
export function Outbox({ messages, error, name }: OutboxProps): ReactNode {
  return (
    <section className="card" aria-labelledby="outbox-heading">
      <div className="card-head">
        <h2 id="outbox-heading">Outbox</h2>
        <span className="tag">simulated</span>
      </div>
      {error && <p className="failure">{error}</p>}
      {messages?.length === 0 && (
        <p className="hint">Nothing yet. Switch {name} offline and send: the e-mail lands here.</p>
      )}
      {messages && messages.length > 0 && (
        <ul className="outbox">
          {messages.map((message) => (
            <li key={message.id}>
              <p className="outbox-head">
                <span className="tag" data-channel={message.channel}>
                  {channelName(message.channel)}
                </span>
                <span className="outbox-to">{message.address}</span>
                <time dateTime={message.createdAt}>{clock(message.createdAt)}</time>
              </p>
              {message.title && <p className="outbox-title">{message.title}</p>}
              <p className="outbox-body">{message.body}</p>
              <p className="outbox-via">via {via(message)}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function via({ integration, provider }: OutboxMessage): string {
  return integration === provider ? integration : `${integration} (${provider})`;
}

function clock(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(at);
}
