import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { SEND, type Caller } from './gateway.ts';
import { post } from './http-post.ts';
import type { Run } from './measure.ts';
import { percentile } from './stats.ts';
import type { World } from './world.ts';

const LATEST_MS = 30_000;
const EVENTS = `subscription { inboxEvents { __typename version ... on InboxItemAdded { item { id title } } } }`;
const ACKNOWLEDGE = `mutation ($input: AcknowledgeInboxItemsInput!) {
  acknowledgeInboxItems(input: $input) { acknowledgedCount userErrors { code message } } }`;

/** People with an open inbox; they acknowledge what they are shown, as the widget does. */
export interface Readers {
  /** Milliseconds from `since` to the frame with this title, for the reader by number. */
  send(reader: number, since: number): Promise<number>;
  stop(): Promise<void>;
}

export async function openReaders(world: World, count: number): Promise<Readers> {
  const waiting = new Map<string, (at: number) => void>();
  const clients: Client[] = [];
  const acknowledgements: Promise<unknown>[] = [];
  for (let reader = 0; reader < count; reader += 1) {
    const token = await tokenOf(world.live, reader);
    const authorization = `Bearer ${token}`;
    const person: Caller = { ...world.live, headers: { ...world.live.headers, authorization } };
    const client = createClient({
      url: world.live.graphql.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    clients.push(client);
    client.subscribe<{ inboxEvents: { __typename: string; item?: { id: string; title: string } } }>(
      { query: EVENTS },
      {
        next: ({ data }) => {
          const at = performance.now();
          const item = data?.inboxEvents.item;
          if (!item) return;
          waiting.get(item.title)?.(at);
          waiting.delete(item.title);
          acknowledgements.push(acknowledge(person, item.id));
        },
        error: (error) => process.stderr.write(`a reader's socket: ${JSON.stringify(error)}\n`),
        complete: () => undefined,
      },
    );
  }
  await online(world, count);
  let sent = 0;
  return {
    async send(reader, since) {
      sent += 1;
      const title = `Toast ${sent}`;
      const shown = new Promise<number>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${title} was not shown`)), LATEST_MS);
        waiting.set(title, (at) => {
          clearTimeout(late);
          resolve(at);
        });
      });
      const input = {
        to: [{ externalId: `p${reader % count}` }],
        category: 'toast',
        content: { title, body: 'Look.' },
      };
      const [at] = await Promise.all([shown, world.live.call(SEND, { input })]);
      return at - since;
    },
    async stop() {
      await Promise.all(acknowledgements);
      for (const client of clients) await client.dispose();
    },
  };
}

/** One at a time with a pause. */
async function toastsIdle(readers: Readers, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    await sleep(25);
    latencies.push(await readers.send(nth, performance.now()));
  }
  return latencies;
}

/** Open loop; time counts from when each was due. */
export async function toastsSteady(readers: Readers, rate: number, seconds: number): Promise<number[]> {
  const begun = performance.now() + 50;
  return Promise.all(
    Array.from({ length: Math.round(rate * seconds) }, async (_, nth) => {
      const due = begun + (nth * 1000) / rate;
      await sleep(due - performance.now());
      return readers.send(nth, due);
    }),
  );
}

export async function tokenOf(live: Caller, reader: number): Promise<string> {
  const input = { recipient: { externalId: `p${reader}` } };
  const made = await live.call<{ createRecipientToken: { token: string } }>(
    'mutation ($input: CreateRecipientTokenInput!) { createRecipientToken(input: $input) { token userErrors { code message } } }',
    { input },
  );
  return made.createRecipientToken.token;
}

async function acknowledge(person: Caller, id: string): Promise<void> {
  const body = JSON.stringify({ query: ACKNOWLEDGE, variables: { input: { ids: [id] } } });
  const { text } = await post(person.graphql, person.headers, body);
  const answer = JSON.parse(text) as { data?: { acknowledgeInboxItems: { acknowledgedCount: number } } };
  if (answer.data?.acknowledgeInboxItems.acknowledgedCount !== 1)
    throw new Error(`not acknowledged: ${JSON.stringify(answer)}`);
}

const READERS = 20;
const RATES = [50, 200];

/** From the mutation to the frame on the websocket; every client acknowledges. */
export async function measureInbox({ world, report, size }: Run): Promise<void> {
  const readers = await openReaders(world, READERS);
  const add = (when: string, latencies: readonly number[]): void => {
    for (const share of [0.5, 0.99])
      report.add({
        ...{ what: `send → websocket client, ${when}, p${share * 100}`, unit: 'ms' },
        ours: percentile(latencies, share),
      });
  };
  try {
    add('idle', await toastsIdle(readers, size.singles));
    for (const rate of RATES) add(`${rate}/s`, await toastsSteady(readers, rate, size.seconds));
  } finally {
    await readers.stop();
  }
}

/** Waits until all of them are seen as online. */
export async function online({ database }: World, count: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { rows } = await database.query<{ n: number }>(
      'select count(distinct recipient_id)::integer as n from connection',
    );
    if ((rows[0]?.n ?? 0) >= count) return;
    await sleep(50);
  }
  throw new Error('the readers did not come online');
}
