import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { BOOTSTRAP_KEY, callerWith, embeddedUrl, startGateway, type Caller } from './gateway.ts';
import { serve } from './processes.ts';
import { startSink, type Sink } from './sink.ts';

/** Everything that a run measures on: one embedded Postgres, and on it a gateway, a gateway that only accepts, the baseline. */
export interface World {
  readonly sink: Sink;
  /** The gateway as `npm start` runs it, in its LIVE environment; EMAIL goes to the sink. */
  readonly live: Caller;
  /** The same gateway in its TEST environment; the simulator answers after as long as the sink. */
  readonly test: Caller;
  /** Another gateway, `ROLE=api`, on a database of its own: it accepts, and nothing is carried out. */
  readonly intake: Caller;
  /** `http://127.0.0.1:PORT` of the baseline, on a database of its own. */
  readonly naive: string;
  /** A session in the gateway's database. */
  readonly database: Client;
  /** People `p0` … with the e-mail address `p0@example.com` … in both environments, all subscribed to `everybody`. */
  readonly people: number;
  stop(): Promise<void>;
}

export const PROVIDER_MS = 5;
/** People that can be named in single sends, here as in the baseline. */
export const FEW = 10_000;
const NAIVE = fileURLToPath(new URL('naive.ts', import.meta.url));

export async function openWorld(people: number, profileTo?: string): Promise<World> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'tidings-bench-'));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));
    const sink = await startSink(PROVIDER_MS);
    undo.push(() => sink.stop());
    const gateway = await startGateway({ DATA_DIR: dataDir }, profileTo);
    undo.push(() => gateway.stop());
    const url = await embeddedUrl(dataDir);
    const database = new Client({ connectionString: url });
    await database.connect();
    undo.push(() => database.end());
    for (const name of ['intake', 'naive']) await database.query(`create database ${name}`);
    const at = (name: string): string => url.replace(/[^/]*$/, name);
    const api = await startGateway({ DATABASE_URL: at('intake'), ROLE: 'api' });
    undo.push(() => api.stop());
    const naive = await serve(NAIVE, { DATABASE_URL: at('naive'), SINK_URL: sink.url });
    undo.push(() => naive.stop());

    const live = callerWith(gateway, BOOTSTRAP_KEY);
    const test = callerWith(gateway, await keyOfTest(live));
    const intake = callerWith(api, BOOTSTRAP_KEY);
    for (const caller of [live, test, intake]) await addCategories(caller);
    await addIntegration(live, sink.url);
    for (const key of ['production', 'development']) await addPeople(database, key, people);
    for (const caller of [live, test]) await subscribeAll(caller, people);
    const other = new Client({ connectionString: at('intake') });
    await other.connect();
    await addPeople(other, 'production', Math.min(people, FEW));
    await other.end();
    await database.query(
      `insert into simulator_rule (environment_id, address, behavior, delay_ms, created_at)
       select e.environment_id, e.address, 'ACCEPT', $1, now() from endpoint e
       join environment v on v.id = e.environment_id and v.mode = 'TEST'`,
      [PROVIDER_MS],
    );
    await database.query('vacuum analyze');
    return { sink, live, test, intake, naive: naive.url, database, people, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function keyOfTest(live: Caller): Promise<string> {
  const input = { name: 'bench', environment: 'development' };
  const made = await live.call<{ createApiKey: { secret: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code message } } }',
    { input },
  );
  return made.createApiKey.secret;
}

/** `mail`: by e-mail, in the lane of single sends; `news`: the same in the bulk lane; `toast`: in the app alone. */
async function addCategories(caller: Caller): Promise<void> {
  const categories = [
    { key: 'mail', channels: ['EMAIL'], lane: 'NORMAL' },
    { key: 'news', channels: ['EMAIL'], lane: 'BULK' },
    { key: 'toast', channels: ['INBOX'], lane: 'NORMAL', ackTimeout: 'PT60S' },
  ];
  for (const input of categories)
    await caller.call(
      'mutation ($input: UpsertCategoryInput!) { upsertCategory(input: $input) { userErrors { code message } } }',
      { input },
    );
}

async function addIntegration(caller: Caller, baseUrl: string): Promise<void> {
  const settings = { from: 'bench@example.com', baseUrl };
  const input = { key: 'sink', provider: 'sendgrid', channel: 'EMAIL', settings, credentials: { apiKey: 'bench' } };
  await caller.call(
    'mutation ($input: UpsertIntegrationInput!) { upsertIntegration(input: $input) { userErrors { code message } } }',
    { input },
  );
}

/** Rows as `upsertRecipient` writes them, in bulk. */
async function addPeople(database: Client, environment: string, count: number): Promise<void> {
  await database.query(
    `with person as (
       insert into recipient (environment_id, id, external_id, attributes, created_at, updated_at)
       select v.id, gen_random_uuid(), 'p' || n, '{}', now(), now()
       from environment v, generate_series(0, $2::integer - 1) n where v.key = $1
       returning environment_id, id, external_id)
     insert into endpoint (environment_id, recipient_id, channel, address, created_at)
     select environment_id, id, 'EMAIL', external_id || '@example.com', now() from person`,
    [environment, count],
  );
}

async function subscribeAll(caller: Caller, people: number): Promise<void> {
  for (let start = 0; start < people; start += 1000) {
    const size = Math.min(1000, people - start);
    const recipients = Array.from({ length: size }, (_, nth) => ({ externalId: `p${start + nth}` }));
    await caller.call(
      'mutation ($input: SubscribeToTopicInput!) { subscribeToTopic(input: $input) { userErrors { code message } } }',
      { input: { topic: 'everybody', recipients } },
    );
  }
}
