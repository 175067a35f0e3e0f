import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plus, systemClock, type Clock } from '../../src/base/clock.js';
import { egressTo, type Egress } from '../../src/base/egress.js';
import { uuidv7 } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { secretBox, type SecretBox } from '../../src/base/secret-box.js';
import { WebhookCaller } from '../../src/delivery/webhook-calls.js';
import { WEBHOOK_DELAYS_MS } from '../../src/delivery/webhook-schedule.js';
import { newWebhookSecret } from '../../src/providers/standard-webhooks.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { listAlerts } from '../../src/store/alerts.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { KeptRows } from '../../src/store/kept-rows.js';
import { transactions, type InTransaction } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { listCalls, type WebhookCallRow } from '../../src/store/webhook-calls.js';
import {
  saveWebhookSubscription,
  webhookSecretPlace,
  type WebhookSubscriptionRow,
} from '../../src/store/webhook-subscriptions.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { deadUrl } from '../support/provider-server.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

let fresh: FreshDatabase;
let database: Database;
let queue: Queue;
let receiver: WebhookReceiver;
const environmentId = uuidv7(systemClock.now());
const secrets = secretBox('a key for tests alone');

/** The real time and however far tests have moved it. */
let ahead = 0;
const clock: Clock = { now: () => plus(systemClock.now(), ahead) };

beforeAll(async () => {
  [fresh, receiver] = await Promise.all([freshDatabase(), WebhookReceiver.start()]);
  database = await openDatabase(fresh.url, 4);
  queue = await openQueue(fresh.url, silentLog, clock);
  const names = { key: 'staging', name: 'Staging', mode: 'TEST' as const };
  await insertEnvironment(database.db, {
    ...{ id: environmentId, ...names, created_at: clock.now() },
    token_secret: new Uint8Array([1]),
  });
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await receiver[Symbol.asyncDispose]();
  await fresh[Symbol.asyncDispose]();
});

beforeEach(async () => {
  ahead = 0;
  receiver.received.length = 0;
  for (const table of ['webhook_call', 'webhook_subscription', 'alert', 'pgboss.job'])
    await sql`delete from ${sql.table(table)}`.execute(database.db);
});

/** One process's worth of callers. */
function caller(more: { secrets?: SecretBox; clock?: Clock; egress?: Egress } = {}): {
  webhooks: WebhookCaller;
  inTransaction: InTransaction;
} {
  const kept = new KeptRows(clock);
  const inTransaction = transactions({ database, queue, clock, wakes: new WakeBook(), kept }, () => undefined);
  const egress = egressTo(['127.0.0.0/8']);
  const context = { database, inTransaction, clock, log: silentLog, secrets, egress, kept, ...more };
  return { webhooks: new WebhookCaller(context), inTransaction };
}

/** Begins what is due, and waits until all of that is written down. */
async function round(more: Parameters<typeof caller>[0] = {}): Promise<void> {
  const { webhooks } = caller(more);
  await webhooks.look();
  await webhooks.stop();
}

async function subscribe(key: string): Promise<WebhookSubscriptionRow> {
  const now = clock.now();
  const secret = newWebhookSecret();
  receiver.secrets.set(key, [secret]);
  return saveWebhookSubscription(database.db, {
    ...{ environment_id: environmentId, id: uuidv7(now), key, url: receiver.url(key), types: ['delivery.sent'] },
    secret: secrets.seal(secret, webhookSecretPlace({ environment_id: environmentId, key })),
    ...{ old_secret: null, old_secret_until: null, enabled: true, disabled_at: null, disabled_reason: null },
    ...{ failing_since: null, created_at: now, updated_at: now },
  });
}

function emit(inTransaction: InTransaction, count = 1): Promise<void> {
  const event = { type: 'delivery.sent', at: clock.now(), notificationId: null, data: { n: 1 } } as const;
  return inTransaction(async (tx) =>
    tx.emit(
      environmentId,
      Array.from({ length: count }, () => event),
    ),
  );
}

const callsOf = async (row: WebhookSubscriptionRow): Promise<WebhookCallRow[]> =>
  listCalls(database.db, row, null, null, 100);

async function jobs(): Promise<Date[]> {
  const { rows } = await sql<{ at: Date }>`select start_after as at from pgboss.job where name = 'webhooks'
    order by start_after`.execute(database.db);
  return rows.map((row) => row.at);
}

test('what a commit emits is stored with it, with one job; a commit that fails leaves nothing', async () => {
  const row = await subscribe('hook');
  const { inTransaction } = caller();
  await emit(inTransaction, 3);
  expect(await callsOf(row)).toHaveLength(3);
  expect(await jobs()).toHaveLength(1);
  const event = { type: 'delivery.sent', at: clock.now(), notificationId: null, data: {} } as const;
  const failing = inTransaction(async (tx) => {
    tx.emit(environmentId, [event]);
    throw new Error('undone');
  });
  await expect(failing).rejects.toThrow('undone');
  // Nobody wants to hear of it: no row, no job.
  await inTransaction(async (tx) => tx.emit(environmentId, [{ ...event, type: 'delivery.bounced' }]));
  expect(await callsOf(row)).toHaveLength(3);
  expect(await jobs()).toHaveLength(1);
});

