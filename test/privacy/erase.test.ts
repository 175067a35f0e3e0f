import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { beginErasure, eraseDue, type EraseContext } from '../../src/privacy/erase.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { findErasure, type ErasureRow } from '../../src/store/erasures.js';
import { transactions, type InTransaction } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import type { JobInput } from '../../src/queue/queue.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { rowsWith } from '../support/every-row.js';
import { Gate } from '../support/gate.js';

let app: TestApp;
let gate: Gate;
let database: Database;
let inTransaction: InTransaction;
const jobs: JobInput[] = [];

/** People and what they got come through the product; then it is stopped, and the job runs here alone. */
beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await app.development.category('orders', { channels: ['EMAIL'] });
  for (const name of ['ana', 'ben']) {
    await app.development.person(name, { email: `${name}.canary@example.com` });
    for (let nth = 0; nth < 7; nth += 1) await app.development.sendAndFinish({ externalId: name }, 'orders');
  }
  await app.app.stop();
  database = await openDatabase(app.database.url, 4);
  const queue = { insert: async (_db: unknown, more: readonly JobInput[]) => void jobs.push(...more) };
  inTransaction = transactions({ database, queue, clock: systemClock, wakes: new WakeBook() }, () => undefined);
});

afterAll(async () => {
  await database.close();
  await gate[Symbol.asyncDispose]();
  await app.database[Symbol.asyncDispose]();
});

async function begin(externalId: string): Promise<ErasureRow> {
  const { rows } = await sql<{ environment_id: string; id: string }>`
    select environment_id, id from recipient where external_id = ${externalId}`.execute(database.db);
  const [person] = rows;
  if (!person) throw new Error(`no ${externalId}`);
  const request = { environmentId: person.environment_id, recipientId: person.id, actor: 'key:tests', reason: null };
  const row = await inTransaction((tx) => beginErasure(tx, request, systemClock.now()));
  if (!row) throw new Error('nothing was erased');
  return row;
}

function context(work: InTransaction = inTransaction, drop = async () => 0): EraseContext {
  return { database, inTransaction: work, clock: systemClock, log: silentLog, attachments: { drop } };
}

const now = async ({ environment_id, id }: ErasureRow) => findErasure(database.db, environment_id, { id });

test('goes on where a crash broke it off, and doing it again does nothing', async () => {
  const begun = await begin('ana');
  expect(begun).toMatchObject({ finished_at: null, erased: { PROFILE: 1, ADDRESSES: 1 } });
  expect(jobs.map(({ job }) => job)).toContain('erase');
  let commits = 0;
  const crashing: InTransaction = (work) => {
    commits += 1;
    // The third one is undone in the middle.
    return inTransaction(async (tx) => {
      const answer = await work(tx);
      if (commits === 3) throw new Error('the process died');
      return answer;
    });
  };
  await eraseDue(context(crashing), 2);
  const half = await now(begun);
  expect(half).toMatchObject({ finished_at: null, erased: { NOTIFICATIONS: 4 } });
  expect((await rowsWith(gate, ['ana.canary'])).length).toBeGreaterThan(0);

  let dropped = 0;
  await Promise.all(
    [1, 2].map(() =>
      eraseDue(
        context(inTransaction, async () => (dropped += 1)),
        2,
      ),
    ),
  );
  await eraseDue(context(), 2);
  const end = await now(begun);
  expect(end?.finished_at).toBeInstanceOf(Date);
  expect(end).toMatchObject({ erased: { PROFILE: 1, ADDRESSES: 1, NOTIFICATIONS: 7, CONTENT: 14 }, addresses: [] });
  expect(dropped).toBeGreaterThan(0);
  expect(await rowsWith(gate, ['ana.canary'])).toEqual([]);
  expect((await rowsWith(gate, ['ben.canary'])).length).toBeGreaterThan(0);

  await eraseDue(context(), 2);
  expect(await now(begun)).toEqual(end);
  expect(
    await inTransaction((tx) =>
      beginErasure(tx, { ...personOf(begun), actor: 'key:other', reason: 'again' }, systemClock.now()),
    ),
  ).toEqual(end);
});

function personOf(row: ErasureRow) {
  return { environmentId: row.environment_id, recipientId: row.recipient_id };
}

test('waits for what has not ended, and has taken away everything else meanwhile', async () => {
  const { rows } = await sql<{ id: string }>`
    select n.id from notification n join recipient r on r.id = n.recipient_id
    where r.external_id = 'ben' order by n.id limit 1`.execute(database.db);
  const open = rows[0]?.id;
  await sql`update notification set finished_at = null, state = 'IN_PROGRESS' where id = ${open}`.execute(database.db);
  const begun = await begin('ben');
  jobs.length = 0;
  await eraseDue(context(), 3);
  expect(await now(begun)).toMatchObject({ finished_at: null, through: null });
  expect(jobs).toMatchObject([{ job: 'erase', at: expect.any(Date) }]);
  // Its own addresses alone are still known, to the erasure.
  expect((await rowsWith(gate, ['ben.canary'])).map((row) => row.split(':')[0])).toEqual(['public.erasure']);
  await sql`update notification set finished_at = now(), state = 'CANCELED' where id = ${open}`.execute(database.db);
  await eraseDue(context(), 3);
  expect(await now(begun)).toMatchObject({ finished_at: expect.any(Date), erased: { NOTIFICATIONS: 7 } });
  expect(await rowsWith(gate, ['ben.canary'])).toEqual([]);
});
