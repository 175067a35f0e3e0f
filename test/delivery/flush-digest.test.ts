import { afterAll, beforeAll, expect, test } from 'vitest';
import { tmpdir } from 'node:os';
import { AttachmentShelf } from '../../src/attachments/shelf.js';
import { FolderStore } from '../../src/attachments/folder-store.js';
import { egressTo } from '../../src/base/egress.js';
import { plus, systemClock, type Clock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { flushDue, type FlushContext } from '../../src/delivery/flush-digest.js';
import { simulatorDesk } from '../../src/delivery/simulator-desk.js';
import { adapterOf, providerRegistry } from '../../src/providers/index.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { transactions, type InTransaction } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import { until } from '../support/until.js';

let app: TestApp;
let gate: Gate;
let queue: Queue;
let database: Database;

/** By then every daily window is over; the gateway itself lives today and closes none. */
const LATER: Clock = { now: () => plus(systemClock.now(), 2 * 86_400_000) };

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  database = await openDatabase(app.database.url, 8);
  queue = await openQueue(app.database.url, silentLog, systemClock);
  const digest = { kind: 'SCHEDULE', cadence: 'DAILY' };
  await app.development.category('requests', { channels: ['EMAIL'], digest });
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

type Crash = () => boolean;

/** A worker of another process; where `crashes` says so, it dies before its commit. */
function worker(crashes: Crash = () => false): FlushContext {
  const real = transactions({ database, queue, clock: LATER, wakes: new WakeBook() }, () => undefined);
  const inTransaction: InTransaction = (work) =>
    real(async (tx) => {
      const done = await work(tx);
      if (crashes()) throw new Error('the process died');
      return done;
    });
  const providers = providerRegistry(simulatorDesk(database.db, LATER), LATER, egressTo([]));
  return {
    ...{ database, inTransaction, clock: LATER, log: silentLog },
    adapterOf: (integration) => adapterOf(providers, integration),
    shelf: new AttachmentShelf(database.db, new FolderStore(tmpdir())),
  };
}

async function send(people: readonly string[]): Promise<void> {
  const to = people.map((name) => ({ email: `${name}@example.com` }));
  await app.development.send(to, 'requests', { content: { title: 'Hello', body: '' } });
}

async function count(where: string): Promise<number> {
  const [row] = await gate.rows<{ count: number }>(
    `select count(*)::integer as count from notification n join send s on s.id = n.send_id where ${where}`,
  );
  return row?.count ?? 0;
}

const ITEMS = 's.digest_id is null';
const DIGESTS = 's.digest_id is not null';

/** What every digest says it stands for: 1, or the number in its data. */
async function saidInAll(): Promise<number> {
  const [row] = await gate.rows<{ sum: number }>(
    `select sum(coalesce((content -> 'data' ->> 'count')::integer, 1))::integer as sum from send where digest_id is not null`,
  );
  return row?.sum ?? 0;
}

test('each item is in exactly one digest, whoever dies, however many close at once, and while more comes', async () => {
  const people = Array.from({ length: 30 }, (_, n) => `ana-${n}`);
  for (let round = 0; round < 3; round += 1) await send(people);
  await until(async () => (await count(`${ITEMS} and n.state = 'HELD'`)) === 90, 'all to be gathered');

  // Every third commit is lost; nothing of it may be there.
  let commits = 0;
  await flushDue(worker(() => true));
  expect([await count(DIGESTS), await count(`n.state <> 'HELD'`)]).toEqual([0, 0]);
  expect(await gate.rows('select 1 from digest where closed_at is not null')).toEqual([]);
  const dying = (): boolean => (commits += 1) % 3 === 0;
  const closing = Promise.all([flushDue(worker(dying)), flushDue(worker(dying)), flushDue(worker())]);
  const coming = (async () => {
    for (let round = 0; round < 3; round += 1) await send(people);
  })();
  await Promise.all([closing, coming]);
  const gathered = `select 1 from digest_item i join digest d on d.id = i.digest_id where d.closed_at is null`;
  await until(async () => {
    await Promise.all([flushDue(worker()), flushDue(worker())]);
    return (await count(`${ITEMS} and n.state = 'DIGESTED'`)) === 180 && (await gate.rows(gathered)).length === 0;
  }, 'all to be digested');

  await until(async () => (await count(`${DIGESTS} and n.state <> 'COMPLETED'`)) === 0, 'all digests to go');
  expect(await saidInAll()).toBe(180);
  const closed = await gate.rows<{ items: number; events: number }>(
    `select count(distinct i.notification_id)::integer as items,
       (select count(*)::integer from event e where e.type = 'digest.closed') as events
     from digest_item i join digest d on d.id = i.digest_id join notification n on n.id = d.notification_id
     join event e on e.notification_id = i.notification_id and e.type = 'digest.closed'
       and e.data ->> 'digestNotificationId' = d.notification_id::text`,
  );
  expect(closed).toEqual([{ items: 180, events: 180 }]);
  const [mails] = await gate.rows<{ count: number }>('select count(*)::integer as count from outbox_message');
  expect(mails?.count).toBe(await count(DIGESTS));
});

test('a window that nobody is left in becomes nothing', async () => {
  const before = await count(DIGESTS);
  await send(['ben']);
  const held = `n.state = 'HELD'`;
  await until(async () => (await count(held)) === 1, 'it to be gathered');
  // Ben writes it off in the database itself: nothing told the gateway yet.
  await gate.rows(
    `insert into preference (environment_id, recipient_id, category_key, channel, enabled, updated_at)
     select environment_id, recipient_id, category_key, 'EMAIL', false, now() from notification n where ${held}`,
  );
  await Promise.all([flushDue(worker()), flushDue(worker())]);
  await until(async () => (await count(`n.state = 'SUPPRESSED'`)) === 1, 'it to end');
  expect(await count(DIGESTS)).toBe(before);
  expect(await gate.rows('select 1 from digest where closed_at is null')).toEqual([]);
});

test('an item whose words cannot be had goes alone, and fails alone', async () => {
  const content = { channel: 'EMAIL', locale: 'en', title: '{{ name }}', body: '' };
  await app.development.mutate('upsertTemplate', { key: 'named', contents: [content] }, 'template { key }');
  await app.development.mutate('publishTemplate', { key: 'named' }, 'template { key }');
  const to = [{ email: 'cy@example.com' }];
  for (const data of [{ name: 'One' }, {}, { name: 'Two' }])
    await app.development.send(to, 'requests', { template: 'named', data });
  await until(async () => (await count(`n.state = 'HELD'`)) === 3, 'all to be gathered');
  await flushDue(worker());
  await until(async () => (await count(`n.state = 'FAILED' and ${ITEMS}`)) === 1, 'one to fail');
  expect(await app.development.outbox('cy@example.com')).toMatchObject([{ title: '2 new notifications: requests' }]);
});
