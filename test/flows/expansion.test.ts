import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { addCrowd } from '../support/crowd.js';
import { freshDatabase } from '../support/database.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { ProductProcess } from '../support/process.js';
import { until } from '../support/until.js';

const PEOPLE = 20_000;
const SLICE = 5_000;

let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await app.development.advertises();
  await app.development.category('news', { channels: ['EMAIL'], class: 'MARKETING' });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

interface Progress {
  expanded: boolean;
  recipientCount: number;
  canceledAt: string | null;
  finishedCount: number;
  states: { state: string; count: number }[];
}

async function progress(gateway: Gateway, id: string): Promise<Progress> {
  const { send } = await gateway.query<{ send: { progress: Progress } }>(
    'query($id: ID!) { send(id: $id) { progress { expanded recipientCount canceledAt finishedCount states { state count } } } }',
    { id },
  );
  return send.progress;
}

async function broadcast(gateway: Gateway, topic: string, more: object = {}): Promise<string> {
  const input = { topic, category: 'news', content: { title: `To ${topic}`, body: 'B' }, ...more };
  return (await gateway.mutate<{ send: { id: string } }>('send', input, 'send { id }')).send.id;
}

/** How many people of a broadcast have how many notifications. */
function shares(at: Gate, topic: string): Promise<{ notifications: number; people: number }[]> {
  return at.rows(
    `select notifications, count(*)::integer as people from (
       select count(*)::integer as notifications from notification n join send s on s.id = n.send_id
       where s.content ->> 'title' = $1 group by n.recipient_id) p group by notifications`,
    [`To ${topic}`],
  );
}

test('20,000 people come slice by slice, and progress tells how far it is', async () => {
  await addCrowd(gate, 'development', 'reader', PEOPLE);
  await gate.close('update', 'send', 'new.recipient_count > 10000');
  const id = await broadcast(app.development, 'reader');
  await gate.reached();
  const halfway = await progress(app.development, id);
  expect(halfway).toMatchObject({ expanded: false, recipientCount: 2 * SLICE, canceledAt: null });
  expect(halfway.states.reduce((sum, { count }) => sum + count, 0)).toBe(2 * SLICE);
  await gate.lift();
  const done = await until(
    async () => {
      const found = await progress(app.development, id);
      return found.finishedCount === PEOPLE && found;
    },
    'everybody to be finished',
    120_000,
  );
  expect(done).toEqual({
    expanded: true,
    recipientCount: PEOPLE,
    canceledAt: null,
    finishedCount: PEOPLE,
    states: [{ state: 'COMPLETED', count: PEOPLE }],
  });
  expect(await shares(gate, 'reader')).toEqual([{ notifications: 1, people: PEOPLE }]);
  const mails = await gate.rows(
    `select 1 from outbox_message where address like 'reader-%' group by address having count(*) = 1`,
  );
  expect(mails).toHaveLength(PEOPLE);
}, 180_000);

test('a cancel in the middle ends it there', async () => {
  await addCrowd(gate, 'development', 'walker', PEOPLE, { addresses: false });
  await gate.close('update', 'send', 'new.recipient_count > 10000');
  const id = await broadcast(app.development, 'walker');
  await gate.reached();
  const canceled = app.development.mutate<{ canceledCount: number }>('cancelSend', { id }, 'canceledCount');
  // The slice that is being written has the send's row; the cancel stands next in line.
  await until(
    async () =>
      (
        await gate.rows(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%from send%for update%'`,
        )
      )[0],
    'the cancel to wait its turn',
  );
  await gate.lift();
  await canceled;
  const after = await until(async () => {
    const found = await progress(app.development, id);
    return found.finishedCount === found.recipientCount && found;
  }, 'the rest to end');
  expect(after).toMatchObject({ expanded: true, recipientCount: 3 * SLICE });
  expect(after.canceledAt).not.toBeNull();
  await until(
    async () =>
      (
        await gate.rows(
          `select 1 from pgboss.job where name = 'expand-bulk' and state in ('created', 'retry', 'active')`,
        )
      ).length === 0,
    'the last job of it',
  );
  expect(await shares(gate, 'walker')).toEqual([{ notifications: 1, people: 3 * SLICE }]);
}, 60_000);

