import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uuidv7 } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { Hub } from '../../src/realtime/hub.js';
import type { InboxChange } from '../../src/realtime/reader.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { placeItems } from '../../src/store/inbox-items.js';
import { upsertRecipients } from '../../src/store/recipients.js';
import type { InboxHint } from '../../src/store/transaction.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { PLAIN_ITEM } from '../support/plain-item.js';

let fresh: FreshDatabase;
let database: Database;
let hub: Hub;
const environmentId = uuidv7(NOON);

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
  hub = new Hub(database.db, silentLog);
  await sql`insert into environment values (${environmentId}, 'e', 'E', 'TEST', '', ${NOON})`.execute(database.db);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

/** So many further items in each of these inboxes; the hub hears of it. */
async function place(inboxes: readonly InboxHint[], count: number): Promise<void> {
  const items = inboxes.flatMap(({ recipientId }) =>
    Array.from({ length: count }, () => ({
      ...PLAIN_ITEM,
      recipient_id: recipientId,
      id: uuidv7(NOON),
      created_at: NOON,
    })),
  );
  await placeItems(database.db, environmentId, items);
  hub.hint(inboxes);
}

/** The inboxes of so many people. */
async function people(count: number): Promise<InboxHint[]> {
  const rows = Array.from({ length: count }, () => ({ id: uuidv7(NOON), externalId: randomUUID() }));
  await upsertRecipients(database.db, environmentId, rows, NOON);
  return rows.map(({ id }) => ({ environmentId, recipientId: id }));
}

const somebody = async (): Promise<InboxHint> => (await people(1))[0] as InboxHint;
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, nth) => from + nth);

/** A reader that takes a change when it is asked to. */
function reading(inbox: InboxHint, after: number | null) {
  const stop = new AbortController();
  const changes = hub.follow(inbox, after, stop.signal);
  return {
    async take(): Promise<InboxChange> {
      const { value } = await changes.next();
      if (!value) throw new Error('the stream has ended');
      return value;
    },
    async takeUpTo(version: number): Promise<InboxChange[]> {
      const taken: InboxChange[] = [];
      while ((taken.at(-1)?.version ?? 0) < version) taken.push(await this.take());
      return taken;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await changes.return();
    },
  };
}

const versions = (changes: readonly InboxChange[]) => changes.map((change) => change.version);

describe('a reader', () => {
  test('who takes nothing is given a page, and told to read anew; who takes everything has everything', async () => {
    const inbox = await somebody();
    await using slow = reading(inbox, 0);
    await using quick = reading(inbox, 0);
    await place([inbox], 1);
    expect(versions([await slow.take(), await quick.take()])).toEqual([1, 1]);
    const taken: InboxChange[] = [];
    for (let round = 1; round <= 10; round += 1) {
      await place([inbox], 100);
      taken.push(...(await quick.takeUpTo(1 + round * 100)));
    }
    expect(versions(taken)).toEqual(numbers(2, 1001));
    const late = await slow.takeUpTo(1001);
    expect(late.at(-1)).toMatchObject({ kind: 'reset', reason: 'SLOW_READER', version: 1001 });
    expect(versions(late.slice(0, -1))).toEqual(numbers(2, late.length));
    // What it held meanwhile is a page.
    expect(late.length - 1).toBeLessThanOrEqual(100);
    await place([inbox], 1);
    expect(versions([await slow.take(), await quick.take()])).toEqual([1002, 1002]);
  });

  test('who missed some pages is given all of them, in order, with what comes meanwhile', async () => {
    const inbox = await somebody();
    await place([inbox], 450);
    await using reader = reading(inbox, 3);
    const first = await reader.take();
    await place([inbox], 120);
    expect(versions([first, ...(await reader.takeUpTo(570))])).toEqual(numbers(4, 570));
  });

  test('who missed more than is replayed is told to read anew', async () => {
    const inbox = await somebody();
    await place([inbox], 600);
    await using reader = reading(inbox, 3);
    expect(await reader.take()).toMatchObject({ kind: 'reset', reason: 'TOO_OLD', version: 600 });
    await place([inbox], 1);
    expect(await reader.take()).toMatchObject({ kind: 'added', version: 601 });
  });

  test('is told what another one of the same person is told, once for both', async () => {
    const inbox = await somebody();
    await using one = reading(inbox, 0);
    await using other = reading(inbox, 0);
    await place([inbox], 1);
    expect(versions([await one.take(), await other.take()])).toEqual([1, 1]);
    const both = Promise.all([one.take(), other.take()]);
    await place([inbox], 1);
    const [a, b] = await both;
    expect(a).toMatchObject({ kind: 'added', version: 2 });
    expect(b).toBe(a);
  });
});

test('hundreds who come back at once get what they missed and what comes meanwhile, each once, in order', async () => {
  const inboxes = await people(400);
  await place(inboxes, 7);
  const readers = inboxes.map((inbox) => reading(inbox, 2));
  const all = Promise.all(readers.map((reader) => reader.takeUpTo(9)));
  await place(inboxes, 2);
  for (const taken of await all) expect(versions(taken)).toEqual(numbers(3, 9));
  for (const reader of readers) await reader[Symbol.asyncDispose]();
});
