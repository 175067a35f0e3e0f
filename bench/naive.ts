import { randomUUID } from 'node:crypto';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { PgBoss } from 'pg-boss';

/**
 * What one would write in a day, as the baseline: a row and a pg-boss job per notification, in one transaction a call.
 * A process of its own, like the gateway, with as many connections. Plain node:http without GraphQL, authentication,
 * routing, history or retries, and worker loops that never sleep while there is work: all of it in the baseline's favour.
 *
 * - `POST /send?queue=live` stores one notification; a worker woken by LISTEN/NOTIFY carries it out.
 * - `POST /send?queue=parked` stores one and nobody carries it out: accepting alone.
 * - `POST /fan-out?count=2000` one job a person, one job fetched at a time, row by row; answers when all have ended.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const boss = new PgBoss({ connectionString: process.env['DATABASE_URL'] ?? '', max: 6, useListenNotify: true });
const provider = new URL('/v3/mail/send', process.env['SINK_URL']);
const agent = new Agent({ keepAlive: true });
/** Loops that fetch one job at a time: about where the rate stops growing. */
const FETCHERS = 8;
const SENDERS = 16;

interface Mail {
  readonly recipientId: string;
  readonly title: string;
  readonly body: string;
}

async function prepare(): Promise<void> {
  await pool.query(`
    create table recipient (id uuid primary key, email text not null);
    create table message (id uuid primary key, recipient_id uuid not null, title text not null, body text not null,
      state text not null, provider_id text, created_at timestamptz not null default now(), updated_at timestamptz);
    create index message_recipient on message (recipient_id);
    insert into recipient select gen_random_uuid(), 'n' || n || '@example.com' from generate_series(1, 10000) n`);
  await boss.start();
  await boss.createQueue('live', { notify: true });
  await boss.createQueue('parked');
  await boss.createQueue('fan-out');
  const often = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 1, burstWhenBatchFull: true };
  await boss.work<{ id: string }>('live', { ...often, batchSize: 10, localConcurrency: 4 }, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => carryOut(data.id)));
  });
}

/** One transaction a call: the row, and the job through the same connection. */
async function accept(mail: Mail, queue: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const id = randomUUID();
    await insertMessage(client, id, mail);
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

async function insertMessage(db: pg.Pool | pg.PoolClient, id: string, mail: Mail): Promise<void> {
  await db.query(`insert into message (id, recipient_id, title, body, state) values ($1, $2, $3, $4, 'queued')`, [
    id,
    mail.recipientId,
    mail.title,
    mail.body,
  ]);
}

async function carryOut(id: string): Promise<void> {
  const { rows } = await pool.query<{ email: string; title: string; body: string }>(
    'select r.email, m.title, m.body from message m join recipient r on r.id = m.recipient_id where m.id = $1',
    [id],
  );
  const [row] = rows;
  if (!row) throw new Error(`no message ${id}`);
  const providerId = await callProvider(row.email, row.title, row.body);
  await pool.query(`update message set state = 'sent', provider_id = $2, updated_at = now() where id = $1`, [id, providerId]);
}

async function callProvider(email: string, subject: string, text: string): Promise<string> {
  const body = JSON.stringify({
    from: { email: 'bench@example.com' },
    personalizations: [{ to: [{ email }], subject }],
    content: [{ type: 'text/plain', value: text }],
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
}

/** A job a person, sent by a few concurrent loops while others already work; resolves when every message was sent. */
async function fanOut(count: number): Promise<number> {
  const { rows } = await pool.query<{ id: string }>('select id from recipient limit $1', [count]);
  const people = rows.map((row) => row.id);
  const total = people.length;
  let done = 0;
  const senders = Array.from({ length: SENDERS }, async () => {
    for (let id = people.shift(); id !== undefined; id = people.shift()) await boss.send('fan-out', { recipientId: id });
  });
  const fetchers = Array.from({ length: FETCHERS }, async () => {
    while (done < total) {
      const [job] = await boss.fetch<{ recipientId: string }>('fan-out', { batchSize: 1 });
      if (!job) continue;
      const id = randomUUID();
      await insertMessage(pool, id, { ...job.data, title: 'Hello', body: 'A few words of news for everybody.' });
      await carryOut(id);
      await boss.complete('fan-out', job.id);
      done += 1;
    }
  });
  await Promise.all([...senders, ...fetchers]);
  return total;
}

async function answer(request: IncomingMessage): Promise<object> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  if (url.pathname === '/fan-out') return { done: await fanOut(Number(url.searchParams.get('count'))) };
  return { id: await accept(JSON.parse(body) as Mail, url.searchParams.get('queue') ?? 'live') };
}

await prepare();
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  answer(request).then(
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
  void boss.stop({ graceful: false }).then(() => pool.end()).then(() => process.exit(0));
});