test('broadcasts take turns, whoever came first', async () => {
  const names = ['first', 'second', 'third'];
  for (const name of names) await addCrowd(gate, 'development', name, 3 * SLICE, { addresses: false });
  const sends = names.map((topic) => ({
    topic,
    category: 'news',
    content: { title: `To ${topic}`, body: 'B' },
    tenant: topic,
  }));
  await app.development.mutate('sendBatch', { sends }, 'results { send { id } }');
  for (const name of names)
    await until(
      async () => (await shares(gate, name))[0]?.people === 3 * SLICE,
      `all of ${name} to be expanded`,
      60_000,
    );
  const slices = await gate.rows<{ title: string }>(
    `select title, min(id::text) as id from (
       select s.content ->> 'title' as title, n.id, (row_number() over (partition by s.id order by n.id) - 1) / $1 as slice
       from notification n join send s on s.id = n.send_id where s.tenant is not null) numbered
     group by title, slice order by min(id::text)`,
    [SLICE],
  );
  expect(slices).toHaveLength(9);
  const firstOfThird = slices.findIndex(({ title }) => title === 'To third');
  const lastOfFirst = slices.findLastIndex(({ title }) => title === 'To first');
  expect(firstOfThird).toBeLessThan(lastOfFirst);
  const mixed = await gate.rows(
    `select 1 from pgboss.job j where j.name = 'advance-bulk' and j.data ->> 'tenant' is not null and exists (
       select 1 from jsonb_array_elements_text(j.data -> 'ids') i join notification n on n.id = i::uuid join send s on s.id = n.send_id
       where s.tenant is distinct from j.data ->> 'tenant')`,
  );
  expect(mixed).toEqual([]);
}, 90_000);

test('of a later broadcast, people are looked up when its time comes', async () => {
  const { development } = app;
  const early = await development.person('early', { email: 'early@example.com' });
  await development.mutate('subscribeToTopic', { topic: 'later', recipients: [{ id: early }] }, 'addedCount');
  const sendAt = new Date(Date.now() + 2_000).toISOString();
  const id = await broadcast(development, 'later', { sendAt });
  expect(await progress(development, id)).toMatchObject({ expanded: false, recipientCount: 0, states: [] });
  const late = await development.person('late', { email: 'late@example.com' });
  await development.mutate('subscribeToTopic', { topic: 'later', recipients: [{ id: late }] }, 'addedCount');
  await until(async () => (await progress(development, id)).finishedCount === 2, 'both to get it');
  const [row] = await gate.rows<{ early: boolean }>(
    `select min(created_at) < $1 as early from outbox_message where address in ('early@example.com', 'late@example.com')`,
    [sendAt],
  );
  expect(row).toEqual({ early: false });
  const never = await broadcast(development, 'later', { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
  await development.mutate('cancelSend', { id: never }, 'canceledCount');
  expect(await progress(development, never)).toMatchObject({ expanded: true, recipientCount: 0 });
});

test('sends are listed newest first, page by page', async () => {
  const ids: string[] = [];
  await app.production.category('one');
  for (const name of ['uma', 'vic', 'wes'])
    ids.unshift((await app.production.send([{ email: `${name}@example.com` }], 'one')).id);
  interface Page {
    sends: {
      nodes: { id: string; tags: string[]; progress: Progress }[];
      pageInfo: { endCursor: string; hasNextPage: boolean };
    };
  }
  const query =
    'query($after: String) { sends(first: 2, after: $after) { nodes { id tags sendAt tenant progress { recipientCount states { state count } } } pageInfo { endCursor hasNextPage } } }';
  const first = await app.production.query<Page>(query);
  const second = await app.production.query<Page>(query, { after: first.sends.pageInfo.endCursor });
  expect([...first.sends.nodes, ...second.sends.nodes].map((send) => send.id)).toEqual(ids);
  expect([first, second].map((page) => page.sends.pageInfo.hasNextPage)).toEqual([true, false]);
  expect(first.sends.nodes.map((send) => send.progress.recipientCount)).toEqual([1, 1]);
  // What another environment sent is not there.
  expect(await app.development.query('query($id: ID!) { send(id: $id) { id } }', { id: ids[0] })).toEqual({
    send: null,
  });
});

test('killed between slices and started again: everybody once', async () => {
  await using database = await freshDatabase();
  await using wall = await Gate.at(database.url);
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8' };
  const first = await ProductProcess.start(env);
  await first.production.category('news', { channels: ['EMAIL'] });
  await addCrowd(wall, 'production', 'sailor', PEOPLE, { addresses: false });
  await wall.close('update', 'send', 'new.recipient_count > 10000');
  const id = await broadcast(first.production, 'sailor');
  await wall.reached();
  first.signal('SIGKILL');
  await first.ended();
  await wall.lift();
  expect(await shares(wall, 'sailor')).toEqual([{ notifications: 1, people: 2 * SLICE }]);

  await using second = await ProductProcess.start(env);
  const done = await until(
    async () => {
      const found = await progress(second.production, id);
      return found.finishedCount === PEOPLE && found;
    },
    'everybody to be finished',
    120_000,
  );
  expect(done).toMatchObject({
    expanded: true,
    recipientCount: PEOPLE,
    states: [{ state: 'UNROUTABLE', count: PEOPLE }],
  });
  expect(await shares(wall, 'sailor')).toEqual([{ notifications: 1, people: PEOPLE }]);
}, 180_000);
