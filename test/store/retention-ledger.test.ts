import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { FIRST, type Pruned } from '../../src/store/retention.js';
import {
  dropDigests,
  dropNotifications,
  dropSends,
  emptySends,
  findEmptied,
  type Piece,
} from '../../src/store/retention-ledger.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;
/** What ended before this goes. */
const CUTOFF = plus(NOON, -40 * DAY_MS);

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 3);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

async function environment(): Promise<string> {
  const id = uuidv7(NOON);
  const names = { key: id, name: 'E', mode: 'TEST' as const };
  await insertEnvironment(database.db, { ...{ id, ...names, created_at: NOON }, token_secret: new Uint8Array([1]) });
  return id;
}

/** Of a send: its age in days, whether it is expanded, and the ends of its notifications; null: it has not ended. */
interface SendPlan {
  readonly age: number;
  readonly expanded: boolean;
  readonly ended: readonly (number | null)[];
}

const age = fc.integer({ min: 1, max: 80 });
const anySend: fc.Arbitrary<SendPlan> = fc.record({
  age,
  expanded: fc.boolean(),
  ended: fc.array(fc.option(age), { maxLength: 4 }),
});
const anyLedger = fc.array(anySend, { minLength: 1, maxLength: 8 });

interface StoredSend {
  readonly id: string;
  readonly at: Date;
  readonly expanded: boolean;
  readonly notifications: { readonly id: string; readonly endedAt: Date | null }[];
}

/** Writes sends with notifications, each with an event, a delivery, a timer and a dead letter. */
async function store(environmentId: string, plans: readonly SendPlan[]): Promise<StoredSend[]> {
  const sends = plans.map((plan): StoredSend => {
    const at = plus(NOON, -plan.age * DAY_MS);
    // Nothing ends before it was accepted.
    const endOf = (days: number): Date => plus(NOON, -Math.min(days, plan.age) * DAY_MS);
    const notifications = plan.ended.map((days) => ({ id: uuidv7(at), endedAt: days === null ? null : endOf(days) }));
    return { id: uuidv7(at), at, expanded: plan.expanded, notifications };
  });
  for (const { id, at, expanded, notifications } of sends) {
    await sql`insert into send (environment_id, id, category_key, data, content, tags, expanded, created_at)
      values (${environmentId}, ${id}, 'orders', '{"name": "Ana"}', '{"title": "T", "body": "B"}', '{}', ${expanded}, ${at})`.execute(
      database.db,
    );
    for (const one of notifications) {
      const key = sql`${environmentId}, ${one.id}`;
      await sql`insert into notification (environment_id, id, send_id, recipient_id, category_key, state, revision, finished_at)
        values (${key}, ${id}, ${uuidv7(at)}, 'orders', 'PENDING', 0, ${one.endedAt})`.execute(database.db);
      await sql`insert into event values (${key}, 1, ${at}, 'x', null, '{}')`.execute(database.db);
      await sql`insert into delivery values (${key}, 0, 'EMAIL', 'ana@example.com', 'SENT', null, null, null, null, ${at})`.execute(
        database.db,
      );
      await sql`insert into timer values (${key}, ${at}, 'NORMAL')`.execute(database.db);
      await sql`insert into dead_letter values (${key}, 'NORMAL', 1, 'x', ${at}, ${at}, ${at})`.execute(database.db);
    }
  }
  return sends;
}

/** Everything of a walk, in pieces of a few. */
async function walk(
  environmentId: string,
  drop: (db: Database['db'], piece: Piece) => Promise<Pruned>,
  limit: number,
): Promise<number> {
  let count = 0;
  let after: string | null = FIRST;
  while (after !== null) {
    const piece: Piece = { environmentId, before: CUTOFF, after, limit };
    const done = await database.transaction((db) => drop(db, piece));
    count += done.count;
    after = done.after;
  }
  return count;
}

