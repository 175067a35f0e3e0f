import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { InboxReader } from '../support/inbox-reader.js';
import { until } from '../support/until.js';

const CROWD = 250;
/** Of what a socket may leave unread, and of the one frame that may go beyond it. */
const UNREAD_MAX = 1024 * 1024 + 64 * 1024;

let app: TestApp;
let gateway: Gateway;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  gateway = app.development;
  // Everything goes by mail, with a quiet copy in the inbox.
  await gateway.category('orders', { channels: ['EMAIL', 'INBOX'], inboxCopy: 'ALWAYS' });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${app.app.port}/metrics`)).text();
  return Number(new RegExp(`^tidings_${name} (\\S+)`, 'm').exec(text)?.[1]);
}

const online = async (): Promise<number> =>
  (await gate.rows<{ n: number }>('select count(distinct recipient_id)::integer as n from connection'))[0]?.n ?? 0;

test('hundreds who are cut off at once come back with what they missed, each item once, in order', async () => {
  const names = Array.from({ length: CROWD }, (_, nth) => `p${nth}`);
  const to = names.map((name) => ({ externalId: name, email: `${name}@example.com` }));
  const send = (title: string) => gateway.send(to, 'orders', { content: { title, body: 'B' } });
  await Promise.all(to.map(({ externalId, email }) => gateway.person(externalId, { email })));
  const readers = await Promise.all(names.map((name) => InboxReader.open(gateway, name, { acknowledge: false })));
  await until(async () => (await online()) === CROWD, 'all of them to be online');
  await send('before');
  await until(() => readers.every((reader) => reader.added.length === 1), 'the first item everywhere');

  for (const reader of readers) reader.cut();
  await until(async () => (await online()) === 0, 'all of them to be gone');
  const missed = ['missed 1', 'missed 2', 'missed 3'];
  for (const title of missed) await send(title);
  const stored = async () => (await gate.rows<{ n: number }>('select count(*)::integer as n from inbox_item'))[0]?.n;
  await until(async () => (await stored()) === 4 * CROWD, 'all items to be stored', 30_000);
  for (const reader of readers) reader.resume();
  await send('meanwhile');
  await until(() => readers.every((reader) => reader.added.length >= 5), 'everything everywhere', 30_000);

  for (const { events } of readers) {
    expect(events.map(({ type, version }) => `${type} ${version}`)).toEqual(
      [1, 2, 3, 4, 5].map((version) => `InboxItemAdded ${version}`),
    );
    expect(events.map(({ item }) => item?.title).toSorted()).toEqual([...missed, 'before', 'meanwhile'].toSorted());
  }
  for (const reader of readers) await reader[Symbol.asyncDispose]();
  await until(async () => (await online()) === 0, 'all of them to be gone again');
}, 90_000);

test('a reader that takes nothing holds little, is cut off, and reads anew; another goes on', async () => {
  await gateway.person('zoe');
  await using slow = await gateway.online('zoe', { acknowledge: false });
  await using quick = await gateway.online('zoe', { acknowledge: false });
  await until(async () => (await figure('sockets')) === 2, 'both sockets');
  slow.freeze();
  for (let round = 1; round <= 25; round += 1) {
    await manyAndLong('zoe', 100);
    await until(() => quick.version === round * 100, `round ${round}`);
    expect(await figure('sockets_unread_bytes')).toBeLessThan(UNREAD_MAX);
  }
  expect(quick.added.map((event) => event.version)).toEqual(Array.from({ length: 2_500 }, (_, nth) => nth + 1));
  await until(async () => (await figure('sockets')) === 1, 'the slow one to be cut off', 20_000);
  expect(await figure('sockets_unread_bytes')).toBeLessThan(UNREAD_MAX);

  const before = slow.version;
  slow.cut();
  slow.resume();
  const reset = await slow.event(({ type }) => type === 'InboxReset', 'to be told to read anew');
  expect(reset).toMatchObject({ reason: 'TOO_OLD', version: 2_500 });
  expect(before).toBeLessThan(2_000);
  await manyAndLong('zoe', 1);
  await slow.event(({ type, version }) => type === 'InboxItemAdded' && version === 2_501, 'what comes next');
}, 60_000);

/** Items of 16 KB each, written by another process, which says so. */
async function manyAndLong(externalId: string, count: number): Promise<void> {
  const [inbox] = await gate.rows<{ key: string }>(
    `with person as (select environment_id, id from recipient where external_id = $1),
     bumped as (
       insert into inbox as b (environment_id, recipient_id, version, reset_version, unseen, unread)
       select environment_id, id, $2, 0, $2, $2 from person
       on conflict (environment_id, recipient_id) do update set version = b.version + $2, unseen = b.unseen + $2,
         unread = b.unread + $2 returning *),
     items as (
       insert into inbox_item (environment_id, recipient_id, id, version, added_version, title, body, category_key, toast,
         created_at, tags, actions)
       select environment_id, recipient_id, uuidv7(), version - $2 + n, version - $2 + n, repeat('long ', 3200), 'B', 'orders',
         false, now(), '{}', '[]' from bumped, generate_series(1, $2) n)
     select environment_id || ':' || recipient_id as key from bumped`,
    [externalId, count],
  );
  await gate.rows('select pg_notify($1, $2)', ['tidings_inbox', `another,${inbox?.key}`]);
}
