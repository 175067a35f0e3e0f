import { Client } from 'pg';
import type { Sample } from './bare-sample.ts';
import { SEND, startGateway, type Caller } from './gateway.ts';
import { ask } from './http-post.ts';
import { checkLedger, checkpoint, ended, lastBroadcast, walPosition, walSince } from './ledger.ts';
import type { Served } from './processes.ts';
import type { World } from './world.ts';

export interface FanOut {
  readonly perSecond: number;
  /** Bytes of write-ahead log a notification: hardly moved by what else the machine does. */
  readonly walBytes: number;
}

const CONTENT = { title: 'Hello', body: 'A few words of news for everybody.' };

export interface Broadcast {
  readonly caller: Caller;
  readonly database: Client;
  readonly topic: string;
  /** How many are subscribed to it. */
  readonly count: number;
  readonly category?: string;
}

/**
 * One `send(topic:)`, from the call to the last notification's end as the ledger notes it. Throws when one of them was not
 * completed, or not attempted exactly once.
 */
export async function broadcast({ caller, database, topic, count, category = 'news' }: Broadcast) {
  await checkpoint(database);
  const wal = await walPosition(database);
  const started = Date.now();
  await caller.call(SEND, { input: { topic, category, content: CONTENT } });
  const sendId = await lastBroadcast(database);
  const perSecond = (count * 1000) / ((await ended(database, sendId)) - started);
  const walBytes = (await walSince(database, wal)) / count;
  await checkLedger(database, sendId, count);
  return { perSecond, walBytes, sendId, walFrom: wal };
}

/** To everybody in the LIVE environment, through the adapter; the sink must see each address exactly once. */
export async function broadcastToSink(world: World, topic: string, count: number) {
  const watch = world.sink.watch(/^p\d/);
  try {
    const fanOut = await broadcast({ caller: world.live, database: world.database, topic, count });
    checkArrivals(watch.counts, count);
    return fanOut;
  } finally {
    watch.end();
  }
}

/** Throws unless each of `count` addresses was written to exactly once. */
export function checkArrivals(counts: ReadonlyMap<string, number>, count: number): void {
  const twice = [...counts.values()].filter((times) => times > 1).length;
  if (counts.size !== count || twice > 0)
    throw new Error(`the sink heard of ${counts.size} addresses, ${twice} of them more than once; expected ${count}`);
}

/** A fan-out by one of the baselines' programs, over the sink (`http`) or with a wait in its place. */
async function baselineFanOut(
  world: World,
  url: string,
  query: { count: number; provider: 'http' | 'wait'; workers?: number },
): Promise<FanOut> {
  await checkpoint(world.database);
  const wal = await walPosition(world.database);
  const started = performance.now();
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const { done } = await ask<{ done: number }>(`${url}/fan-out?${asked}`);
  if (done !== query.count) throw new Error(`a baseline sent ${done} of ${query.count}`);
  const perSecond = (query.count * 1000) / (performance.now() - started);
  return { perSecond, walBytes: (await walSince(world.database, wal)) / query.count };
}

/** A job a notification, one by one. */
export async function fanOutByNaive(
  world: World,
  options: { count: number; workers: number; provider: 'http' | 'wait' },
): Promise<FanOut> {
  return baselineFanOut(world, world.naive, options);
}

/** A job a notification, in batches of 500. */
export async function fanOutByBatches(world: World, count: number, provider: 'http' | 'wait'): Promise<FanOut> {
  const served = await world.start('batched.ts', 'batched');
  try {
    return await baselineFanOut(world, served.url, { count, provider });
  } finally {
    await served.stop();
  }
}

/** The bare limit's program on a database that the product has migrated; and how many rows it takes at once best. */
export interface BareLimit {
  run(sample: Sample, count: number): Promise<FanOut>;
  stop(): Promise<void>;
}

const CONNECTIONS = 3;
const BATCHES = [100, 500, 1000];

/** Starts it, and tries which batch is best with this sample. */
export async function openBareLimit(world: World, sample: Sample): Promise<BareLimit> {
  const url = await world.databaseUrl('bare');
  await (await startGateway({ DATABASE_URL: url, ROLE: 'api' })).stop();
  const served = await world.start('bare-limit.ts', 'bare');
  const database = new Client({ connectionString: url });
  await database.connect();
  const runWith = (given: Sample, count: number, batch: number): Promise<FanOut> =>
    bareRun(served, database, given, count, batch);
  await runWith(sample, 5_000, 500);
  const trials = [];
  for (const batch of BATCHES) trials.push({ batch, ...(await runWith(sample, 10_000, batch)) });
  const best = trials.sort((a, b) => b.perSecond - a.perSecond)[0]?.batch ?? 500;
  console.log(`the bare limit writes in batches of ${best}`);
  return {
    run: (given, count) => runWith(given, count, best),
    async stop() {
      await database.end();
      await served.stop();
    },
  };
}

async function bareRun(
  served: Served,
  database: Client,
  sample: Sample,
  count: number,
  batch: number,
): Promise<FanOut> {
  await checkpoint(database);
  const wal = await walPosition(database);
  const path = `/run?count=${count}&batch=${batch}&connections=${CONNECTIONS}`;
  const { ms, sendId } = await ask<{ ms: number; sendId: string }>(`${served.url}${path}`, sample);
  const walBytes = (await walSince(database, wal)) / count;
  await checkLedger(database, sendId, count);
  return { perSecond: (count * 1000) / ms, walBytes };
}