async function idsIn(environmentId: string, table: string, column: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select ${sql.ref(column)} as id from ${sql.table(table)}
    where environment_id = ${environmentId}`.execute(database.db);
  return rows.map((row) => row.id).sort();
}

const HANGING = ['event', 'delivery', 'timer', 'dead_letter'];

describe('history', () => {
  test('what has not ended, or not long enough ago, stays with all that hangs on it; the rest goes; twice is once', async () => {
    await fc.assert(
      fc.asyncProperty(anyLedger, fc.integer({ min: 1, max: 5 }), async (plans, limit) => {
        const [mine, other] = [await environment(), await environment()];
        const sends = await store(mine, plans);
        const untouched = await store(other, plans.slice(0, 1));
        const all = sends.flatMap((send) => send.notifications);
        const staying = all.filter((one) => one.endedAt === null || one.endedAt >= CUTOFF).map((one) => one.id);
        const sendsStaying = sends.filter(
          (send) => !send.expanded || send.at >= CUTOFF || send.notifications.some((one) => staying.includes(one.id)),
        );

        expect(await walk(mine, dropNotifications, limit)).toBe(all.length - staying.length);
        expect(await walk(mine, dropSends, limit)).toBe(sends.length - sendsStaying.length);
        for (const again of [dropNotifications, dropSends]) expect(await walk(mine, again, limit)).toBe(0);

        expect(await idsIn(mine, 'notification', 'id')).toEqual(staying.sort());
        for (const table of HANGING) expect(await idsIn(mine, table, 'notification_id')).toEqual(staying.sort());
        expect(await idsIn(mine, 'send', 'id')).toEqual(sendsStaying.map((send) => send.id).sort());
        const others = untouched.flatMap((send) => send.notifications.map((one) => one.id)).sort();
        expect(await idsIn(other, 'notification', 'id')).toEqual(others);
      }),
      { numRuns: 25 },
    );
  });

  test('one that begins again at this moment stays', async () => {
    const mine = await environment();
    const [send] = await store(mine, [{ age: 70, expanded: true, ended: [60] }]);
    const id = send?.notifications[0]?.id as string;
    await database.transaction(async (db) => {
      await sql`update notification set finished_at = null where environment_id = ${mine} and id = ${id}`.execute(db);
      expect(await walk(mine, dropNotifications, 5)).toBe(0);
    });
    expect(await walk(mine, dropNotifications, 5)).toBe(0);
    expect(await idsIn(mine, 'event', 'notification_id')).toEqual([id]);
  });

  test('a window of a digest stays while something that lay in it does', async () => {
    const mine = await environment();
    const [send] = await store(mine, [{ age: 70, expanded: true, ended: [60, null] }]);
    const at = plus(NOON, -70 * DAY_MS);
    const windows = [uuidv7(at), uuidv7(at), uuidv7(at)];
    for (const [nth, id] of windows.entries())
      await sql`insert into digest (environment_id, id, recipient_id, category_key, channel, key, opened_at, closes_at, closed_at)
        values (${mine}, ${id}, ${uuidv7(at)}, 'orders', 'EMAIL', '', ${at}, ${at}, ${nth === 2 ? null : at})`.execute(
        database.db,
      );
    for (const [nth, one] of (send as StoredSend).notifications.entries())
      await sql`insert into digest_item values (${mine}, ${one.id}, ${windows[nth]}, ${at})`.execute(database.db);
    await walk(mine, dropNotifications, 5);
    expect(await walk(mine, dropDigests, 2)).toBe(1);
    // One has an item that has not ended, one is open.
    expect(await idsIn(mine, 'digest', 'id')).toEqual(windows.slice(1).sort());
  });

  test('what counts towards a cap stays when its notification goes', async () => {
    const mine = await environment();
    const [send] = await store(mine, [{ age: 70, expanded: true, ended: [60] }]);
    const id = send?.notifications[0]?.id as string;
    await sql`insert into cap_use values (${mine}, ${uuidv7(NOON)}, 'x', ${id}, ${NOON}, false)`.execute(database.db);
    expect(await walk(mine, dropNotifications, 5)).toBe(1);
    expect(await idsIn(mine, 'cap_use', 'notification_id')).toEqual([id]);
  });
});

describe('content', () => {
  const empty = (db: Database['db'], piece: Piece) => emptySends(db, piece, NOON);

  async function saying(environmentId: string): Promise<string[]> {
    const { rows } = await sql<{ id: string; gone: boolean; says: boolean }>`
      select id, content_gone_at is not null as gone, data <> '{}' or content is not null as says from send
      where environment_id = ${environmentId} order by id`.execute(database.db);
    // It says so exactly when it says nothing else.
    for (const row of rows) expect(row.says).toBe(!row.gone);
    return rows.filter((row) => row.says).map((row) => row.id);
  }

  test('goes once everything of the send has ended long enough ago; the history stays; twice is once', async () => {
    await fc.assert(
      fc.asyncProperty(anyLedger, fc.integer({ min: 1, max: 5 }), async (plans, limit) => {
        const mine = await environment();
        const sends = await store(mine, plans);
        const staying = sends.filter(
          (send) =>
            !send.expanded ||
            send.at >= CUTOFF ||
            send.notifications.some((one) => one.endedAt === null || one.endedAt >= CUTOFF),
        );
        expect(await walk(mine, empty, limit)).toBe(sends.length - staying.length);
        expect(await walk(mine, empty, limit)).toBe(0);
        expect(await saying(mine)).toEqual(staying.map((send) => send.id).sort());
        const all = sends.flatMap((send) => send.notifications.map((one) => one.id)).sort();
        expect(await idsIn(mine, 'event', 'notification_id')).toEqual(all);
      }),
      { numRuns: 25 },
    );
  });

  test('says how far all of them are empty', async () => {
    const mine = await environment();
    const plan = (ended: number | null) => ({ age: 70, expanded: true, ended: [ended] });
    const sends = await store(mine, [plan(60), plan(60), plan(null), plan(60)]);
    const piece = { environmentId: mine, before: CUTOFF, after: FIRST, limit: 9 };
    const done = await database.transaction((db) => emptySends(db, piece, NOON));
    expect(done).toEqual({ count: 3, after: null, through: sends[1]?.id });
    const rest = await database.transaction((db) => emptySends(db, piece, NOON));
    expect(rest).toEqual({ count: 0, after: null, through: null });
  });

  describe('and somebody who begins one of the send again', () => {
    const plan = [{ age: 70, expanded: true, ended: [60] }];
    const waits = () =>
      until(async () => {
        const { rows } = await sql`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
        return rows.length > 0;
      }, 'one to wait for the other');

    test('first, keep what it says', async () => {
      const mine = await environment();
      const [send] = await store(mine, plan);
      const id = send?.notifications[0]?.id as string;
      let emptying: Promise<number> | undefined;
      await database.transaction(async (db) => {
        expect(await findEmptied(db, mine, [id])).toEqual(new Set());
        await sql`update notification set finished_at = null where environment_id = ${mine} and id = ${id}`.execute(db);
        emptying = walk(mine, empty, 5);
        await waits();
      });
      expect(await emptying).toBe(0);
      expect(await saying(mine)).toEqual([send?.id]);
    });

    test('second, are told that it is gone', async () => {
      const mine = await environment();
      const [send] = await store(mine, plan);
      const id = send?.notifications[0]?.id as string;
      let asking: Promise<Set<string>> | undefined;
      await database.transaction(async (db) => {
        const piece = { environmentId: mine, before: CUTOFF, after: FIRST, limit: 5 };
        expect((await emptySends(db, piece, NOON)).count).toBe(1);
        asking = database.transaction((other) => findEmptied(other, mine, [id]));
        await waits();
      });
      expect(await asking).toEqual(new Set([id]));
    });
  });
});
