import { randomUUID } from 'node:crypto';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { PgBoss } from 'pg-boss';

/**
 * The baseline, what one would write in a day: a row and a pg-boss job per notification, in one transaction a call.
 * A process of its own with as many connections as the gateway has. Plain node:http without GraphQL, authentication,
 * routing, history or retries, and worker loops that never sleep while there is work: all of it in the baseline's favour.
 *
 * - `POST /send?queue=live` stores one notification; a worker woken by LISTEN/NOTIFY carries it out.
 * - `POST /send?queue=parked` stores one and nobody carries it out: accepting alone.
 * - `POST /fan-out?count=&workers=&provider=` a job a person, one job fetched at a time, row by row; answers when all
 *   are sent. `provider` is `http` (the sink) or `wait` (5 ms).
 * - `POST /idle` answers when everything accepted for `live` was carried out.
 */
const url = process.env['DATABASE_URL'] ?? '';
const pool = new Pool({ connectionString: url, max: 16 });
const boss = new PgBoss({ connectionString: url, max: 6, useListenNotify: true });
const provider = new URL('/v3/mail/send', process.env['SINK_URL']);
const agent = new Agent({ keepAlive: true });
const CONTENT = { title: 'Hello', body: 'A few words of news for everybody.' };

interface Mail {
  readonly recipientId: string;
  readonly title: string;
  readonly body: string;
}
type Deliver = (email: string, mail: Omit<Mail, 'recipientId'>) => Promise<string>;
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

const overHttp: Deliver = async (email, mail) => {
  const body = JSON.stringify({
    from: { email: 'bench@example.com' },
    personalizations: [{ to: [{ email }] }],
    subject: mail.title,
    content: [{ type: 'text/plain', value: mail.body }],
  });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(provider, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(String(response.headers['x-message-id'])));
    });
    call.once('error', reject);
    call.end(body);
  });
};

const byWaiting: Deliver = async () => {
  await sleep(5);
  return 'waited';
};

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
      await carryOut(await insertMessage(pool, { ...job.data, ...CONTENT }), deliver);
      await boss.complete('fan-out', job.id);
      done += 1;
    }
  });
  await Promise.all([sending, ...working]);
  return done;
}

async function idle(): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { rows } = await pool.query(`select 1 from pgboss.job where name = 'live' and state < 'completed' limit 1`);
    if (rows.length === 0) return;
    await sleep(100);
  }
  throw new Error('the baseline did not come to rest');
}

async function answer(incoming: IncomingMessage): Promise<object> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (pathname === '/send')
    return {
      id: await accept(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Mail, searchParams.get('queue') ?? ''),
    };
  if (pathname === '/fan-out') {
    const [count, workers] = ['count', 'workers'].map((name) => Number(searchParams.get(name))) as [number, number];
    return { done: await fanOut(count, workers, searchParams.get('provider') === 'http' ? overHttp : byWaiting) };
  }
  await idle();
  return {};
}

await prepare();
const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
  answer(incoming).then(
    (result) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void boss
    .stop({ graceful: false })
    .then(() => pool.end())
    .finally(() => process.exit(0));
});
