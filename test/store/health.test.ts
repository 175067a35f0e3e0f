import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { listHealth, releaseIntegration } from '../../src/store/health.js';
import { countWaiting } from '../../src/store/health-view.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 2);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

const later = plus(NOON, 3_600_000);

/** An environment with an integration that is left alone as misconfigured. */
async function brokenIntegration(): Promise<{ environmentId: string; integrationId: string }> {
  const [environmentId, integrationId] = [uuidv7(NOON), uuidv7(NOON)];
  await sql`insert into environment values (${environmentId}, ${environmentId}, 'E', 'TEST', '', ${NOON})`.execute(
    database.db,
  );
  await sql`insert into integration (environment_id, id, key, provider, channel, position, enabled, settings, credentials,
      created_at, updated_at)
    values (${environmentId}, ${integrationId}, 'mail', 'smtp', 'EMAIL', 0, true, '{}', '', ${NOON}, ${NOON})`.execute(
    database.db,
  );
  await sql`insert into integration_health (environment_id, integration_id, failures, opens, open_reason, opened_at,
      open_until, line, updated_at)
    values (${environmentId}, ${integrationId}, 3, 2, 'MISCONFIGURED', ${NOON}, ${later}, '{}', ${NOON})`.execute(
    database.db,
  );
  return { environmentId, integrationId };
}

async function wait(environmentId: string, integrationId: string | null): Promise<string> {
  const notificationId = uuidv7(NOON);
  await sql`insert into timer (environment_id, notification_id, at, lane, integration_id)
    values (${environmentId}, ${notificationId}, ${later}, 'NORMAL', ${integrationId})`.execute(database.db);
  return notificationId;
}

test('what waits for an integration goes on at once, and what was held against it is forgotten; nobody else moves', async () => {
  const { environmentId, integrationId } = await brokenIntegration();
  const other = await brokenIntegration();
  const waiting = [await wait(environmentId, integrationId), await wait(environmentId, integrationId)];
  const others = [
    await wait(environmentId, null),
    await wait(environmentId, uuidv7(NOON)),
    await wait(other.environmentId, other.integrationId),
  ];
  expect(await countWaiting(database.db, environmentId, [integrationId, other.integrationId])).toEqual(
    new Map([[integrationId, 2]]),
  );
  const now = plus(NOON, 60_000);
  expect(await releaseIntegration(database.db, environmentId, integrationId, now)).toBe(2);
  const { rows } = await sql<{ notification_id: string; at: Date; integration_id: string | null }>`
    select notification_id, at, integration_id from timer`.execute(database.db);
  const timers = new Map(rows.map((row) => [row.notification_id, row]));
  for (const id of waiting) expect(timers.get(id)).toMatchObject({ at: now, integration_id: null });
  for (const id of others) expect(timers.get(id)).toMatchObject({ at: later });
  expect(await listHealth(database.db, environmentId)).toMatchObject([
    {
      integration_id: integrationId,
      failures: 0,
      open_reason: null,
      opened_at: null,
      open_until: null,
      paused_until: null,
    },
  ]);
  expect(await listHealth(database.db, other.environmentId)).toMatchObject([
    { failures: 3, open_reason: 'MISCONFIGURED', open_until: later },
  ]);
  expect(await releaseIntegration(database.db, environmentId, integrationId, now)).toBe(0);
});

test('nothing is asked for nothing', async () => {
  expect(await countWaiting(database.db, uuidv7(NOON), [])).toEqual(new Map());
});
