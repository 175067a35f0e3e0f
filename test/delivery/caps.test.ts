import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plus, systemClock, type Clock } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { CapDesk } from '../../src/delivery/caps.js';
import type { Limit, LimitKind } from '../../src/routing/cap-limits.js';
import type { CapAnswer } from '../../src/routing/capped.js';
import { dropCapUses, type CapUseRow } from '../../src/store/cap-uses.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { transactions } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

const DAY = 86_400_000;
const environmentId = uuidv7(systemClock.now());
let fresh: FreshDatabase;
let databases: Database[];

beforeAll(async () => {
  fresh = await freshDatabase();
  databases = await Promise.all([openDatabase(fresh.url, 8), openDatabase(fresh.url, 8)]);
  const row = { id: environmentId, key: 'here', name: 'Here', mode: 'TEST' as const, created_at: systemClock.now() };
  await insertEnvironment(db(), { ...row, token_secret: new Uint8Array(1) });
});

afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await fresh[Symbol.asyncDispose]();
});

const db = () => (databases[0] as Database).db;
const all = (max: number, periodMs = DAY): Limit => ({ kind: 'WHOLE', scope: 'all', max, periodMs });

/** The desk of a process. */
function deskOf(database: Database, clock: Clock = systemClock): CapDesk {
  const queue = { insert: () => Promise.resolve() };
  const inTransaction = transactions({ database, queue, clock, wakes: new WakeBook() }, () => undefined);
  return new CapDesk({ database, inTransaction, clock });
}

async function person(): Promise<string> {
  const id = uuidv7(systemClock.now());
  await sql`insert into recipient (environment_id, id, external_id, attributes, created_at, updated_at)
    values (${environmentId}, ${id}, ${id}, '{}', now(), now())`.execute(db());
  return id;
}

const newId = (): string => uuidv7(systemClock.now());

async function ask(
  desk: CapDesk,
  recipientId: string,
  notificationId: string,
  limits: readonly Limit[],
  waitsFor: readonly LimitKind[] = ['WHOLE'],
): Promise<CapAnswer> {
  const answers = await desk.ask(environmentId, [{ notificationId, recipientId, question: { limits, waitsFor } }]);
  return answers.get(notificationId) as CapAnswer;
}

async function usesOf(recipientId: string): Promise<Pick<CapUseRow, 'scope' | 'at' | 'waits'>[]> {
  const { rows } = await sql<CapUseRow>`
    select scope, at, waits from cap_use where recipient_id = ${recipientId} order by at`.execute(db());
  return rows;
}

/** Asks each of two processes for half of so many, all at once. */
async function crowd(recipientId: string, count: number, limits: readonly Limit[], waitsFor?: LimitKind[]) {
  const desks = databases.map((database) => deskOf(database));
  const ids = Array.from({ length: count }, newId);
  return Promise.all(ids.map((id, nth) => ask(desks[nth % 2] as CapDesk, recipientId, id, limits, waitsFor)));
}

test('of 50 who ask two processes at once, exactly as many go as may', async () => {
  const ana = await person();
  const answers = await crowd(ana, 50, [all(3)]);
  expect(answers.filter((answer) => answer === 'go')).toHaveLength(3);
  const uses = await usesOf(ana);
  expect(uses.filter((use) => !use.waits)).toHaveLength(3);
  // Three a day: nobody who waits is told the same time as more than two others.
  const places = uses.filter((use) => use.waits).map((use) => use.at.getTime());
  const first = (uses[0] as CapUseRow).at.getTime();
  places.forEach((at, nth) => expect(Math.floor((at - first) / DAY)).toBe(1 + Math.floor(nth / 3)));
});

test('who does not wait leaves nothing behind', async () => {
  const ben = await person();
  const answers = await crowd(ben, 20, [all(3)], []);
  expect(answers.filter((answer) => answer === 'go')).toHaveLength(3);
  expect(await usesOf(ben)).toHaveLength(3);
});

test('in one question, in the order of age, and people do not share', async () => {
  const [cy, dee] = [await person(), await person()];
  const ids = Array.from({ length: 6 }, newId);
  const question = { limits: [all(2)], waitsFor: ['WHOLE' as const] };
  const asks = ids.map((notificationId, nth) => ({ notificationId, recipientId: nth % 2 ? cy : dee, question }));
  const answers = await deskOf(databases[0] as Database).ask(environmentId, asks.toReversed());
  expect(ids.map((id) => answers.get(id) === 'go')).toEqual([true, true, true, true, false, false]);
});

test('asked again, the answer is the same, and a use counts once', async () => {
  const eve = await person();
  const [first, second] = [newId(), newId()];
  const desk = deskOf(databases[0] as Database);
  for (let time = 0; time < 3; time += 1) expect(await ask(desk, eve, first, [all(1)])).toBe('go');
  const denied = await ask(desk, eve, second, [all(1)]);
  expect(await ask(desk, eve, second, [all(1)])).toEqual(denied);
  expect(await usesOf(eve)).toMatchObject([{ waits: false }, { waits: true }]);
  expect(await ask(desk, eve, first, [all(1)])).toBe('go');
});

test('who comes back in time goes, counts from then, and nobody overtakes', async () => {
  const fay = await person();
  let now = systemClock.now();
  const desk = deskOf(databases[0] as Database, { now: () => now });
  const [first, second, third] = [newId(), newId(), newId()];
  expect(await ask(desk, fay, first, [all(1, 1_000)])).toBe('go');
  expect(await ask(desk, fay, second, [all(1, 1_000)])).toEqual({ until: plus(now, 1_000), kind: 'WHOLE' });
  now = plus(now, 1_500);
  expect(await ask(desk, fay, third, [all(1, 1_000)])).toEqual({ until: plus(now, 1_000), kind: 'WHOLE' });
  now = plus(now, 100);
  expect(await ask(desk, fay, second, [all(1, 1_000)])).toBe('go');
  now = plus(now, 900);
  expect(await ask(desk, fay, third, [all(1, 1_000)])).toEqual({ until: plus(now, 100), kind: 'WHOLE' });
  now = plus(now, 100);
  expect(await ask(desk, fay, third, [all(1, 1_000)])).toBe('go');
});

test('what is given back is free for the next one', async () => {
  const gus = await person();
  const desk = deskOf(databases[0] as Database);
  const [first, second] = [newId(), newId()];
  expect(await ask(desk, gus, first, [all(1)], [])).toBe('go');
  expect(await ask(desk, gus, second, [all(1)], [])).not.toBe('go');
  await desk.release(environmentId, [first]);
  expect(await ask(desk, gus, second, [all(1)], [])).toBe('go');
});

test('uses that no period reaches back to are dropped', async () => {
  const hal = await person();
  const desk = deskOf(databases[0] as Database);
  await ask(desk, hal, newId(), [all(5)]);
  const [use] = await usesOf(hal);
  await dropCapUses(db(), use?.at as Date);
  expect(await usesOf(hal)).toHaveLength(1);
  await dropCapUses(db(), plus(use?.at as Date, 1));
  expect(await usesOf(hal)).toEqual([]);
});
