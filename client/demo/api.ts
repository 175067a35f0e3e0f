/** What the server lends to the demo page: a key to a TEST environment, where a simulator carries everything. */
export interface DemoSession {
  readonly apiKey: string;
  readonly environment: string;
  readonly recipient: { readonly externalId: string; readonly name: string };
  /** Key of the category that is chosen at first. */
  readonly category: string;
}

/** The session; null when the demo is switched off. Rejects when the server cannot be asked. */
export async function loadSession(): Promise<DemoSession | null> {
  const response = await fetch('demo/session', { headers: { accept: 'application/json' } });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return (await response.json()) as DemoSession;
}

/** One GraphQL call as a service would make it. Rejects with the first error's message. */
async function call<Data>(session: DemoSession, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch('graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${session.apiKey}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: Data | null; errors?: { message: string }[] };
  if (answer.errors?.[0]) throw new Error(answer.errors[0].message);
  if (!answer.data) throw new Error(`The server answered ${response.status}`);
  return answer.data;
}

interface UserError {
  readonly message: string;
}

function refuse(errors: readonly UserError[]): void {
  if (errors[0]) throw new Error(errors[0].message);
}

/** A short-lived token with which the widget is this session's recipient. */
export async function createToken(session: DemoSession): Promise<string> {
  const { createRecipientToken } = await call<{
    createRecipientToken: { token: string | null; userErrors: UserError[] };
  }>(
    session,
    `mutation Token($externalId: String!) {
      createRecipientToken(input: { recipient: { externalId: $externalId } }) { token userErrors { message } }
    }`,
    { externalId: session.recipient.externalId },
  );
  refuse(createRecipientToken.userErrors);
  return createRecipientToken.token ?? '';
}

/** A category to choose from. */
export interface Category {
  readonly key: string;
  readonly name: string;
}

/** The environment's categories. */
export async function loadCategories(session: DemoSession): Promise<readonly Category[]> {
  return (await call<{ categories: Category[] }>(session, '{ categories { key name } }')).categories;
}

/** The mutation of the send form, also shown on the page. */
export const sendMutation = `mutation Send($input: SendInput!) {
  send(input: $input) {
    send { id notifications { nodes { id } } }
    userErrors { message }
  }
}`;

/** What the form sends. */
export interface SendInput {
  readonly to: readonly [{ readonly externalId: string }];
  readonly category: string;
  readonly content: { readonly title: string; readonly body: string };
}

/** Sends and gives the notification's id. Rejects with the first user error's message. */
export async function send(session: DemoSession, input: SendInput): Promise<string | null> {
  const answer = await call<{
    send: { send: { notifications: { nodes: { id: string }[] } } | null; userErrors: UserError[] };
  }>(session, sendMutation, { input });
  refuse(answer.send.userErrors);
  return answer.send.send?.notifications.nodes[0]?.id ?? null;
}

/** One notification as the "Why?" panel tells it. */
export interface Trace {
  readonly state: string;
  readonly plan: {
    readonly outcome: string;
    readonly steps: readonly {
      readonly channel: string;
      readonly integration: string | null;
      readonly decision: string;
      readonly reason: string;
      readonly explanation: string;
    }[];
  };
  readonly deliveries: readonly {
    readonly channel: string;
    readonly state: string;
    readonly address: string | null;
    readonly provider: string | null;
  }[];
  readonly timeline: readonly {
    readonly at: string;
    readonly type: string;
    readonly channel: string | null;
    readonly integration: string | null;
    readonly reason: string | null;
    readonly detail: string | null;
  }[];
}

/** The decisions and events of one notification so far; null when it is not known. */
export async function loadTrace(session: DemoSession, id: string): Promise<Trace | null> {
  const { notification } = await call<{ notification: Trace | null }>(
    session,
    `query Why($id: ID!) {
      notification(id: $id) {
        state
        plan { outcome steps { channel integration decision reason explanation } }
        deliveries { channel state address provider }
        timeline { at type channel integration reason detail }
      }
    }`,
    { id },
  );
  return notification;
}

/** One thing that the simulator carried instead of a provider. */
export interface OutboxMessage {
  readonly id: string;
  readonly createdAt: string;
  readonly channel: string;
  readonly address: string;
  readonly provider: string;
  readonly integration: string;
  readonly title: string | null;
  readonly body: string;
  readonly notificationId: string;
}

/** The newest of what the simulator carried. */
export async function loadOutbox(session: DemoSession): Promise<readonly OutboxMessage[]> {
  const { outbox } = await call<{ outbox: { nodes: OutboxMessage[] } }>(
    session,
    `{ outbox(first: 10) { nodes { id createdAt channel address provider integration title body notificationId } } }`,
  );
  return outbox.nodes;
}
