import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plus, systemClock, type Clock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { sweepOrphans, type SweepContext } from '../../src/delivery/sweep.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { transactions } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
let database: Database;
let queue: Queue;

/** A gateway that takes sends and carries nothing out. */
beforeAll(async () => {
  app = await startTestApp({ role: 'api' });
  database = await openDatabase(app.database.url, 4);
  queue = await openQueue(app.database.url, silentLog, systemClock);
  await app.development.category('orders', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await app[Symbol.asyncDispose]();
});

const inMinutes = (minutes: number): Clock => ({ now: () => plus(systemClock.now(), minutes * 60_000) });

function sweeper(clock: Clock, waiting = 0): SweepContext {
  const inTransaction = transactions({ database, queue, clock, wakes: new WakeBook() }, () => undefined);
  return { database, inTransaction, clock, log: silentLog, backlog: { of: () => Promise.resolve(waiting) } };
}

async function takeJobs(): Promise<string[]> {
  const { rows } = await sql<{ data: { ids: string[] } }>`
    delete from pgboss.job where name = 'advance-normal' returning data`.execute(database.db);
  return rows.flatMap((row) => row.data.ids);
}

test('what has neither a timer nor a job is found and carried on, and nothing else', async () => {
  await app.development.send([{ email: 'ana@example.com' }, { email: 'ben@example.com' }], 'orders');
  const ids = await takeJobs();
  expect(ids).toHaveLength(2);
  // Too young: its job might still be on its way. A queue that is full has simply not come to it.
  expect(await sweepOrphans(sweeper(inMinutes(1)))).toBe(0);
  expect(await sweepOrphans(sweeper(inMinutes(11), 100_000))).toBe(0);
  // Ben's has a timer: he waits for something.
  await sql`insert into timer (environment_id, notification_id, at, lane)
    select environment_id, id, now() + interval '1 day', 'NORMAL' from notification where id = ${ids[1]}`.execute(
    database.db,
  );
  expect(await sweepOrphans(sweeper(inMinutes(11)))).toBe(1);
  expect(await takeJobs()).toEqual([ids[0]]);
  // Ended, it is nobody's business any more.
  await sql`update notification set state = 'CANCELED', finished_at = now()`.execute(database.db);
  expect(await sweepOrphans(sweeper(inMinutes(11)))).toBe(0);
});
