import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidv7 } from '../../src/base/ids.js';
import { systemClock } from '../../src/base/clock.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { transactions, type InTransaction, type InboxHint } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

let fresh: FreshDatabase;
let database: Database;
let inTransaction: InTransaction;
const announced: InboxHint[] = [];
const [ana, ben] = [uuidv7(NOON), uuidv7(NOON)];

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 3);
  const queue = { insert: async () => undefined };
  inTransaction = transactions({ database, queue, clock: systemClock, wakes: new WakeBook() }, (hints) =>
    announced.push(...hints),
  );
  for (const id of [ana, ben])
    await sql`insert into environment values (${id}, ${id}, '0', 'TEST', '', ${NOON})`.execute(database.db);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

test('two that lock the same rows in opposite orders both end, each once', async () => {
  let runs = 0;
  const met = Promise.withResolvers<void>();
  let arrived = 0;
  const add = (first: string, second: string): Promise<void> =>
    inTransaction(async (tx) => {
      runs += 1;
      const lock = (id: string) =>
        sql`update environment set name = (name::integer + 1)::text where id = ${id}`.execute(tx.db);
      await lock(first);
      arrived += 1;
      if (arrived === 2) met.resolve();
      await met.promise;
      await lock(second);
      tx.announce({ environmentId: first, recipientId: second });
    });
  await Promise.all([add(ana, ben), add(ben, ana)]);
  const { rows } = await sql<{ name: string }>`select name from environment where id in (${ana}, ${ben})`.execute(
    database.db,
  );
  expect([runs, rows.map((row) => row.name), announced.length]).toEqual([3, ['2', '2'], 2]);
});

test('any other error is thrown the first time', async () => {
  let runs = 0;
  const failing = inTransaction(async (tx) => {
    runs += 1;
    await sql`select 1 / 0`.execute(tx.db);
  });
  await expect(failing).rejects.toThrow('division by zero');
  expect(runs).toBe(1);
});
