import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plus, systemClock, type Clock } from '../../src/base/clock.js';
import { encodeId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { foldCallbacks, type FoldContext } from '../../src/delivery/callbacks.js';
import type { ReportKind } from '../../src/providers/callback.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { toHistoryEvent } from '../../src/recipients/history.js';
import { fold } from '../../src/routing/evolve.js';
import { insertCallbacks, type CallbackRow } from '../../src/store/callbacks.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { loadEvents } from '../../src/store/notifications.js';
import { transactions } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { mailBy, Vendor } from '../support/vendor.js';

/** Words about one attempt; of each set all orders are told. */
const SETS: readonly (readonly ReportKind[])[] = [
  ['ACCEPTED', 'DEFERRED', 'DELIVERED', 'OPENED', 'CLICKED'],
  ['DELIVERED', 'BOUNCED', 'CLICKED', 'COMPLAINED', 'UNSUBSCRIBED'],
  ['SOFT_BOUNCED', 'BOUNCED', 'REJECTED', 'DELIVERED', 'DEFERRED'],
  ['GONE', 'READ', 'UNSUBSCRIBED', 'SOFT_BOUNCED', 'ACCEPTED'],
];
const ORDERS = SETS.map((set) => permutations(set));
const PEOPLE = ORDERS.flat().length;
/** For the tests besides. */
const SPARE = 4;

interface Sent {
  readonly environmentId: string;
  readonly integrationId: string;
  readonly id: string;
  readonly address: string;
}

let app: TestApp;
let vendor: Vendor;
let database: Database;
let queue: Queue;
let sent: Sent[];

/** Mail that a vendor has taken; then the gateway is stopped, so that nobody folds but the tests. */
beforeAll(async () => {
  vendor = await Vendor.start();
  app = await startTestApp();
  await app.production.integration('mail', ...mailBy(vendor));
  await app.production.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });
  const people = Array.from({ length: PEOPLE + SPARE }, (_, nth) => ({ email: `ana-${nth}@example.com` }));
  for (let from = 0; from < people.length; from += 100)
    await app.production.send(people.slice(from, from + 100), 'orders');
  database = await openDatabase(app.database.url, 4);
  sent = await until(
    async () => {
      const { rows } = await sql<Sent>`
        select d.environment_id as "environmentId", i.id as "integrationId", d.notification_id as id, d.address
        from delivery d join integration i on i.environment_id = d.environment_id and i.key = 'mail'
        where d.state = 'SENT' order by d.notification_id`.execute(database.db);
      return rows.length === people.length && rows;
    },
    'all mail to be taken',
    40_000,
  );
  await app.app.stop();
  queue = await openQueue(app.database.url, silentLog, systemClock);
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await app[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
});

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((one, nth) => permutations(list.toSpliced(nth, 1)).map((rest) => [one, ...rest]));
}

const START = systemClock.now();

function folder(seconds = 1, more: Partial<FoldContext> = {}): FoldContext {
  const clock: Clock = { now: () => plus(START, seconds * 1000) };
  const inTransaction = transactions({ database, queue, clock, wakes: new WakeBook() }, () => undefined);
  return { inTransaction, clock, log: silentLog, direct: { reserve: () => null }, ...more };
}

let count = 0;
function about(one: Sent, means: string, more: Partial<CallbackRow> = {}): Omit<CallbackRow, 'tries' | 'outcome'> {
  count += 1;
  return {
    environment_id: one.environmentId,
    integration_id: one.integrationId,
    key: `key-${count}`,
    type: means.toLowerCase(),
    means,
    at: START,
    attempt_id: `${encodeId('notification', one.id)}.0.1`,
    provider_id: null,
    address: null,
    detail: null,
    received_at: START,
    due_at: START,
    ...more,
  };
}

/** What is known of a person's mail, and of the address it went to. */
async function endOf(one: Sent): Promise<object> {
  const { environmentId, id, address } = one;
  const rows = (await loadEvents(database.db, environmentId, [id])).get(id) ?? [];
  const { rows: found } = await sql<{ retired: boolean; reason: string | null }>`
    select retired_at is not null as retired, (select reason from suppression s
      where s.environment_id = e.environment_id and s.address = e.address) as reason
    from endpoint e where environment_id = ${environmentId} and address = ${address}`.execute(database.db);
  const done = rows.flatMap((row) => (row.type === 'engagement.recorded' ? [row.data] : []));
  return {
    state: fold(rows.map(toHistoryEvent)).deliveries[0]?.state,
    engagements: done.map((data) => (data as { kind: string }).kind).toSorted(),
    ...found[0],
  };
}

