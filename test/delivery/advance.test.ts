import { tmpdir } from 'node:os';
import { AttachmentShelf } from '../../src/attachments/shelf.js';
import { FolderStore } from '../../src/attachments/folder-store.js';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { egressTo } from '../../src/base/egress.js';
import { Urgency } from '../../src/base/urgency.js';
import { silentLog } from '../../src/base/log.js';
import { Advancer } from '../../src/delivery/advance.js';
import { CapDesk } from '../../src/delivery/caps.js';
import { Carriers } from '../../src/delivery/carriers.js';
import { Contents } from '../../src/delivery/content.js';
import { Lessons } from '../../src/health/lessons.js';
import { simulatorDesk } from '../../src/delivery/simulator-desk.js';
import { SlowStart } from '../../src/health/slow-start.js';
import { secretBox } from '../../src/base/secret-box.js';
import { HealthMonitor } from '../../src/health/monitor.js';
import { Permits } from '../../src/health/permits.js';
import { providerRegistry, adapterOf } from '../../src/providers/index.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { KeptRows } from '../../src/store/kept-rows.js';
import { transactions } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;
let database: Database;
let queue: Queue;
let advancer: Advancer;

/** A gateway that takes sends and carries nothing out, and the advancer of a worker beside it. */
beforeAll(async () => {
  app = await startTestApp({ role: 'api' });
  database = await openDatabase(app.database.url, 4);
  queue = await openQueue(app.database.url, silentLog, systemClock);
  const [clock, log, wakes] = [systemClock, silentLog, new WakeBook()];
  const inTransaction = transactions({ database, queue, clock, wakes }, () => undefined);
  const desk = simulatorDesk(database.db, clock);
  const providers = providerRegistry(desk, clock, egressTo([]));
  const health = new HealthMonitor({ database, inTransaction, clock, log });
  const permits = new Permits({ database, inTransaction, clock });
  const slowStart = new SlowStart({ permits, inTransaction, clock });
  advancer = new Advancer({
    ...{ database, inTransaction, clock, log, wakes, health },
    ...{
      caps: new CapDesk({ database, inTransaction, clock }),
      permits: slowStart,
      pacing: permits,
      kept: new KeptRows(clock),
      urgency: new Urgency(),
    },
    lessons: new Lessons({ health, permits, slowStart, log }),
    carriers: new Carriers(providers, secretBox('a key for tests alone'), desk),
    contents: new Contents(database.db, new AttachmentShelf(database.db, new FolderStore(tmpdir()))),
    publicUrl: null,
    links: null,
    adapterOf: (integration) => adapterOf(providers, integration),
  });
  await app.development.category('orders', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await app[Symbol.asyncDispose]();
});

/** Sends, and takes the job away: what a worker has in hand. */
async function inHand(names: readonly string[]): Promise<{ environmentId: string; ids: string[]; shown: string[] }> {
  const { notificationIds: shown } = await app.development.send(
    names.map((name) => ({ email: `${name}@example.com` })),
    'orders',
  );
  const [job] = await takeJobs();
  return { ...(job as { environmentId: string; ids: string[] }), shown };
}

async function takeJobs(): Promise<{ environmentId: string; ids: string[] }[]> {
  const { rows } = await sql<{ data: { environmentId: string; ids: string[] } }>`
    delete from pgboss.job where name = 'advance-normal' returning data`.execute(database.db);
  return rows.map((row) => row.data);
}

test.each([0, 1, 2])('a job with which a process died %i times is carried out', async (crashes) => {
  const names = ['ana', 'ben'].map((name) => `${name}-${crashes}`);
  const { environmentId, ids } = await inHand(names);
  await advancer.advance({ environmentId, ids, lane: 'NORMAL' }, crashes);
  for (const name of names) expect(await app.development.outbox(`${name}@example.com`)).toHaveLength(1);
});

test('one with which a process died three times becomes one for each, to find the one that kills', async () => {
  const { environmentId, ids } = await inHand(['cy', 'dee', 'eve']);
  await advancer.advance({ environmentId, ids, lane: 'NORMAL' }, 3);
  expect(await app.development.outbox('cy@example.com')).toEqual([]);
  const jobs = await takeJobs();
  expect(jobs.map((job) => job.ids).sort()).toEqual(ids.map((id) => [id]).sort());
  for (const job of jobs) await advancer.advance({ environmentId: job.environmentId, ids: job.ids, lane: 'NORMAL' }, 0);
  for (const name of ['cy', 'dee', 'eve']) expect(await app.development.outbox(`${name}@example.com`)).toHaveLength(1);
});

test('one alone with which a process died is carried out until the eighth time, and is not touched then', async () => {
  const { environmentId, ids, shown } = await inHand(['fay']);
  await advancer.advance({ environmentId, ids, lane: 'NORMAL' }, 8);
  expect(await app.development.outbox('fay@example.com')).toEqual([]);
  const letters = await app.development.query<{ deadLetters: { nodes: object[] } }>(
    '{ deadLetters(first: 10) { nodes { notificationId error notification { state } } } }',
  );
  expect(letters.deadLetters.nodes).toEqual([
    {
      notificationId: shown[0],
      error: 'a process died 8 times with it in hand',
      notification: { state: 'FAILED' },
    },
  ]);
  // Its job may still be there.
  await advancer.advance({ environmentId, ids, lane: 'NORMAL' }, 0);
  expect(await app.development.outbox('fay@example.com')).toEqual([]);

  await app.development.mutate('redriveDeadLetters', { all: true }, 'redrivenCount');
  const [job] = await takeJobs();
  await advancer.advance({ environmentId, ids: job?.ids ?? [], lane: 'NORMAL' }, 0);
  const ended = await until(async () => {
    const notification = await app.development.notification(shown[0] as string);
    return notification.state === 'COMPLETED' && notification;
  }, 'it to go');
  expect(ended.deliveries).toMatchObject([{ state: 'SIMULATED' }]);
  expect(await app.development.outbox('fay@example.com')).toHaveLength(1);
});
