import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { prune, type PruneCounts } from '../../src/delivery/prune.js';
import type { JobPayloads } from '../../src/queue/jobs.js';
import type { JobInput } from '../../src/queue/queue.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { changeItems } from '../../src/store/inbox-changes.js';
import { changesSince, placeItems, readInbox } from '../../src/store/inbox-items.js';
import { dropEmptyPartitions } from '../../src/store/old-partitions.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import { upsertRecipients } from '../../src/store/recipients.js';
import { saveRetention } from '../../src/store/retention.js';
import { transactions, type InboxHint } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { PLAIN_ITEM } from '../support/plain-item.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

const DAY_MS = 86_400_000;

let fresh: FreshDatabase;
let database: Database;
let mine: string;
let jobs: JobInput[];
let hints: InboxHint[];
let now = NOON;
let lines: unknown[];

const daysAgo = (days: number): Date => plus(NOON, -days * DAY_MS);

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

async function environment(key: string): Promise<string> {
  const id = uuidv7(NOON);
  const names = { key, name: key, mode: 'TEST' as const };
  await insertEnvironment(database.db, { ...{ id, ...names, created_at: NOON }, token_secret: new Uint8Array([1]) });
  return id;
}

beforeEach(async () => {
  [jobs, hints, lines, now] = [[], [], [], NOON];
  const tables = 'environment, callback, webhook_call, event, delivery, notification, send, inbox_item, recipient';
  await sql`truncate ${sql.raw(tables)} cascade`.execute(database.db);
  mine = await environment('mine');
});

/** One run; answers what went of mine. */
async function run(left?: JobPayloads['prune']['left'], runMs?: number): Promise<PruneCounts> {
  const clock = { now: () => now };
  const queue = { insert: (_: unknown, some: readonly JobInput[]) => Promise.resolve(void jobs.push(...some)) };
  const inTransaction = transactions({ database, queue, clock, wakes: new WakeBook() }, (some) => hints.push(...some));
  const log = { ...silentLog, info: (line: unknown) => void lines.push(line) } as unknown as typeof silentLog;
  const went = await prune({ database, inTransaction, clock, log }, left, runMs);
  return went['mine'] ?? {};
}

