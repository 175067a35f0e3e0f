import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { BOOTSTRAP_KEY, callerWith, embeddedUrl, startGateway, type Caller } from './gateway.ts';
import { addCategories, addIntegration, addPeople, subscribe } from './people.ts';
import { serve, type Served } from './processes.ts';
import { startSink, type Sink } from './sink.ts';
import type { Size } from './size.ts';

/** Everything that a run measures on: one embedded Postgres, and on it a gateway, a gateway that only accepts, the baseline. */
export interface World {
  readonly sink: Sink;
  /** The gateway as `npm start` runs it, in its LIVE environment; EMAIL goes to the sink. */
  readonly live: Caller;
  /** Its process. */
  readonly pid: number;
  /** The same gateway in its TEST environment; the simulator answers after as long as the sink. */
  readonly test: Caller;
  /** Another gateway, `ROLE=api`, on a database of its own: it accepts, and nothing is carried out. */
  readonly intake: Caller;
  /** `http://127.0.0.1:PORT` of the baseline, on a database of its own. */
  readonly naive: string;
  /** A session in the gateway's database. */
  readonly database: Client;
  /**
   * People `p0` … with the e-mail address `p0@example.com` … in both environments, all subscribed to `everybody`, the first
   * `size.some` to `some`.
   */
  readonly people: number;
  /** The connection string of a database on the same server; made when it is not there. */
  databaseUrl(name?: string): Promise<string>;
  /** One of the bench's own programs beside this file, with a database of its own. */
  start(program: string, database: string, env?: Readonly<Record<string, string>>): Promise<Served>;
  stop(): Promise<void>;
}

export const PROVIDER_MS = 5;
/** People that can be named in single sends, here as in the baseline. */
export const FEW = 10_000;

export async function openWorld(size: Size, profileTo?: string): Promise<World> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const { people } = size;
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
    const databaseUrl = async (name?: string): Promise<string> => {
      if (name === undefined) return url;
      const { rowCount } = await database.query('select 1 from pg_database where datname = $1', [name]);
      if (rowCount === 0) await database.query(`create database "${name}"`);
      return url.replace(/[^/]*$/, name);
    };
    const start: World['start'] = async (program, name, env = {}) =>
      serve(fileURLToPath(new URL(program, import.meta.url)), {
        ...{ DATABASE_URL: await databaseUrl(name), SINK_URL: sink.url },
        ...env,
      });
    const intakeUrl = await databaseUrl('intake');
    const api = await startGateway({ DATABASE_URL: intakeUrl, ROLE: 'api' });
    undo.push(() => api.stop());
    const naive = await start('naive.ts', 'naive');
    undo.push(() => naive.stop());

    const live = callerWith(gateway, BOOTSTRAP_KEY);
    const test = callerWith(gateway, await keyOfTest(live));
    const intake = callerWith(api, BOOTSTRAP_KEY);
    for (const caller of [live, test, intake]) await addCategories(caller);
    await addIntegration(live, sink.url);
    for (const key of ['production', 'development']) await addPeople(database, key, people);
    await addPeople(database, 'production', URGENT, 'urgent');
    for (const caller of [live, test]) {
      await subscribe(database, caller, 'everybody', people);
      await subscribe(database, caller, 'some', size.some);
    }
    const other = new Client({ connectionString: intakeUrl });
    await other.connect();
    await addPeople(other, 'production', Math.min(people, FEW));
    await other.end();
    await delaySimulator(database);
    await database.query('vacuum analyze');
    return { sink, live, pid: gateway.pid, test, intake, naive: naive.url, database, people, databaseUrl, start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** People `urgent0` … who are in no topic: what is sent to them is told apart from a fan-out by its address. */
export const URGENT = 200;

/** The key of the TEST environment of a gateway, asked for by its LIVE one. */
export async function keyOfTest(live: Caller): Promise<string> {
  const input = { name: 'bench', environment: 'development' };
  const made = await live.call<{ createApiKey: { secret: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code message } } }',
    { input },
  );
  return made.createApiKey.secret;
}

/** The simulator answers as slowly as the sink, for every address of every TEST environment. */
export async function delaySimulator(database: Client): Promise<void> {
  await database.query(
    `insert into simulator_rule (environment_id, address, behavior, delay_ms, created_at)
     select distinct e.environment_id, e.address, 'ACCEPT', $1::integer, now() from endpoint e
     join environment v on v.id = e.environment_id and v.mode = 'TEST'`,
    [PROVIDER_MS],
  );
}
