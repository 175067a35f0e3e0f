import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { JobPayloads } from '../../src/queue/jobs.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { expandSend } from '../../src/send/fan-out.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { insertSends, type SendRow } from '../../src/store/sends.js';
import { WakeBook } from '../../src/store/wakes.js';
import { transactions, type InTransaction } from '../../src/store/transaction.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

let fresh: FreshDatabase;
let database: Database;
let queue: Queue;
let inTransaction: InTransaction;
const now = systemClock.now();
const environmentId = uuidv7(now);

/** A database and a queue that nobody works on: jobs stay where they were put. */
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
  queue = await openQueue(fresh.url, silentLog, systemClock);
  inTransaction = transactions({ database, queue, clock: systemClock, wakes: new WakeBook() }, () => undefined);
  const row = { id: environmentId, key: 'here', name: 'Here', mode: 'TEST' as const, created_at: now };
  await insertEnvironment(database.db, { ...row, token_secret: new Uint8Array(1) });
  await sql`
    insert into recipient (environment_id, id, external_id, attributes, created_at, updated_at)
    select ${environmentId}, gen_random_uuid(), 'p' || n, jsonb_build_object('nth', n), ${now}, ${now}
    from generate_series(1, 5001) n`.execute(database.db);
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

async function storedSend(changes: Partial<SendRow> = {}): Promise<JobPayloads['expand']> {
  const sendId = uuidv7(now);
  const send: SendRow = {
    ...{ environment_id: environmentId, id: sendId, category_key: 'news', data: {}, tags: [], created_at: now },
    ...{ template_key: null, template_version: null, content: null, channels: null, brand: null, topic_id: null },
    ...{ send_at: null, expires_at: null, expanded_through: null, expanded: false, canceled_at: null },
    ...{ tenant: null, audience: { all: [] }, recipient_count: 0, attachments: null },
    ...{ send_window: null, digest_id: null, digest_key: null, throttle: null },
    ...{ inbox: null, content_gone_at: null },
    ...changes,
  };
  await insertSends(database.db, [send], []);
  return { environmentId, sendId, lane: 'BULK', tenant: send.tenant, after: null };
}

interface Job {
  data: JobPayloads['expand'] & JobPayloads['advance'];
  waits: boolean;
}

/** The jobs that were put into a queue since the last look. */
async function jobs(name: string): Promise<Job[]> {
  const { rows } = await sql<Job>`
    delete from pgboss.job where name = ${name} returning data, start_after > created_on as waits`.execute(database.db);
  return rows;
}

async function counts(sendId: string): Promise<{ made: number; told: number; expanded: boolean } | undefined> {
  const { rows } = await sql<{ made: number; told: number; expanded: boolean }>`
    select (select count(*)::integer from notification where send_id = s.id) as made, s.recipient_count as told, s.expanded
    from send s where s.id = ${sendId}`.execute(database.db);
  return rows[0];
}

const context = () => ({ inTransaction, clock: systemClock });

test('a job makes one slice, and puts the next one at the tail of the queue', async () => {
  const job = await storedSend({ tenant: 'acme' });
  await expandSend(context(), job);
  expect(await counts(job.sendId)).toEqual({ made: 5000, told: 5000, expanded: false });
  const [next, ...none] = await jobs('expand-bulk');
  expect(none).toEqual([]);
  expect(next?.data).toEqual({ ...job, after: expect.any(String) });
  const carried = await jobs('advance-bulk');
  expect(carried.map(({ data }) => [data.tenant, data.ids.length])).toEqual(
    Array.from({ length: 10 }, () => ['acme', 500]),
  );

  await expandSend(context(), next?.data as JobPayloads['expand']);
  expect(await counts(job.sendId)).toEqual({ made: 5001, told: 5001, expanded: true });
  expect(await jobs('expand-bulk')).toEqual([]);
  expect(await jobs('advance-bulk')).toHaveLength(1);
});

test('a job that comes again does nothing, and starts no second chain', async () => {
  const job = await storedSend();
  await expandSend(context(), job);
  await jobs('expand-bulk');
  await expandSend(context(), job);
  expect(await counts(job.sendId)).toMatchObject({ made: 5000, told: 5000 });
  expect(await jobs('expand-bulk')).toEqual([]);
  await jobs('advance-bulk');
});

test('both of two that come at once, likewise', async () => {
  const job = await storedSend();
  await Promise.all([expandSend(context(), job), expandSend(context(), job)]);
  expect(await counts(job.sendId)).toMatchObject({ made: 5000, told: 5000 });
  expect(await jobs('expand-bulk')).toHaveLength(1);
  await jobs('advance-bulk');
});

test.each([
  ['canceled', { canceled_at: now, expanded: true }],
  ['done', { expanded: true }],
])('a send that is %s is not expanded', async (_name, changes) => {
  const job = await storedSend(changes);
  await expandSend(context(), job);
  expect(await counts(job.sendId)).toMatchObject({ made: 0 });
  expect([await jobs('expand-bulk'), await jobs('advance-bulk')]).toEqual([[], []]);
});

test('a job from before jobs said where they begin, goes on from where the send is', async () => {
  const { after: _after, ...job } = await storedSend();
  await expandSend(context(), job);
  const [next] = await jobs('expand-bulk');
  await expandSend(context(), job);
  await expandSend(context(), next?.data as JobPayloads['expand']);
  expect(await counts(job.sendId)).toEqual({ made: 5001, told: 5001, expanded: true });
  await jobs('advance-bulk');
});

test('with too much waiting in its lane, a job comes back later and makes nothing', async () => {
  const job = await storedSend({ tenant: 'acme' });
  const asked: string[] = [];
  const backlog = (waiting: number) => (lane: string) => {
    asked.push(lane);
    return waiting;
  };
  await expandSend({ ...context(), backlog: backlog(50_001) }, job);
  expect(await counts(job.sendId)).toMatchObject({ made: 0, told: 0 });
  const [later, ...none] = await jobs('expand-bulk');
  expect(none).toEqual([]);
  expect(later).toEqual({ data: job, waits: true });
  await expandSend({ ...context(), backlog: backlog(50_000) }, later?.data as JobPayloads['expand']);
  expect(await counts(job.sendId)).toMatchObject({ made: 5000 });
  expect(asked).toEqual(['BULK', 'BULK']);
  await Promise.all([jobs('expand-bulk'), jobs('advance-bulk')]);
});

test('work for two tenants in one commit is two jobs', async () => {
  const ids = Array.from({ length: 6 }, () => uuidv7(now));
  await inTransaction(async (tx) => {
    const work = { environmentId, lane: 'NORMAL' as const };
    tx.advance({ ...work, ids: ids.slice(0, 2), tenant: 'acme' });
    tx.advance({ ...work, ids: ids.slice(2, 3), tenant: 'bolt' });
    tx.advance({ ...work, ids: ids.slice(3, 4) });
    tx.advance({ ...work, ids: ids.slice(4, 5), tenant: 'acme' });
    tx.advance({ ...work, ids: ids.slice(5, 6), tenant: null });
  });
  const found = (await jobs('advance-normal')).map(({ data }) => data).sort((a, b) => b.ids.length - a.ids.length);
  expect(found).toEqual([
    { environmentId, tenant: 'acme', ids: [ids[0], ids[1], ids[4]] },
    { environmentId, ids: [ids[3], ids[5]] },
    { environmentId, tenant: 'bolt', ids: [ids[2]] },
  ]);
});
