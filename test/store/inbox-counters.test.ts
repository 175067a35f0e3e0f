import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { changeItems, type ItemChange } from '../../src/store/inbox-changes.js';
import { placeItems, readInbox } from '../../src/store/inbox-items.js';
import { countItems, listItems, type ItemFilter } from '../../src/store/inbox-lists.js';
import { upsertRecipients } from '../../src/store/recipients.js';
import { Random } from '../chaos/random.js';
import { NOON } from '../support/arbitraries.js';
import { PLAIN_ITEM } from '../support/plain-item.js';
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

const MARKS: readonly ItemChange[] = [
  ...(['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED', 'REMOVED'] as const),
  ...(['SNOOZED', 'UNSNOOZED', 'WOKEN', 'PINNED', 'UNPINNED', 'DELETED'] as const),
];
/** Marks that are for named items alone. */
const NAMED: ReadonlySet<ItemChange> = new Set<ItemChange>(['REMOVED', 'SNOOZED', 'WOKEN', 'DELETED']);

const EVERYTHING: ItemFilter = {
  ...{ unreadOnly: false, archived: false, snoozed: false, pinned: null, categories: null, tags: null },
  ...{ data: null, groupKey: null },
};

test('after every placing and every mark, the counters of an inbox are what its items add up to', async () => {
  const random = new Random('counters');
  const inbox = { environmentId: uuidv7(NOON), recipientId: uuidv7(NOON) };
  await sql`insert into environment values (${inbox.environmentId}, 'e', 'E', 'TEST', '', ${NOON})`.execute(
    database.db,
  );
  const person = [{ id: inbox.recipientId, externalId: 'ana' }];
  await upsertRecipients(database.db, inbox.environmentId, person, NOON);
  const ids: string[] = [];
  for (let turn = 0; turn < 120; turn += 1) {
    const now = plus(NOON, turn * 1_000);
    let what = 'placing';
    if (random.chance(0.2) || ids.length === 0) {
      const fresh = Array.from({ length: random.between(1, 3) }, () => uuidv7(now));
      ids.push(...fresh);
      await placeItems(
        database.db,
        inbox.environmentId,
        fresh.map((id) => ({ recipient_id: inbox.recipientId, id, ...PLAIN_ITEM, created_at: now })),
      );
    } else {
      const mark = random.pick(MARKS);
      const { version } = await readInbox(database.db, inbox.environmentId, inbox.recipientId);
      const some = random.shuffled(ids).slice(0, random.between(1, 3));
      what = `${mark} of ${some.length}`;
      const all = !NAMED.has(mark) && random.chance(0.3);
      await changeItems(
        database.db,
        inbox,
        all ? { upToVersion: random.between(1, version) } : { ids: some },
        mark,
        now,
        mark === 'SNOOZED' ? plus(now, random.between(1, 20) * 1_000) : null,
      );
    }
    const { unseen, unread } = await readInbox(database.db, inbox.environmentId, inbox.recipientId);
    const { rows } = await sql<{ unseen: number; unread: number }>`
      select count(*) filter (where seen_at is null) as unseen, count(*) filter (where read_at is null) as unread
      from inbox_item where environment_id = ${inbox.environmentId} and archived_at is null and removed_at is null
        and snoozed_until is null`.execute(database.db);
    expect({ unseen, unread }, `turn ${turn}: ${what}`).toEqual(rows[0]);
    expect(await countItems(database.db, inbox, EVERYTHING), `turn ${turn}: ${what}`).toEqual(rows[0]);
    const listed = await listItems(database.db, inbox, EVERYTHING, null, 1_000);
    const versions = listed.map((item) => item.added_version);
    expect(versions).toEqual(versions.toSorted((a, b) => b - a));
    expect(new Set(versions).size).toBe(versions.length);
  }
});
