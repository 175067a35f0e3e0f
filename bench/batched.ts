import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { PgBoss } from 'pg-boss';
import { delivererOf, NEWS, type Deliver } from './baseline-provider.ts';
import { answerAt } from './program.ts';

/**
 * The better baseline: still a pg-boss job a notification, but everything in bulk. Rows and jobs are inserted by the
 * thousand; three workers fetch 500 jobs at a time, claim, call the provider for all of them at once, write the outcomes in
 * bulk and answer a result a job. It keeps an attempt and two events a notification, and decides nothing.
 *
 * `POST /fan-out?count=&provider=` answers when all are sent. `provider` is `http` (the sink) or `wait` (5 ms).
 */
const url = process.env['DATABASE_URL'] ?? '';
const pool = new Pool({ connectionString: url, max: 8 });
const boss = new PgBoss({ connectionString: url, max: 6 });
const INSERTED = 1_000;
const FETCHED = 500;
const WORKERS = 3;

interface Job {
  readonly id: string;
  readonly data: { readonly messageId: string };
}

async function prepare(): Promise<void> {
  await pool.query(`
    create table if not exists recipient (id uuid primary key, email text not null);
    create table if not exists message (id uuid primary key, recipient_id uuid not null, title text not null,
      body text not null, state text not null, created_at timestamptz not null default now(), updated_at timestamptz);
    create index if not exists message_recipient on message (recipient_id);
    create table if not exists attempt (message_id uuid not null, number smallint not null, state text not null,
      provider_id text, primary key (message_id, number));
    create table if not exists event (message_id uuid not null, seq smallint not null, type text not null,
      at timestamptz not null default now(), primary key (message_id, seq));`);
  await boss.start();
  await boss.createQueue('fan-out');
}

async function fanOut(count: number, deliver: Deliver): Promise<number> {
  await pool.query(
    `insert into recipient select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'n' || n || '@example.com'
     from generate_series(0, $1::integer - 1) n on conflict do nothing`,
    [count],
  );
  const { rows } = await pool.query<{ id: string }>('select id from recipient limit $1', [count]);
  let done = 0;
  const settled = Promise.withResolvers<void>();
  const options = {
    ...{ batchSize: FETCHED, localConcurrency: WORKERS, pollingIntervalSeconds: 0.5 },
    ...{ burstWhenBatchFull: true, perJobResults: true },
  } as const;
  await boss.work<Job['data']>('fan-out', options, async (jobs) => {
    await carryOut(
      jobs.map((job) => job.data.messageId),
      deliver,
    );
    done += jobs.length;
    if (done === count) settled.resolve();
    return jobs.map(({ id }) => ({ id, status: 'completed' as const }));
  });
  for (let start = 0; start < rows.length; start += INSERTED)
    await insert(rows.slice(start, start + INSERTED).map((row) => row.id));
  await settled.promise;
  await boss.offWork('fan-out', { wait: true });
  return done;
}

/** Rows and their jobs; one commit. */
async function insert(recipients: readonly string[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const ids = recipients.map(() => randomUUID());
    await client.query(
      `insert into message (id, recipient_id, title, body, state)
       select *, $3, $4, 'queued' from unnest($1::uuid[], $2::uuid[])`,
      [ids, recipients, NEWS.title, NEWS.body],
    );
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await boss.insert(
      'fan-out',
      ids.map((messageId) => ({ data: { messageId } })),
      { db },
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function carryOut(ids: readonly string[], deliver: Deliver): Promise<void> {
  const { rows } = await pool.query<{ id: string; email: string; title: string; body: string }>(
    `with claimed as (update message set state = 'sending', updated_at = now() where id = any($1::uuid[])
       returning id, recipient_id, title, body),
     attempts as (insert into attempt select id, 1, 'sending' from claimed),
     events as (insert into event select id, 1, 'started' from claimed)
     select c.id, r.email, c.title, c.body from claimed c join recipient r on r.id = c.recipient_id`,
    [ids],
  );
  const providerIds = await Promise.all(rows.map((row) => deliver(row.email, row)));
  await pool.query(
    `with outcome as (select * from unnest($1::uuid[], $2::text[]) as o (id, provider_id)),
     messages as (update message m set state = 'sent', updated_at = now() from outcome o where m.id = o.id),
     attempts as (update attempt a set state = 'accepted', provider_id = o.provider_id from outcome o
       where a.message_id = o.id and a.number = 1)
     insert into event select id, 2, 'accepted' from outcome`,
    [rows.map((row) => row.id), providerIds],
  );
}

await prepare();
answerAt(
  { '/fan-out': async (_body, query) => ({ done: await fanOut(Number(query.get('count')), delivererOf(query)) }) },
  async () => {
    await boss.stop({ graceful: false });
    await pool.end();
  },
);
