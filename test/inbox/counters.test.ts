import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('chat', { channels: ['EMAIL', 'INBOX'], inboxCopy: 'ALWAYS' });
});

afterAll(() => app[Symbol.asyncDispose]());

interface Listed {
  id: string;
  version: number;
  seenAt: string | null;
  readAt: string | null;
}

test('sixty sends and marks of every kind at once leave counters that equal the list, and versions without a repeat', async () => {
  const { development } = app;
  await development.person('ana', { email: 'ana@example.com' });
  const ana = await development.as('ana');
  const list = async (
    filter: object = {},
  ): Promise<{ nodes: Listed[]; counts: { unseen: number; unread: number } }> => {
    const data = await ana.query<{ inbox: { nodes: Listed[]; counts: { unseen: number; unread: number } } }>(
      'query($f: InboxFilter) { inbox(first: 100, filter: $f) { nodes { id version seenAt readAt } counts { unseen unread } } }',
      { f: filter },
    );
    return data.inbox;
  };
  const sends = Array.from({ length: 60 }, (_, n) =>
    development.send([{ externalId: 'ana' }], 'chat', { content: { title: `item ${n}`, body: 'B' } }),
  );
  const marks = ['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED'].map(async (mark, turn) => {
    for (let round = 0; round < 6; round += 1) {
      const { nodes } = await list({ archived: mark === 'UNARCHIVED' });
      const ids = nodes.filter((_, index) => index % 5 === turn).map((item) => item.id);
      if (ids.length > 0) await ana.mutate('markInboxItems', { ids, mark }, 'counts { unread }');
    }
  });
  await Promise.all([...sends, ...marks]);
  const all = await until(async () => {
    const [here, archived] = [await list(), await list({ archived: true })];
    return here.nodes.length + archived.nodes.length === 60 && { here, archived };
  }, 'all sixty to lie in the inbox');
  const { here, archived } = all;
  expect(here.counts).toEqual({
    unseen: here.nodes.filter((item) => item.seenAt === null).length,
    unread: here.nodes.filter((item) => item.readAt === null).length,
  });
  const versions = [...here.nodes, ...archived.nodes].map((item) => item.version);
  expect(new Set(versions).size).toBe(60);
});
