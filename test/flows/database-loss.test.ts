import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;
let admin: Client;

beforeAll(async () => {
  app = await startTestApp();
  admin = new Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await app.development.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });
  await app.development.category('chat', { channels: ['INBOX'], ackTimeout: 'PT30S' });
});

afterAll(async () => {
  await admin.end();
  await app[Symbol.asyncDispose]();
});

/** Ends every connection of the product at once: its pool, its queue, its listener. */
const cutDatabase = (): Promise<unknown> =>
  admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [app.database.name]);

test('connections cut again and again under load: refused calls say "try again", what was acknowledged ends, nothing goes twice', async () => {
  const acknowledged: string[] = [];
  const refusals = new Set<string>();
  let cuts = 0;
  const caller = async (_: unknown, c: number): Promise<void> => {
    for (let n = 0; n < 40; n += 1) {
      const email = `loss-${c}-${n}@example.com`;
      const answer = await app.development.raw({
        query: 'mutation($input: SendInput!) { send(input: $input) { send { id } userErrors { code } } }',
        variables: { input: { to: [{ email }], category: 'orders', content: { title: 'T', body: 'B' } } },
      });
      if (answer.errors.length === 0) acknowledged.push(email);
      else refusals.add(`${answer.status} ${answer.errors[0]?.extensions.code}`);
    }
  };
  const load = Promise.all(Array.from({ length: 8 }, caller));
  for (const target of [40, 120, 200]) {
    await until(() => acknowledged.length >= target, `${target} sends`, 30_000);
    await cutDatabase();
    cuts += 1;
  }
  await load;
  expect(cuts).toBe(3);
  expect([...refusals].filter((refusal) => refusal !== '503 UNAVAILABLE')).toEqual([]);
  const outbox = async (email: string): Promise<number> => (await app.development.outbox(email)).length;
  for (const email of acknowledged) await until(async () => (await outbox(email)) > 0, `mail to ${email}`, 60_000);
  for (const email of acknowledged) expect(await outbox(email), email).toBe(1);
}, 120_000);

test('an open widget misses nothing while the listening connection is away', async () => {
  await app.development.person('ana');
  await using widget = await app.development.online('ana', { acknowledge: false });
  await app.development.send([{ externalId: 'ana' }], 'chat', { content: { title: 'one', body: 'B' } });
  await widget.addedTitle('one');
  await cutDatabase();
  await until(() => app.development.isOnline('ana').catch(() => false), 'ana to be online again', 15_000);
  await app.development.send([{ externalId: 'ana' }], 'chat', { content: { title: 'two', body: 'B' } });
  await widget.addedTitle('two');
  expect(widget.added.map((event) => event.item?.title)).toEqual(['one', 'two']);
}, 60_000);
