import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plus, systemClock } from '../../src/base/clock.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway } from '../support/gateway.js';
import { InboxReader } from '../support/inbox-reader.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  // The copy is in the list at once, whoever looks.
  const inApp = { channels: ['INBOX', 'EMAIL'], inboxCopy: 'ALWAYS' };
  for (const key of ['chat', 'orders']) await app.development.category(key, inApp);
});

afterAll(() => app[Symbol.asyncDispose]());

interface Item {
  readonly id: string;
  readonly title: string;
  readonly snoozedUntil: string | null;
  readonly pinnedAt: string | null;
  readonly seenAt: string | null;
  readonly tags: string[];
  readonly urgent: boolean;
  readonly groupKey: string | null;
  readonly actions: { key: string; label: string; url: string | null; primary: boolean }[];
}

const FIELDS = 'id title snoozedUntil pinnedAt seenAt tags urgent groupKey expiresAt actions { key label url primary }';

async function arrived(name: string, title: string, more: object = {}, category = 'chat'): Promise<void> {
  const content = { title, body: 'B', ...(more as { content?: object }).content };
  const to = { externalId: name, email: `${name}@example.com` };
  await app.development.sendAndFinish(to, category, { ...more, content });
}

async function list(person: Gateway, filter: object = {}): Promise<Item[]> {
  const { inbox } = await person.query<{ inbox: { nodes: Item[] } }>(
    `query($filter: InboxFilter) { inbox(filter: $filter) { nodes { ${FIELDS} } } }`,
    { filter },
  );
  return inbox.nodes;
}

const titles = async (person: Gateway, filter: object = {}): Promise<string[]> =>
  (await list(person, filter)).map((item) => item.title);

const counts = async (person: Gateway, ...filters: object[]): Promise<{ unseen: number; unread: number }[]> => {
  const query = 'query($filters: [InboxFilter!]!) { inboxCounts(filters: $filters) { unseen unread } }';
  return (await person.query<{ inboxCounts: { unseen: number; unread: number }[] }>(query, { filters })).inboxCounts;
};

function mark(person: Gateway, id: string, as: string, until?: Date) {
  const input = { ids: [id], mark: as, ...(until ? { until: until.toISOString() } : {}) };
  return person.attempt<{ items: Item[]; counts: { unread: number } }>(
    'markInboxItems',
    input,
    `items { ${FIELDS} } counts { unseen unread }`,
  );
}

async function itemOf(person: Gateway, title: string): Promise<Item> {
  return (await list(person)).find((item) => item.title === title) ?? expect.fail(`no item "${title}"`);
}

const soon = (ms: number): Date => plus(systemClock.now(), ms);

test('an item carries tags, buttons, a group and urgency to the widget, and lists find it by them', async () => {
  const inbox = {
    actions: [
      { key: 'accept', label: 'Accept', primary: true },
      { key: 'open', label: 'Open', url: 'https://example.com/1' },
    ],
    groupKey: 'comments:42',
    urgent: true,
  };
  await arrived('ana', 'Ben asks', { inbox, tags: ['social'], content: { data: { project: { id: 7 } } } });
  await arrived('ana', 'Shipped', {}, 'orders');
  const ana = await app.development.as('ana');
  expect(await itemOf(ana, 'Ben asks')).toMatchObject({
    ...{ tags: ['social'], urgent: true, groupKey: 'comments:42' },
    actions: [
      { key: 'accept', label: 'Accept', url: null, primary: true },
      { key: 'open', label: 'Open', url: 'https://example.com/1', primary: false },
    ],
  });
  for (const filter of [{ tags: ['social', 'x'] }, { data: { project: { id: 7 } } }, { groupKey: 'comments:42' }])
    expect(await titles(ana, filter)).toEqual(['Ben asks']);
  for (const filter of [{ tags: ['x'] }, { data: { project: { id: 8 } } }, { groupKey: 'comments' }])
    expect(await titles(ana, filter)).toEqual([]);
  const one = { unseen: 1, unread: 1 };
  expect(await counts(ana, {}, { tags: ['social'] }, { category: ['orders'] }, { tags: ['x'] })).toEqual([
    { unseen: 2, unread: 2 },
    one,
    one,
    { unseen: 0, unread: 0 },
  ]);
});

