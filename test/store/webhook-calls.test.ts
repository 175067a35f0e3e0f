import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { dropEndedCalls } from '../../src/store/retention.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { KeptRows, readEventTypes } from '../../src/store/kept-rows.js';
import {
  claimCalls,
  giveUpCalls,
  insertEvents,
  listCalls,
  recordCallEnds,
  releaseCalls,
  replayCalls,
  WEBHOOK_LEASE_MS,
  type CallEnd,
  type ClaimedCall,
  type Replay,
} from '../../src/store/webhook-calls.js';
import { saveWebhookSubscription, type WebhookSubscriptionRow } from '../../src/store/webhook-subscriptions.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { NOON } from '../support/arbitraries.js';

let fresh: FreshDatabase;
let database: Database;
const environmentId = uuidv7(NOON);

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
  const names = { key: 'staging', name: 'Staging', mode: 'TEST' as const };
  await insertEnvironment(database.db, {
    ...{ id: environmentId, ...names, created_at: NOON },
    token_secret: new Uint8Array([1]),
  });
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await sql`delete from webhook_call`.execute(database.db);
  await sql`delete from webhook_subscription`.execute(database.db);
});

function subscribe(key: string, more: Partial<WebhookSubscriptionRow> = {}): Promise<WebhookSubscriptionRow> {
  return saveWebhookSubscription(database.db, {
    ...{ environment_id: environmentId, id: uuidv7(NOON), key, url: 'https://example.com', types: ['*'] },
    ...{ secret: new Uint8Array([1]), old_secret: null, old_secret_until: null, enabled: true, disabled_at: null },
    ...{ disabled_reason: null, failing_since: null, created_at: NOON, updated_at: NOON },
    ...more,
  });
}

const emit = (count = 1, type: 'delivery.sent' | 'delivery.bounced' = 'delivery.sent', at = NOON) =>
  insertEvents(
    database.db,
    environmentId,
    Array.from({ length: count }, (_, nth) => ({ id: uuidv7(at), type, at, data: { nth } })),
    at,
  );

const claim = (more: { now?: Date; limit?: number; share?: number; inHand?: [string, number][] } = {}) => {
  const now = more.now ?? NOON;
  const { limit = 100, share = 4, inHand = [] } = more;
  const lease = { now, leaseUntil: plus(now, WEBHOOK_LEASE_MS) };
  return claimCalls(database.db, lease, { limit, share, inHand: new Map(inHand) });
};

const endOf = ({ environment_id, id, tries }: ClaimedCall, more: Partial<CallEnd> = {}): CallEnd => ({
  ...{ environment_id, id, tries, state: 'DONE', next_at: null, status: 200, detail: null },
  ...more,
});

describe('an event', () => {
  test('is a call for each who wants it, in the order in which it happened', async () => {
    const [all, bounces] = [await subscribe('all'), await subscribe('bounces', { types: ['delivery.bounced'] })];
    await subscribe('off', { enabled: false });
    await emit(3);
    expect(await emit(1, 'delivery.bounced')).toHaveLength(2);
    const found = await listCalls(database.db, all, null, null, 10);
    expect(found.map((row) => row.payload.data['nth'])).toEqual([0, 2, 1, 0]);
    expect(found[0]?.payload).toEqual({
      type: 'delivery.bounced',
      timestamp: NOON.toISOString(),
      data: { environment: 'staging', nth: 0 },
    });
    expect(await listCalls(database.db, bounces, null, null, 10)).toHaveLength(1);
    expect(await listCalls(database.db, all, 'WAITING', found[1]?.id ?? null, 1)).toMatchObject([{ id: found[2]?.id }]);
  });

  test('waits for a subscription that is being removed, and is then for nobody', async () => {
    const { id } = await subscribe('leaving');
    let removed = (): void => undefined;
    const held = new Promise<void>((resolve) => (removed = resolve));
    let locked = (): void => undefined;
    const isLocked = new Promise<void>((resolve) => (locked = resolve));
    const removing = database.transaction(async (db) => {
      await sql`delete from webhook_subscription where id = ${id}`.execute(db);
      locked();
      await held;
    });
    await isLocked;
    const emitting = emit();
    removed();
    await removing;
    expect(await emitting).toEqual([]);
  });
});

describe('a claim', () => {
  test('takes what is due once, and again when its lease is over', async () => {
    await subscribe('all');
    await emit(2);
    const taken = await claim();
    expect(taken.map((call) => call.tries)).toEqual([1, 1]);
    expect(await claim()).toEqual([]);
    const later = plus(NOON, WEBHOOK_LEASE_MS);
    expect((await claim({ now: later })).map((call) => call.tries)).toEqual([2, 2]);
  });

  test('of two at once takes each call for one of them', async () => {
    await subscribe('all');
    await emit(8);
    const both = (await Promise.all([claim(), claim()])).flat();
    expect(new Set(both.map((call) => call.id)).size).toBe(both.length);
  });

  test('leaves a subscription its share, and the disabled alone', async () => {
    const [one, two] = [await subscribe('one'), await subscribe('two')];
    await emit(6);
    const taken = await claim({ inHand: [[one.id, 3]] });
    const counts = Map.groupBy(taken, (call) => call.key);
    expect([counts.get('one')?.length, counts.get('two')?.length]).toEqual([1, 4]);
    expect(await claim({ limit: 1 })).toHaveLength(1);
    await subscribe('two', { enabled: false });
    expect((await claim({ inHand: [[one.id, 9]] })).filter((call) => call.subscription_id === two.id)).toEqual([]);
  });
});