async function outcomes(): Promise<Record<string, number>> {
  const { rows } = await sql<{ outcome: string; count: number }>`
    select coalesce(outcome, 'WAITING') as outcome, count(*)::integer as count from callback group by 1`.execute(
    database.db,
  );
  return Object.fromEntries(rows.map((row) => [row.outcome, row.count]));
}

test('in any order, and told again, words about an attempt come to the same', { timeout: 120_000 }, async () => {
  const all = ORDERS.flatMap((orders, set) => orders.map((order) => ({ set, order })));
  for (let turn = 0; turn < 5; turn += 1) {
    const rows = all.flatMap(({ set, order }, nth) => {
      const one = sent[nth] as Sent;
      const told = (means: ReportKind) =>
        about(one, means, { at: plus(START, (SETS[set] as readonly ReportKind[]).indexOf(means) * 1000) });
      // What was said first is said again, under another name.
      return [told(order[turn] as ReportKind), ...(turn === 2 || turn === 4 ? [told(order[0] as ReportKind)] : [])];
    });
    await insertCallbacks(database.db, rows);
    await foldCallbacks(folder());
  }
  expect(await outcomes()).toEqual({ FOLDED: PEOPLE * 7 });
  const ends = await Promise.all(all.map((_, nth) => endOf(sent[nth] as Sent)));
  const first = SETS.map((_, set) => ends[all.findIndex((one) => one.set === set)]);
  expect(first).toEqual([
    { state: 'DELIVERED', engagements: ['CLICKED', 'OPENED'], retired: false, reason: null },
    { state: 'BOUNCED', engagements: ['CLICKED'], retired: true, reason: 'COMPLAINT' },
    { state: 'BOUNCED', engagements: [], retired: true, reason: null },
    { state: 'BOUNCED', engagements: ['READ'], retired: true, reason: 'UNSUBSCRIBED' },
  ]);
  for (const [nth, { set, order }] of all.entries()) expect([order, ends[nth]]).toEqual([order, first[set]]);
});

test('what speaks of nothing is looked at again, three times, and then left', async () => {
  await sql`delete from callback`.execute(database.db);
  const one = sent[PEOPLE] as Sent;
  await insertCallbacks(database.db, [
    about(one, 'DELIVERED', { attempt_id: `${encodeId('notification', one.id)}.7.1` }),
  ]);
  const waits = [1, 5, 12, 40, 73, 400, 674];
  const tries: number[] = [];
  for (const seconds of waits) {
    await foldCallbacks(folder(seconds));
    const { rows } = await sql<{ tries: number }>`select tries from callback`.execute(database.db);
    tries.push(rows[0]?.tries ?? 0);
  }
  expect(tries).toEqual([1, 1, 2, 2, 3, 3, 4]);
  expect(await outcomes()).toEqual({ UNMATCHED: 1 });
});

test('one that cannot be folded, or means what only a later version knows, does not stop its neighbours', async () => {
  await sql`delete from callback`.execute(database.db);
  const [first, second, third] = sent.slice(PEOPLE) as [Sent, Sent, Sent];
  // A trigger refuses what is written of one of them.
  await sql`create function refuse() returns trigger language plpgsql as
    $$ begin if new.data->>'detail' = 'poison' then raise 'refused'; end if; return new; end $$`.execute(database.db);
  await sql`create trigger poison before insert on event for each row execute function refuse()`.execute(database.db);
  await insertCallbacks(database.db, [
    about(first, 'DELIVERED'),
    about(second, 'BOUNCED', { detail: 'poison' }),
    about(third, 'TELEPATHY'),
    about(third, 'DELIVERED'),
  ]);
  for (const seconds of [1, 12, 73, 674]) await foldCallbacks(folder(seconds));
  expect(await outcomes()).toEqual({ FOLDED: 2, FAILED: 1, UNMATCHED: 1 });
  await sql`drop trigger poison on event`.execute(database.db);
  for (const one of [first, third]) expect(await endOf(one)).toMatchObject({ state: 'DELIVERED' });
});

test('two that fold at once fold each once', async () => {
  await sql`delete from callback`.execute(database.db);
  const one = sent.at(-1) as Sent;
  await insertCallbacks(
    database.db,
    Array.from({ length: 250 }, (_, nth) => about(one, 'DEFERRED', { detail: `reason ${nth}` })),
  );
  await Promise.all([foldCallbacks(folder()), foldCallbacks(folder())]);
  // What the other one held was left to it; whoever comes next finds nothing.
  await foldCallbacks(folder());
  const { rows } = await sql<{ tries: number; count: number }>`
    select tries, count(*)::integer as count from callback group by 1`.execute(database.db);
  expect(rows).toEqual([{ tries: 1, count: 250 }]);
  const events = (await loadEvents(database.db, one.environmentId, [one.id])).get(one.id) ?? [];
  expect(events.filter((event) => event.type === 'delivery.deferred')).toHaveLength(250);
});