test('what is put off leaves list and counts, and comes back by itself as something new', async () => {
  await arrived('ben', 'Later');
  await arrived('ben', 'Now');
  await using reader = await InboxReader.open(app.development, 'ben');
  const { gateway: ben } = reader;
  const later = await itemOf(ben, 'Later');
  const answer = await mark(ben, later.id, 'SNOOZED', soon(1_500));
  expect(answer).toMatchObject({ counts: { unread: 1 }, items: [{ snoozedUntil: expect.any(String) as string }] });
  expect([await titles(ben), await titles(ben, { snoozed: true })]).toEqual([['Now'], ['Later']]);
  await reader.addedTitle('Later');
  expect(await titles(ben)).toEqual(['Later', 'Now']);
  expect(await itemOf(ben, 'Later')).toMatchObject({ snoozedUntil: null, seenAt: null });
  expect(await counts(ben, {})).toEqual([{ unseen: 2, unread: 2 }]);
});

test('what is taken back earlier stays where it was', async () => {
  await arrived('cy', 'First');
  await arrived('cy', 'Second');
  const cy = await app.development.as('cy');
  const first = await itemOf(cy, 'First');
  await mark(cy, first.id, 'SNOOZED', soon(3_600_000));
  await mark(cy, first.id, 'UNSNOOZED');
  expect(await titles(cy)).toEqual(['Second', 'First']);
});

test('what is pinned can be listed apart, and what is deleted is gone for good', async () => {
  await arrived('dee', 'Keep');
  await arrived('dee', 'Away');
  await using reader = await InboxReader.open(app.development, 'dee');
  const { gateway: dee } = reader;
  await mark(dee, (await itemOf(dee, 'Keep')).id, 'PINNED');
  expect([await titles(dee, { pinned: true }), await titles(dee, { pinned: false })]).toEqual([['Keep'], ['Away']]);
  const away = await itemOf(dee, 'Away');
  await mark(dee, away.id, 'DELETED');
  await reader.event((event) => event.type === 'InboxItemRemoved' && event.itemId === away.id, 'it to go');
  expect([await titles(dee), await titles(dee, { archived: true })]).toEqual([['Keep'], []]);
  expect((await mark(dee, away.id, 'READ')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test('an item whose end has come leaves by itself', async () => {
  await arrived('eve', 'Hello');
  await using reader = await InboxReader.open(app.development, 'eve');
  await arrived('eve', 'Sale ends', { inbox: { expiresAt: soon(1_000) } });
  const { item } = await reader.addedTitle('Sale ends');
  await reader.event((event) => event.type === 'InboxItemRemoved' && event.itemId === item?.id, 'it to leave', 90_000);
  expect(await titles(reader.gateway)).toEqual(['Hello']);
}, 120_000);

describe('what is no mark', () => {
  test.each([
    ['SNOOZED without a time', 'SNOOZED', undefined],
    ['SNOOZED until a time that is past', 'SNOOZED', -1_000],
    ['SNOOZED for years', 'SNOOZED', 400 * 86_400_000],
    ['a time for another mark', 'READ', 1_000],
  ])('%s', async (_name, as, ms) => {
    await arrived('fay', 'One');
    const fay = await app.development.as('fay');
    const { id } = await itemOf(fay, 'One');
    const { userErrors } = await mark(fay, id, as, ms === undefined ? undefined : soon(ms));
    expect(userErrors).toMatchObject([{ code: 'INVALID_TIME', field: ['input', 'until'] }]);
  });

  test.each(['SNOOZED', 'DELETED'])('%s of the whole list', async (as) => {
    const fay = await app.development.as('fay');
    const { userErrors } = await fay.attempt<object>(
      'markAllInboxItems',
      { mark: as, upToVersion: 99 },
      'changedCount',
    );
    expect(userErrors).toMatchObject([{ code: 'INVALID_MARK' }]);
  });
});

test('archiving all that was read leaves the rest', async () => {
  for (const title of ['Read', 'Unread']) await arrived('gus', title);
  const gus = await app.development.as('gus');
  await mark(gus, (await itemOf(gus, 'Read')).id, 'READ');
  const input = { mark: 'ARCHIVED', upToVersion: 99, readOnly: true };
  expect(await gus.attempt<object>('markAllInboxItems', input, 'changedCount')).toMatchObject({ changedCount: 1 });
  expect([await titles(gus), await titles(gus, { archived: true })]).toEqual([['Unread'], ['Read']]);
});
