import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { PgBoss } from 'pg-boss';
import { delivererOf, NEWS, overHttp, type Deliver } from './baseline-provider.ts';
import { hammerInside } from './hammer.ts';
import { answerAt } from './program.ts';

/**
 * The baseline, what one would write in a day: a row and a pg-boss job per notification, in one transaction a call.
 * A process of its own with as many connections as the gateway has. Plain node:http without GraphQL, authentication,
 * routing, history or retries, and worker loops that never sleep while there is work: all of it in the baseline's favour.
 *
 * - `POST /send?queue=live` stores one notification; a worker woken by LISTEN/NOTIFY carries it out.
 * - `POST /send?queue=parked` stores one and nobody carries it out: accepting alone.
 * - `POST /accept?callers=&seconds=` the same as the latter without HTTP: callers in this process.
 * - `POST /fan-out?count=&workers=&provider=` a job a person, one job fetched at a time, row by row; answers when all
 *   are sent. `provider` is `http` (the sink) or `wait` (5 ms).
 * - `POST /idle` answers when everything accepted for `live` was carried out.
 */
const url = process.env['DATABASE_URL'] ?? '';
const pool = new Pool({ connectionString: url, max: 16 });
const boss = new PgBoss({ connectionString: url, max: 6, useListenNotify: true });

interface Mail {
  readonly recipientId: string;
  readonly title: string;
  readonly body: string;
}
type Queryable = Pool | PoolClient;

async function prepare(): Promise<void> {
  await pool.query(`
    create table recipient (id uuid primary key, email text not null);
    create table message (id uuid primary key, recipient_id uuid not null, title text not null, body text not null,
      state text not null, provider_id text, created_at timestamptz not null default now(), updated_at timestamptz);
    create index message_recipient on message (recipient_id);
    insert into recipient select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'n' || n || '@example.com'
      from generate_series(0, 9999) n;`);
  await boss.start();
  await boss.createQueue('live', { notify: true });
  await boss.createQueue('parked');
  await boss.createQueue('fan-out');
  const often = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 1, burstWhenBatchFull: true };
  await boss.work<{ id: string }>('live', { ...often, batchSize: 10, localConcurrency: 4 }, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => carryOut(data.id, overHttp)));
  });
}

/** One transaction a call: the row, and the job through the same connection. */
async function accept(mail: Mail, queue: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const id = await insertMessage(client, mail);
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await boss.send(queue, { id }, { db });
    await client.query('commit');
    return id;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function insertMessage(db: Queryable, mail: Mail): Promise<string> {
  const id = randomUUID();
  const text = `insert into message (id, recipient_id, title, body, state) values ($1, $2, $3, $4, 'queued')`;
  await db.query(text, [id, mail.recipientId, mail.title, mail.body]);
  return id;
}

async function carryOut(id: string, deliver: Deliver): Promise<void> {
  const { rows } = await pool.query<{ email: string; title: string; body: string }>(
    'select r.email, m.title, m.body from message m join recipient r on r.id = m.recipient_id where m.id = $1',
    [id],
  );
  const [row] = rows;
  if (!row) throw new Error(`no message ${id}`);
  const providerId = await deliver(row.email, row);
  const text = `update message set state = 'sent', provider_id = $2, updated_at = now() where id = $1`;
  await pool.query(text, [id, providerId]);
}

/** Jobs are sent one after another while the workers already run; resolves when every message was sent. */
async function fanOut(count: number, workers: number, deliver: Deliver): Promise<number> {
  const { rows } = await pool.query<{ id: string }>('select id from recipient limit $1', [count]);
  let done = 0;
  const sending = (async () => {
    for (const { id } of rows) await boss.send('fan-out', { recipientId: id });
  })();
  const working = Array.from({ length: workers }, async () => {
    while (done < rows.length) {
      const [job] = await boss.fetch<{ recipientId: string }>('fan-out', { batchSize: 1 });
      if (!job) continue;
      await carryOut(await insertMessage(pool, { ...job.data, ...NEWS }), deliver);
      await boss.complete('fan-out', job.id);
      done += 1;
    }
  });
  await Promise.all([sending, ...working]);
  return done;
}

/** Callers in this process that each store one and store again: what the database and pg-boss take, without HTTP. */
async function acceptFor(callers: number, seconds: number): Promise<{ perSecond: number; p99: number }> {
  let person = 0;
  return hammerInside(callers, seconds, async () => {
    person += 1;
    const recipientId = `00000000-0000-4000-8000-${String(person % 10_000).padStart(12, '0')}`;
    await accept({ recipientId, ...NEWS }, 'parked');
  });
}

async function idle(): Promise<object> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { rows } = await pool.query(`select 1 from pgboss.job where name = 'live' and state < 'completed' limit 1`);
    if (rows.length === 0) return {};
    await sleep(100);
  }
  throw new Error('the baseline did not come to rest');
}

await prepare();
answerAt(
  {
    '/send': async (body, query) => ({ id: await accept(body as Mail, query.get('queue') ?? '') }),
    '/accept': async (_body, query) => acceptFor(Number(query.get('callers')), Number(query.get('seconds'))),
    '/fan-out': async (_body, query) => {
      const [count, workers] = ['count', 'workers'].map((name) => Number(query.get(name))) as [number, number];
      return { done: await fanOut(count, workers, delivererOf(query)) };
    },
    '/idle': idle,
  },
  async () => {
    await boss.stop({ graceful: false });
    await pool.end();
  },
);
