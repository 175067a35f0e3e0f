import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { uuidv7 } from '../../src/base/ids.js';
import type { SuppressionReason } from '../../src/base/names.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import {
  addressHash,
  addressHashIn,
  listSuppressions,
  suppress,
  unsuppress,
  type NewSuppression,
} from '../../src/store/suppressions.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

let fresh: FreshDatabase;
let database: Database;
const here = uuidv7(NOON);
const there = uuidv7(NOON);

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
  for (const [id, key] of [
    [here, 'here'],
    [there, 'there'],
  ] as const)
    await insertEnvironment(database.db, {
      id,
      key,
      name: key,
      mode: 'TEST',
      token_secret: Buffer.alloc(1),
      created_at: NOON,
    });
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

beforeEach(() => sql`delete from suppression`.execute(database.db));

function entry(address: string, reason: SuppressionReason = 'BOUNCED', more: Partial<NewSuppression> = {}) {
  return { channel: 'EMAIL', address, reason, integrationKey: 'mail', detail: null, createdAt: NOON, ...more } as const;
}

const ALL = { channel: null, reason: null, address: null };
const listed = async (environmentId: string) =>
  (await listSuppressions(database.db, environmentId, ALL, null, 100)).map((row) => `${row.address} ${row.reason}`);

test('the first reason stays, letter case does not count, environments are apart', async () => {
  await suppress(database.db, here, [entry('Ana@example.com', 'COMPLAINT', { detail: 'a\0b' })]);
  await suppress(database.db, here, [
    entry('ana@EXAMPLE.com'),
    entry('ben@example.com'),
    entry('ben@example.com', 'STOP'),
  ]);
  expect((await listed(here)).sort()).toEqual(['Ana@example.com COMPLAINT', 'ben@example.com BOUNCED']);
  expect(await listed(there)).toEqual([]);
  const [row] = await listSuppressions(database.db, here, { ...ALL, address: 'ANA@example.com' }, null, 10);
  expect(row).toMatchObject({ channel: 'EMAIL', integration_key: 'mail', detail: 'ab', created_at: NOON });
});

test('a complaint or STOP takes the place of an unsubscribe, which stops less, and never the other way', async () => {
  await suppress(database.db, here, [entry('ana@example.com', 'UNSUBSCRIBED'), entry('ana@example.com', 'COMPLAINT')]);
  await suppress(database.db, here, [entry('ben@example.com', 'UNSUBSCRIBED')]);
  await suppress(database.db, here, [entry('ben@example.com', 'STOP')]);
  await suppress(database.db, here, [entry('ben@example.com', 'UNSUBSCRIBED')]);
  expect((await listed(here)).sort()).toEqual(['ana@example.com COMPLAINT', 'ben@example.com STOP']);
});

test('an address comes off the list for the reasons that are named alone', async () => {
  await suppress(database.db, here, [entry('ana@example.com', 'STOP')]);
  expect(await unsuppress(database.db, there, 'EMAIL', 'ana@example.com')).toBe(false);
  expect(await unsuppress(database.db, here, 'SMS', 'ana@example.com')).toBe(false);
  expect(await unsuppress(database.db, here, 'EMAIL', 'ana@example.com', ['BOUNCED'])).toBe(false);
  expect(await unsuppress(database.db, here, 'EMAIL', 'ANA@example.com', ['BOUNCED', 'STOP'])).toBe(true);
  expect(await listed(here)).toEqual([]);
});

test('writers of the same addresses in different orders do not lock each other out', async () => {
  const rows = Array.from({ length: 300 }, (_, index) => entry(`p${index}@example.com`));
  await Promise.all([rows, rows.toReversed(), rows, rows.toReversed()].map((one) => suppress(database.db, here, one)));
  const { rows: counted } = await sql<{ n: number }>`select count(*) as n from suppression`.execute(database.db);
  expect(counted).toEqual([{ n: 300 }]);
});

test('Postgres and this process call an address the same', async () => {
  const texts = fc.sample(fc.string({ unit: 'grapheme' }), 200).filter((text) => !text.includes('\0'));
  const { rows } = await sql<{ address: string; hash: Buffer }>`
    select e.address, ${addressHashIn(sql.ref('e.address'))} as hash
    from jsonb_array_elements_text(${JSON.stringify(['İstanbul', 'STRASSE', ...texts])}::jsonb) as e (address)`.execute(
    database.db,
  );
  expect(rows.length).toBeGreaterThan(100);
  for (const { address, hash } of rows) expect(hash.equals(addressHash(address))).toBe(true);
});
