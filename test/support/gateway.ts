import { InboxReader, type ReaderOptions } from './inbox-reader.js';
import { until } from './until.js';

export interface GraphAnswer<Data = Record<string, never>> {
  status: number;
  data: Data | null;
  errors: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; requestId?: string; [key: string]: unknown };
  }[];
  text: string;
}

export interface NotificationView {
  id: string;
  state: string;
  tags: string[];
  plan: {
    outcome: string;
    sendAt: string | null;
    steps: { channel: string; decision: string; reason: string; explanation: string; integration: string | null }[];
  };
  deliveries: {
    id: string;
    channel: string;
    state: string;
    reason: string | null;
    address: string | null;
    provider: string | null;
    providerId: string | null;
    attempts: {
      number: number;
      integration: string;
      startedAt: string;
      outcome: string;
      code: string | null;
      detail: string | null;
      httpStatus: number | null;
      durationMs: number | null;
      nextAttemptAt: string | null;
    }[];
  }[];
  timeline: {
    at: string;
    type: string;
    channel: string | null;
    integration: string | null;
    reason: string | null;
    detail: string | null;
  }[];
}

export const NOTIFICATION_FIELDS = `
  id state tags
  plan { outcome sendAt steps { channel decision reason explanation integration } }
  deliveries { id channel state reason address provider providerId
    attempts { number integration startedAt outcome code detail httpStatus durationMs nextAttemptAt } }
  timeline { at type channel integration reason detail }`;

const FINAL = new Set(['COMPLETED', 'DIGESTED', 'SUPPRESSED', 'UNROUTABLE', 'FAILED', 'EXPIRED', 'CANCELED']);

/** A service that talks to the product over HTTP, as a stranger would. */
export class Gateway {
  constructor(
    readonly port: number,
    readonly key: string,
  ) {}

  async raw(body: unknown, headers: Record<string, string> = {}): Promise<GraphAnswer<Record<string, unknown>>> {
    const response = await fetch(`http://127.0.0.1:${this.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const parsed = JSON.parse(text) as { data?: Record<string, unknown> | null; errors?: GraphAnswer['errors'] };
    return { status: response.status, data: parsed.data ?? null, errors: parsed.errors ?? [], text };
  }

  /** The data of an operation that must not fail at the top level. */
  async query<Data>(query: string, variables: object = {}): Promise<Data> {
    const answer = await this.raw({ query, variables });
    if (answer.errors.length > 0 || !answer.data) throw new Error(`unexpected errors: ${answer.text}`);
    return answer.data as Data;
  }

  /** A mutation's payload; throws when it has user errors. */
  async mutate<Payload extends object>(field: string, input: object, selection: string): Promise<Payload> {
    const payload = await this.attempt<Payload>(field, input, selection);
    if (payload.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  }

  /** A mutation's payload with its user errors. */
  async attempt<Payload extends object>(field: string, input: object, selection: string) {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
    const query = `mutation($input: ${type}!) { ${field}(input: $input) { ${selection} userErrors { field message code } } }`;
    const data = await this.query<
      Record<string, Payload & { userErrors: { field: string[]; message: string; code: string }[] }>
    >(query, { input });
    const payload = data[field];
    if (!payload) throw new Error(`${field} answered nothing`);
    return payload;
  }

  category(key: string, more: object = {}): Promise<unknown> {
    return this.mutate('upsertCategory', { key, ...more }, 'category { key }');
  }

  /** Whose country nobody knows is in the USA, where advertising by mail needs no consent, but a postal address. */
  advertises(more: object = {}): Promise<unknown> {
    const input = { defaultCountry: 'US', postalAddress: '1 High Street, Springfield, IL 62701', ...more };
    return this.mutate('updateCompliance', input, 'compliance { defaultCountry }');
  }

  async person(externalId: string, more: object = {}): Promise<string> {
    const { recipient } = await this.mutate<{ recipient: { id: string } }>(
      'upsertRecipient',
      { externalId, ...more },
      'recipient { id }',
    );
    return recipient.id;
  }

  integration(
    key: string,
    provider: string,
    settings: object,
    more: object = {},
  ): Promise<{ integration: { id: string } }> {
    return this.mutate(
      'upsertIntegration',
      { key, provider, channel: 'EMAIL', settings, ...more },
      'integration { id }',
    );
  }

  /** Sends to people and answers the ids of their notifications (at most 100 of them). */
  async send(to: object[], category: string, more: object = {}): Promise<{ id: string; notificationIds: string[] }> {
    const content = 'template' in more ? {} : { content: { title: 'Hello', body: 'World' } };
    const { send } = await this.mutate<{ send: { id: string; notifications: { nodes: { id: string }[] } } }>(
      'send',
      { to, category, ...content, ...more },
      'send { id notifications(first: 100) { nodes { id } } } deduplicated',
    );
    return { id: send.id, notificationIds: send.notifications.nodes.map((node) => node.id) };
  }

  async notification(id: string): Promise<NotificationView> {
    const data = await this.query<{ notification: NotificationView | null }>(
      `query($id: ID!) { notification(id: $id) { ${NOTIFICATION_FIELDS} } }`,
      { id },
    );
    if (!data.notification) throw new Error(`no notification ${id}`);
    return data.notification;
  }

  /** The notification once it has ended. */
  finished(id: string, timeoutMs = 15_000): Promise<NotificationView> {
    return until(
      async () => {
        const notification = await this.notification(id);
        return FINAL.has(notification.state) ? notification : null;
      },
      `notification ${id} to end`,
      timeoutMs,
    );
  }

  /** Sends to one person and waits for the end. */
  async sendAndFinish(to: object, category: string, more: object = {}, timeoutMs = 15_000): Promise<NotificationView> {
    const { notificationIds } = await this.send([to], category, more);
    return this.finished(notificationIds[0] as string, timeoutMs);
  }

  async token(externalId: string, expiresIn = 'PT15M'): Promise<string> {
    const payload = await this.mutate<{ token: string }>(
      'createRecipientToken',
      { recipient: { externalId }, expiresIn },
      'token expiresAt',
    );
    return payload.token;
  }

  /** A gateway as one person's widget sees it. */
  async as(externalId: string): Promise<Gateway> {
    return new Gateway(this.port, await this.token(externalId));
  }

  /** The person with an open widget, online once this resolves. */
  async online(externalId: string, options: ReaderOptions = {}): Promise<InboxReader> {
    const reader = await InboxReader.open(this, externalId, options);
    await until(() => this.isOnline(externalId), `${externalId} to be online`);
    return reader;
  }

  async isOnline(externalId: string): Promise<boolean> {
    const data = await this.query<{ recipient: { online: boolean } | null }>(
      `query($e: String!) { recipient(ref: { externalId: $e }) { online } }`,
      { e: externalId },
    );
    return data.recipient?.online === true;
  }

  async outbox(
    address: string,
  ): Promise<{ title: string; body: string; html: string | null; channel: string; notificationId: string }[]> {
    const data = await this.query<{
      outbox: {
        nodes: { title: string; body: string; html: string | null; channel: string; notificationId: string }[];
      };
    }>(
      `query($a: String!) { outbox(first: 100, filter: { address: $a }) { nodes { title body html channel notificationId } } }`,
      { a: address },
    );
    return data.outbox.nodes;
  }
}
