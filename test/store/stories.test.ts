import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { loadStories } from '../../src/store/notification-log.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

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

const COMMITS = 300;

test('is of one moment while somebody else writes: time, deliveries and history agree in every look', async () => {
  const { db } = database;
  const [environmentId, sendId, id] = [uuidv7(NOON), uuidv7(NOON), uuidv7(NOON)];
  const names = { key: environmentId, name: 'E', mode: 'TEST' as const };
  await insertEnvironment(db, { id: environmentId, ...names, created_at: NOON, token_secret: new Uint8Array([1]) });
  await sql`insert into send (environment_id, id, category_key, data, content, tags, expanded, created_at)
    values (${environmentId}, ${sendId}, 'orders', '{}', '{}', '{}', true, ${NOON})`.execute(db);
  await sql`insert into notification (environment_id, id, send_id, recipient_id, category_key, state, revision, wake_at)
    values (${environmentId}, ${id}, ${sendId}, ${uuidv7(NOON)}, 'orders', 'IN_PROGRESS', 0, ${NOON})`.execute(db);
  await sql`insert into delivery (environment_id, notification_id, ordinal, channel, state, provider_id, updated_at)
    values (${environmentId}, ${id}, 1, 'EMAIL', 'RETRYING', '0', ${NOON})`.execute(db);

  const writer = { done: false };
  const writing = (async () => {
    for (let number = 1; number <= COMMITS; number += 1)
      await database.transaction(async (tx) => {
        await sql`update notification set wake_at = ${plus(NOON, number * 1000)} where id = ${id}`.execute(tx);
        await sql`update delivery set provider_id = ${String(number)} where notification_id = ${id}`.execute(tx);
        await sql`insert into event (environment_id, notification_id, seq, at, type, ordinal, data)
          values (${environmentId}, ${id}, ${number}, ${NOON}, 'notification.redriven', null, '{}')`.execute(tx);
      });
  })().finally(() => (writer.done = true));
  const seen = new Set<number>();
  while (!writer.done) {
    const story = (await loadStories(db, environmentId, [id])).get(id);
    const number = story?.events.length ?? -1;
    expect(story?.deliveries.map((delivery) => delivery.provider_id)).toEqual([String(number)]);
    expect(story?.wakeAt).toEqual(plus(NOON, number * 1000));
    seen.add(number);
  }
  await writing;
  expect(seen.size).toBeGreaterThan(1);
});

test('of another environment is not there', async () => {
  expect(await loadStories(database.db, uuidv7(NOON), [uuidv7(NOON)])).toEqual(new Map());
});