describe('an end', () => {
  test('of an older try says nothing, but for a success', async () => {
    const row = await subscribe('all');
    await emit(2);
    const [a, b] = (await claim()) as [ClaimedCall, ClaimedCall];
    await claim({ now: plus(NOON, WEBHOOK_LEASE_MS) });
    await recordCallEnds(database.db, [endOf(a, { state: 'FAILED', status: 500 }), endOf(b)], NOON);
    const states = async () =>
      new Map((await listCalls(database.db, row, null, null, 9)).map((call) => [call.id, call.state]));
    expect(await states()).toEqual(
      new Map([
        [b.id, 'DONE'],
        [a.id, 'WAITING'],
      ]),
    );
    // Neither does a failure after a success.
    await recordCallEnds(database.db, [endOf({ ...b, tries: 2 }, { state: 'FAILED', status: 500 })], NOON);
    expect((await states()).get(b.id)).toBe('DONE');
  });

  test('that was none, because its process stopped, gives the call back as it was', async () => {
    const row = await subscribe('all');
    await emit();
    const taken = await claim();
    await releaseCalls(database.db, taken, NOON);
    expect(await listCalls(database.db, row, null, null, 9)).toMatchObject([{ tries: 0, next_at: NOON }]);
    expect(await claim()).toHaveLength(1);
  });

  test('is kept for a while, then forgotten', async () => {
    const row = await subscribe('all');
    await emit(2);
    const [first] = await claim();
    await recordCallEnds(database.db, [endOf(first as ClaimedCall)], NOON);
    await dropEndedCalls(database.db, row.environment_id, NOON, 9);
    expect(await listCalls(database.db, row, null, null, 9)).toHaveLength(2);
    await dropEndedCalls(database.db, row.environment_id, plus(NOON, 1), 9);
    expect(await listCalls(database.db, row, null, null, 9)).toMatchObject([{ state: 'WAITING' }]);
  });
});

test('a replay takes what failed or waits for another try, by time and by id, never what is in hand', async () => {
  const row = await subscribe('all');
  await emit(1, 'delivery.sent', plus(NOON, -60_000));
  await emit(4);
  const [failed, done, waiting, inHand, old] = (await claim({ share: 9 })).toSorted((a, b) => (a.id < b.id ? 1 : -1));
  if (!failed || !done || !waiting || !inHand || !old) throw new Error('expected five calls');
  const next_at = plus(NOON, 3_600_000);
  await recordCallEnds(
    database.db,
    [
      endOf(failed, { state: 'FAILED' }),
      endOf(done),
      endOf(waiting, { state: 'WAITING', next_at }),
      endOf(old, { state: 'FAILED' }),
    ],
    NOON,
  );
  const all: Replay = { ids: null, since: null, until: null, onlyFailed: true };
  const undo = new Error('undo');
  const count = async (replay: Partial<Replay>) => {
    let found = -1;
    await database
      .transaction(async (db) => {
        found = await replayCalls(db, row, { ...all, ...replay }, NOON);
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    return found;
  };
  expect(await count({})).toBe(3);
  expect(await count({ onlyFailed: false })).toBe(4);
  expect(await count({ since: NOON })).toBe(2);
  expect(await count({ until: NOON })).toBe(1);
  expect(await count({ ids: [failed.id, done.id, inHand.id] })).toBe(1);
  expect(await replayCalls(database.db, row, all, NOON)).toBe(3);
  const again = await claim({ share: 9 });
  expect(again.map((call) => [call.id, call.tries]).sort()).toEqual(
    [failed, waiting, old].map((call) => [call.id, 1]).sort(),
  );
});

test('what waits for a subscription that is disabled has failed, and says why where nothing better is known', async () => {
  const row = await subscribe('all');
  await emit(2);
  const [first] = (await claim({ limit: 1 })) as [ClaimedCall];
  const next_at = plus(NOON, 5_000);
  await recordCallEnds(database.db, [endOf(first, { state: 'WAITING', next_at, status: 500, detail: 'oops' })], NOON);
  await giveUpCalls(database.db, row, 'disabled', NOON);
  const found = await listCalls(database.db, row, 'FAILED', null, 9);
  expect(found.map((call) => [call.last_detail, call.next_at, call.ended_at]).sort()).toEqual([
    ['disabled', null, NOON],
    ['oops', null, NOON],
  ]);
});

test('types of events are known from memory for a moment', async () => {
  let now = NOON;
  const kept = new KeptRows({ now: () => now });
  const types = () => readEventTypes(database.db, environmentId, kept);
  expect(await types()).toEqual(new Set());
  await subscribe('some', { types: ['delivery.sent', 'alert.raised'] });
  expect((await types()).size).toBe(0);
  kept.forgetEventTypes(environmentId);
  expect(await types()).toEqual(new Set(['delivery.sent', 'alert.raised']));
  await subscribe('all');
  now = plus(NOON, 2_000);
  expect((await types()).has('notification.expired')).toBe(true);
});
