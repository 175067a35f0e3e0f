import { setTimeout as sleep } from 'node:timers/promises';
import { SEND, type Caller } from './gateway.ts';
import type { World } from './world.ts';

export interface FanOut {
  readonly perSecond: number;
  /** Bytes of write-ahead log a notification: hardly moved by what else the machine does. */
  readonly walBytes: number;
}

const LONGEST_MS = 600_000;
const CONTENT = { title: 'Hello', body: 'A few words of news for everybody.' };

/**
 * One `send(topic:)` to everybody, from the call to the last notification's end as the ledger notes it. Throws when one of
 * them was not completed.
 */
export async function fanOutByGateway(world: World, caller: Caller): Promise<FanOut> {
  const { database, people } = world;
  const wal = await walPosition(world);
  const started = Date.now();
  await caller.call(SEND, { input: { topic: 'everybody', category: 'news', content: CONTENT } });
  const { rows: sends } = await database.query<{ id: string }>(
    'select id from send where topic_id is not null order by id desc limit 1',
  );
  while (Date.now() - started < LONGEST_MS) {
    await sleep(1000);
    const { rows } = await database.query<{ ended: number; completed: number; last: Date }>(
      `select count(finished_at)::integer as ended, (count(*) filter (where state = 'COMPLETED'))::integer as completed,
         max(finished_at) as last
       from notification where send_id = $1`,
      [sends[0]?.id],
    );
    const [row] = rows;
    if (!row || row.ended < people) continue;
    if (row.completed !== people) throw new Error(`${people - row.completed} of ${people} notifications failed`);
    const perSecond = (people * 1000) / (row.last.getTime() - started);
    return { perSecond, walBytes: (await walSince(world, wal)) / people };
  }
  throw new Error('the fan-out did not end');
}

/** The baseline with fewer people: its rate does not depend on their number. */
export async function fanOutByNaive(
  world: World,
  options: { count: number; workers: number; provider: 'http' | 'wait' },
): Promise<FanOut> {
  const wal = await walPosition(world);
  const started = performance.now();
  const { count, workers, provider } = options;
  const path = `/fan-out?count=${count}&workers=${workers}&provider=${provider}`;
  const response = await fetch(`${world.naive}${path}`, { method: 'POST' });
  const { done } = (await response.json()) as { done: number };
  if (done !== count) throw new Error(`the baseline sent ${done} of ${count}`);
  const perSecond = (count * 1000) / (performance.now() - started);
  return { perSecond, walBytes: (await walSince(world, wal)) / count };
}

async function walPosition({ database }: World): Promise<string> {
  const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  return rows[0]?.lsn ?? '';
}

async function walSince({ database }: World, lsn: string): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>('select pg_current_wal_lsn() - $1::pg_lsn as bytes', [lsn]);
  return Number(rows[0]?.bytes);
}
