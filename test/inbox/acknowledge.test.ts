import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeId } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;
let database: Database;

beforeAll(async () => {
  app = await startTestApp();
  database = await openDatabase(app.database.url, 2);
  await app.development.category('chat', { channels: ['INBOX', 'EMAIL'], ackTimeout: 'PT10M' });
});

afterAll(async () => {
  await database.close();
  await app[Symbol.asyncDispose]();
});

/** Somebody in this database waits for a lock. */
async function isWaiting(): Promise<boolean> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*) as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db);
  return (rows[0]?.waiting ?? 0) > 0;
}

test.each([
  ['ana', 'acknowledged', 'acknowledgeInboxItems', {}],
  ['ben', 'marked read', 'markInboxItems', { mark: 'READ' }],
  ['cy', 'put away', 'markInboxItems', { mark: 'ARCHIVED' }],
])(
  '%s: what is %s while delivery takes the item back: one waits for the other, and neither fails',
  async (name, _how, mutation, more) => {
    await app.development.person(name, { email: `${name}@example.com` });
    await app.development.online(name, { acknowledge: false });
    const person = await app.development.as(name);
    await app.development.send([{ externalId: name }], 'chat');
    const item = await until(async () => {
      const { inbox } = await person.query<{ inbox: { nodes: { id: string }[] } }>('{ inbox { nodes { id } } }');
      return inbox.nodes[0]?.id;
    }, 'the item to lie in the inbox');
    const id = decodeId('inboxItem', item);
    // As delivery does it: the notification, then the inbox, then the item.
    const answer = await database.transaction(async (db) => {
      await sql`select 1 from notification where id = ${id} for update`.execute(db);
      const answering = person.attempt(mutation, { ids: [item], ...more }, '__typename');
      await until(isWaiting, 'the person’s own commit to wait for ours');
      await sql`select 1 from inbox b join inbox_item i using (environment_id, recipient_id)
      where i.id = ${id} for update of b`.execute(db);
      await sql`update inbox_item set data = '{}' where id = ${id}`.execute(db);
      return { answering };
    });
    expect((await answer.answering).userErrors).toEqual([]);
  },
);