async function count(table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from ${sql.table(table)}`.execute(database.db);
  return rows[0]?.count ?? 0;
}

/** As many runs as it takes, each of a piece of every step; answers what each of them took of mine. */
async function chain(): Promise<PruneCounts[]> {
  const went = [await run(undefined, 0)];
  for (let job = jobs.pop(); job?.job === 'prune'; job = jobs.pop()) went.push(await run(job.data.left, 0));
  return went;
}

/** An inbox of Ana with items that came so many days ago, oldest first. */
async function inboxOf(ages: readonly number[]): Promise<{ recipientId: string; ids: string[] }> {
  const recipientId = uuidv7(NOON);
  await upsertRecipients(database.db, mine, [{ id: recipientId, externalId: recipientId }], NOON);
  const ids = ages.map((age) => uuidv7(daysAgo(age)));
  for (const [nth, id] of ids.entries())
    await placeItems(database.db, mine, [
      { recipient_id: recipientId, id, ...PLAIN_ITEM, created_at: daysAgo(ages[nth] as number) },
    ]);
  return { recipientId, ids };
}

const stateOf = (recipientId: string) => readInbox(database.db, mine, recipientId);

async function changesAfter(recipientId: string, after: number) {
  const found = await changesSince(database.db, [{ environmentId: mine, recipientId, after }], 100);
  const changes = found.get(`${mine}:${recipientId}`);
  return { ...changes?.inbox, ids: changes?.items.map((item) => item.id) };
}

describe('inboxes', () => {
  beforeEach(() => saveRetention(database.db, mine, { INBOX: 10 * DAY_MS }));

  test('lose old items as if somebody had removed them: counts, versions, hints', async () => {
    const { recipientId, ids } = await inboxOf([40, 30, 20, 9, 1]);
    await changeItems(database.db, { environmentId: mine, recipientId }, { ids: [ids[0] as string] }, 'READ', NOON);
    expect(await stateOf(recipientId)).toMatchObject({ version: 6, unseen: 4, unread: 4 });
    expect(await run()).toEqual({ inboxItems: 3 });
    expect(await stateOf(recipientId)).toEqual({
      ...{ recipient_id: recipientId, version: 9, reset_version: 0, unseen: 2, unread: 2 },
    });
    expect(hints).toEqual([{ environmentId: mine, recipientId }]);
    // A reader who was there before is told of each, and what they said is gone at once.
    expect((await changesAfter(recipientId, 6)).ids).toEqual(ids.slice(0, 3));
    const { rows } = await sql<{ said: string }>`
      select distinct title || body as said from inbox_item where removed_at is not null`.execute(database.db);
    expect(rows).toEqual([{ said: '' }]);
    expect(await run()).toEqual({});
    expect((await stateOf(recipientId)).version).toBe(9);
  });

  test('forget what was removed a week later: who was away longer reads the list again, nobody else', async () => {
    const { recipientId, ids } = await inboxOf([40, 30, 1]);
    await run();
    now = plus(NOON, 8 * DAY_MS);
    await run();
    expect(await count('inbox_item')).toBe(1);
    // Before the removals (versions 4 and 5) a reader resets, from 5 on he notices nothing.
    expect(await changesAfter(recipientId, 3)).toMatchObject({ version: 5, reset_version: 5, ids: [] });
    await changeItems(database.db, { environmentId: mine, recipientId }, { ids: ids.slice(2) }, 'SEEN', now);
    expect(await changesAfter(recipientId, 5)).toMatchObject({ version: 6, reset_version: 5, ids: [ids[2]] });
  });

  test('keep an item whose notification has not ended', async () => {
    const { recipientId, ids } = await inboxOf([40, 30]);
    const send = uuidv7(daysAgo(40));
    await sql`insert into notification (environment_id, id, send_id, recipient_id, category_key, state, revision)
      values (${mine}, ${ids[0]}, ${send}, ${recipientId}, 'chat', 'IN_PROGRESS', 0)`.execute(database.db);
    expect(await run()).toEqual({ inboxItems: 1 });
    expect(await stateOf(recipientId)).toMatchObject({ unread: 1 });
  });

  test('are gone through however many there are, and however full', async () => {
    const people = [];
    for (let nth = 0; nth < 30; nth += 1) people.push(await inboxOf([20, 1]));
    const full = await inboxOf(Array.from({ length: 120 }, () => 20));
    expect(await run()).toEqual({ inboxItems: 150 });
    for (const { recipientId } of people) expect(await stateOf(recipientId)).toMatchObject({ unread: 1 });
    expect(await stateOf(full.recipientId)).toMatchObject({ unread: 0, unseen: 0, version: 240 });
  });
});

test('a walk that takes many runs goes on where it was, and comes to an end', async () => {
  await saveRetention(database.db, mine, { INBOX: 10 * DAY_MS });
  const stranger = (n: string) => sql`('00000000-0000-7000-8000-' || lpad(to_hex(${sql.raw(n)}), 12, '0'))::uuid`;
  await sql`insert into recipient (environment_id, id, external_id, attributes, created_at, updated_at)
    select ${mine}, ${stranger('n')}, n::text, '{}', ${NOON}, ${NOON} from generate_series(1, 1200) n`.execute(
    database.db,
  );
  await sql`insert into inbox select ${mine}, ${stranger('n')}, 0, 0, 0, 0 from generate_series(1, 1200) n`.execute(
    database.db,
  );
  await inboxOf([20]);
  expect(await chain()).toEqual([{}, {}, { inboxItems: 1 }]);
});

describe('what came, ended or was retired before', () => {
  /** A row of each small table for each age. */
  async function rowsOf(ages: readonly (number | null)[]): Promise<void> {
    const { recipientId } = await inboxOf([]);
    const [integration, subscription] = [uuidv7(NOON), uuidv7(NOON)];
    await sql`insert into integration (environment_id, id, key, provider, channel, position, enabled, settings, credentials,
        created_at, updated_at)
      values (${mine}, ${integration}, 'mail', 'smtp', 'EMAIL', 0, true, '{}', '', ${NOON}, ${NOON})`.execute(
      database.db,
    );
    await sql`insert into webhook_subscription (environment_id, id, key, url, secret, types, enabled, created_at, updated_at)
      values (${mine}, ${subscription}, 'all', 'https://example.com', '', '{*}', true, ${NOON}, ${NOON})`.execute(
      database.db,
    );
    for (const [nth, age] of ages.entries()) {
      const at = daysAgo(age ?? 400);
      const id = uuidv7(at);
      // Null: not folded, not ended, not retired, however old it is.
      const over = age === null ? null : at;
      await sql`insert into callback (environment_id, integration_id, key, type, at, received_at, due_at)
        values (${mine}, ${integration}, ${`c${nth}`}, 'x', ${at}, ${at}, ${age === null ? at : null})`.execute(
        database.db,
      );
      await sql`insert into webhook_call (environment_id, id, subscription_id, type, payload, state, tries, created_at, ended_at)
        values (${mine}, ${id}, ${subscription}, 'x', '{}', 'WAITING', 0, ${at}, ${over})`.execute(database.db);
      await sql`insert into endpoint (environment_id, recipient_id, channel, address, created_at, retired_at)
        values (${mine}, ${recipientId}, 'EMAIL', ${`a${nth}`}, ${at}, ${over})`.execute(database.db);
      if (age === null) continue;
      await sql`insert into alert values (${mine}, ${id}, 'X', null, 'x', ${at})`.execute(database.db);
      await sql`insert into outbox_message (environment_id, id, channel, address, provider, integration, body, notification_id, created_at)
        values (${mine}, ${id}, 'EMAIL', 'a', 'simulator', 's', 'B', ${id}, ${at})`.execute(database.db);
    }
  }

  test('goes by its own rule, and what is still to be done stays', async () => {
    await rowsOf([20, 15, 5, null]);
    const days = { CALLBACKS: 18, WEBHOOK_CALLS: 10, ALERTS: 16, RETIRED_ENDPOINTS: 1, CONTENT: 17, HISTORY: 100 };
    const setting = Object.fromEntries(Object.entries(days).map(([kind, value]) => [kind, value * DAY_MS]));
    await saveRetention(database.db, mine, setting);
    expect(await run()).toEqual({ callbacks: 1, webhookCalls: 2, alerts: 1, endpoints: 3, outboxMessages: 1 });
    expect(await run()).toEqual({});
    expect([await count('callback'), await count('webhook_call'), await count('endpoint')]).toEqual([3, 2, 1]);
  });

  test('goes by the defaults where nothing was said, and stays where it is to stay for ever', async () => {
    await rowsOf([500, 40, 20]);
    expect(await run()).toEqual({ callbacks: 2, webhookCalls: 2, alerts: 1, outboxMessages: 1 });
    expect(await count('endpoint')).toBe(3);
    await saveRetention(database.db, mine, { CALLBACKS: null, WEBHOOK_CALLS: null });
    now = plus(NOON, 300 * DAY_MS);
    expect(await run()).toEqual({});
  });

  test('goes in as many commits and jobs as it takes; each run tells what went in one line', async () => {
    await sql`insert into alert select ${mine}, (left(${uuidv7(daysAgo(500))}, 24) || lpad(to_hex(n), 12, '0'))::uuid, 'X', null, 'x', ${NOON}
      from generate_series(1, 2500) n`.execute(database.db);
    expect(await chain()).toEqual([{ alerts: 1000 }, { alerts: 1000 }, { alerts: 500 }]);
    expect(lines).toEqual([
      { went: { mine: { alerts: 1000 } }, partitions: 0, more: true },
      { went: { mine: { alerts: 1000 } }, partitions: 0, more: true },
      { went: { mine: { alerts: 500 } }, partitions: 0, more: false },
    ]);
  });
});

describe('content', () => {
  test('that could not go yet is found again, whatever went after it', async () => {
    await saveRetention(database.db, mine, { CONTENT: 10 * DAY_MS });
    const ended = [20, 20, null, 20, 20];
    const ids: string[] = [];
    for (const age of ended) {
      const id = uuidv7(daysAgo(20));
      ids.push(id);
      await sql`insert into send (environment_id, id, category_key, data, tags, expanded, created_at)
        values (${mine}, ${id}, 'orders', '{"a": 1}', '{}', true, ${NOON})`.execute(database.db);
      await sql`insert into notification (environment_id, id, send_id, recipient_id, category_key, state, revision, finished_at)
        values (${mine}, ${id}, ${id}, ${id}, 'orders', 'X', 0, ${age === null ? null : daysAgo(age)})`.execute(
        database.db,
      );
    }
    expect(await run()).toEqual({ contents: 4 });
    const { rows } = await sql<{ emptied_through: string }>`select emptied_through from environment`.execute(
      database.db,
    );
    expect(rows[0]?.emptied_through).toBe(ids[1]);
    await sql`update notification set finished_at = ${daysAgo(15)} where finished_at is null`.execute(database.db);
    expect(await run()).toEqual({ contents: 1 });
    expect(await run()).toEqual({});
  });
});

test('content that could not go yet holds its place over many runs', async () => {
  await saveRetention(database.db, mine, { CONTENT: 10 * DAY_MS });
  const head = uuidv7(daysAgo(20)).slice(0, 24);
  const id = sql`(${head}::text || lpad(to_hex(n), 12, '0'))::uuid`;
  await sql`insert into send (environment_id, id, category_key, data, tags, expanded, created_at)
    select ${mine}, ${id}, 'orders', '{"a": 1}', '{}', n <> 1, ${NOON} from generate_series(1, 600) n`.execute(
    database.db,
  );
  expect((await chain()).map((went) => went['contents'])).toEqual([249, 250, 100]);
  await sql`update send set expanded = true`.execute(database.db);
  expect(await run()).toEqual({ contents: 1 });
});

describe('partitions', () => {
  async function days(): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where c.relname ~ '_[0-9]{8}$' and c.relname like 'send%' order by 1`.execute(database.db);
    return rows.map((row) => row.name.slice(5));
  }

  test('of old days go once they are empty in every table, and rows that come later find their place', async () => {
    const start = plus(NOON, -20 * DAY_MS);
    await ensurePartitions(database.db, start, 3);
    expect(await days()).toEqual(['20260221', '20260222', '20260223', '20260224', '20260225']);
    const id = uuidv7(plus(start, DAY_MS));
    const insert = sql`insert into event values (${mine}, ${id}, 1, ${NOON}, 'x', null, '{}')`;
    await insert.execute(database.db);
    expect(await dropEmptyPartitions(database, new Date('2026-02-25T05:00:00Z'))).toBe(12);
    expect(await days()).toEqual(['20260223', '20260225']);
    await sql`truncate event`.execute(database.db);
    expect(await dropEmptyPartitions(database, new Date('2026-02-26T05:00:00Z'))).toBe(8);
    await insert.execute(database.db);
    expect(await count('event')).toBe(1);
  });

  test('that somebody is writing to are left alone', async () => {
    await ensurePartitions(database.db, plus(NOON, -20 * DAY_MS), 0);
    const id = uuidv7(plus(NOON, -20 * DAY_MS));
    await database.transaction(async (db) => {
      await sql`insert into event values (${mine}, ${id}, 1, ${NOON}, 'x', null, '{}')`.execute(db);
      // Not committed, it is not seen; the lock is.
      expect(await dropEmptyPartitions(database, NOON)).toBe(0);
    });
    expect(await count('event')).toBe(1);
    expect(await days()).toContain('20260222');
  });
});