test('the whole schedule: eight tries, each with a job for its time, then it has failed', async () => {
  receiver.does = () => ({ status: 500, body: 'no' });
  const row = await subscribe('hook');
  await emit(caller().inTransaction);
  for (const delay of WEBHOOK_DELAYS_MS) {
    const from = clock.now();
    await round();
    const [{ next_at: nextAt }] = (await callsOf(row)) as [WebhookCallRow & { next_at: Date }];
    expect(nextAt.getTime()).toBeGreaterThanOrEqual(from.getTime() + delay);
    expect(nextAt.getTime()).toBeLessThanOrEqual(clock.now().getTime() + delay);
    expect((await jobs()).filter((at) => at >= nextAt && at.getTime() - nextAt.getTime() <= 250)).toHaveLength(1);
    // Before its time nobody is called.
    const calls = receiver.received.length;
    await round();
    expect(receiver.received).toHaveLength(calls);
    ahead += nextAt.getTime() - clock.now().getTime();
  }
  await round();
  expect(await callsOf(row)).toMatchObject([{ state: 'FAILED', tries: 8, next_at: null, last_detail: 'no' }]);
  expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1);
  expect(receiver.received).toHaveLength(8);
});

test('five days of failures end it, one success between begins them anew; the notice says what to do', async () => {
  const row = await subscribe('hook');
  const { inTransaction } = caller();
  const day = async (status: number): Promise<boolean> => {
    receiver.does = () => ({ status });
    await emit(inTransaction);
    await round();
    ahead += 24 * 3_600_000 + 1_000;
    const { rows } = await sql<{ enabled: boolean }>`select enabled from webhook_subscription`.execute(database.db);
    return rows[0]?.enabled === true;
  };
  for (const status of [500, 500, 500, 500, 200, 500, 500, 500, 500, 500]) expect(await day(status)).toBe(true);
  expect(await day(500)).toBe(false);
  const alerts = await listAlerts(database.db, environmentId, null, 9);
  expect(alerts).toMatchObject([{ type: 'WEBHOOK_DISABLED', integration_key: null }]);
  expect(alerts[0]?.detail).toMatch(/^webhook subscription "hook" was disabled: nothing but failures since 20/);
  expect((await callsOf(row)).every((call) => call.state !== 'WAITING')).toBe(true);
});

describe('one process', () => {
  test('calls one subscription four times at once and all of them sixteen times, and goes on as calls end', async () => {
    const rows = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(subscribe));
    let [busy, busiest] = [0, 0];
    const open: (() => void)[] = [];
    receiver.does = async () => {
      busiest = Math.max(busiest, (busy += 1));
      await new Promise<void>((resolve) => open.push(resolve));
      busy -= 1;
      return { status: 200 };
    };
    const { webhooks, inTransaction } = caller();
    await emit(inTransaction, 6);
    await webhooks.look();
    await until(() => busy === 16, 'sixteen calls');
    const most = Map.groupBy(receiver.received, (one) => one.path);
    expect(Math.max(...[...most.values()].map((group) => group.length))).toBe(4);
    await until(async () => {
      for (const answer of open.splice(0)) answer();
      return (await Promise.all(rows.map(callsOf))).flat().every((call) => call.state === 'DONE');
    }, 'all to be taken');
    expect(busiest).toBe(16);
    expect(receiver.received).toHaveLength(30);
    await webhooks.stop();
  });

  test('that stops cuts off what takes too long: it counts for nothing, and is due at once', async () => {
    receiver.does = () => 'hang';
    const row = await subscribe('hook');
    const { webhooks, inTransaction } = caller({ clock: { ...clock, sleep: () => Promise.resolve() } });
    await emit(inTransaction);
    await webhooks.look();
    await until(() => receiver.received.length === 1, 'the call');
    await webhooks.stop();
    await webhooks.look();
    expect(receiver.received).toHaveLength(1);
    expect(await callsOf(row)).toMatchObject([{ state: 'WAITING', tries: 0, last_status: null }]);
    expect(await jobs()).toHaveLength(2);
    receiver.does = () => ({ status: 200 });
    await round();
    expect(await callsOf(row)).toMatchObject([{ state: 'DONE', tries: 1 }]);
    expect(new Set(receiver.received.map((one) => one.id)).size).toBe(1);
  });

  test('that cannot open a secret says so, and calls nobody', async () => {
    const row = await subscribe('hook');
    await emit(caller().inTransaction);
    await round({ secrets: secretBox('another key altogether') });
    const [call] = await callsOf(row);
    expect(call).toMatchObject({ state: 'WAITING', last_status: null });
    expect(call?.last_detail).toContain('ENCRYPTION_KEY');
    expect(receiver.received).toEqual([]);
  });
});

test.each(['drop', 'refused'])('a connection that breaks is a failure: %s', async (how) => {
  receiver.does = () => 'drop';
  const row = await subscribe('hook');
  if (how === 'refused') await sql`update webhook_subscription set url = ${await deadUrl()}`.execute(database.db);
  await emit(caller().inTransaction);
  await round();
  const [call] = await callsOf(row);
  expect(call).toMatchObject({ state: 'WAITING', tries: 1, last_status: null });
  expect(call?.last_detail).toContain(how === 'drop' ? 'ECONNRESET' : 'ECONNREFUSED');
});

test.each([
  ['an address', (url: string) => url],
  ['a name', (url: string) => url.replace('127.0.0.1', 'localhost')],
])('%s that leads inward is not called, whatever was saved', async (_name, change) => {
  receiver.does = () => ({ status: 200 });
  const row = await subscribe('hook');
  await sql`update webhook_subscription set url = ${change(row.url)}`.execute(database.db);
  await emit(caller().inTransaction);
  await round({ egress: egressTo([]) });
  const [call] = await callsOf(row);
  expect(call).toMatchObject({ state: 'WAITING', last_status: null });
  expect(call?.last_detail).toMatch(/EGRESS_REFUSED.*not a public address/);
  expect(receiver.received).toEqual([]);
});
