import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders', { channels: ['INBOX'], inboxCopy: 'ALWAYS', ackTimeout: 'PT30S' });
});

afterAll(() => app[Symbol.asyncDispose]());

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n}`);

test('twenty items that arrive while the socket is cut come all, once, in order, with the right counts', async () => {
  await using second = await app.startSecond();
  await app.development.person('ana');
  await using widget = await app.development.online('ana');
  // A second open tab keeps her online, so that items go to the inbox while the first one is cut off.
  await using other = await second.development.online('ana', { acknowledge: false });
  await app.development.send([{ externalId: 'ana' }], 'orders', { content: { title: 'before', body: 'B' } });
  await widget.addedTitle('before');
  widget.cut();
  for (const title of numbered('gap', 20))
    await second.development.send([{ externalId: 'ana' }], 'orders', { content: { title, body: 'B' } });
  await until(() => other.added.length === 21, 'the other tab to have all');

  // Back on the other process.
  widget.resume(second.app.port);
  await until(() => widget.added.length >= 21, 'the gap to be filled');
  await app.development.send([{ externalId: 'ana' }], 'orders', { content: { title: 'after', body: 'B' } });
  await widget.addedTitle('after');

  const versions = widget.events.map((event) => event.version);
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(widget.added.map((event) => event.item?.title).sort()).toEqual(
    ['after', 'before', ...numbered('gap', 20)].sort(),
  );
  expect(new Set(widget.added.map((event) => event.item?.id)).size).toBe(22);
  expect(widget.events.at(-1)?.counts).toEqual({ unseen: 22, unread: 22 });
});

test('events of one process reach a widget on another', async () => {
  await using second = await app.startSecond();
  await app.development.person('ben');
  await using widget = await second.development.online('ben');
  expect(await app.development.isOnline('ben')).toBe(true);
  const notification = await app.development.sendAndFinish({ externalId: 'ben' }, 'orders', {
    content: { title: 'across', body: 'B' },
  });
  await widget.addedTitle('across');
  expect(notification.deliveries[0]?.state).toBe('DELIVERED');
});

test('marks on one device reach the other with exact counts; marking all asks to read the list again', async () => {
  await app.development.person('cy');
  await using phone = await app.development.online('cy');
  await using laptop = await app.development.online('cy');
  for (const title of numbered('item', 3))
    await app.development.send([{ externalId: 'cy' }], 'orders', { content: { title, body: 'B' } });
  await until(() => phone.added.length === 3 && laptop.added.length === 3, 'both devices to have all');
  const [first] = phone.added;
  const marked = await phone.gateway.mutate<{ counts: object }>(
    'markInboxItems',
    { ids: [first?.item?.id], mark: 'READ' },
    'counts { unseen unread }',
  );
  expect(marked.counts).toEqual({ unseen: 2, unread: 2 });
  const changed = await laptop.event((event) => event.type === 'InboxItemChanged', 'the mark');
  expect(changed).toMatchObject({ counts: { unseen: 2, unread: 2 }, item: { id: first?.item?.id } });

  const all = await laptop.gateway.mutate<{ changedCount: number; counts: object }>(
    'markAllInboxItems',
    { mark: 'READ', upToVersion: laptop.version },
    'changedCount counts { unseen unread }',
  );
  expect(all).toMatchObject({ changedCount: 2, counts: { unseen: 0, unread: 0 } });
  await phone.event((event) => event.type === 'InboxReset' && event.reason === 'MANY_CHANGED', 'the reset');
});

test('a version from the future is told to read the list again', async () => {
  await app.development.person('dee');
  await using widget = await app.development.online('dee', { after: 99 });
  await widget.event((event) => event.type === 'InboxReset' && event.version === 0, 'the reset');
});

test('a tab that goes silent without a goodbye is offline within fifteen seconds', async () => {
  await app.development.person('fay');
  await using widget = await app.development.online('fay');
  widget.freeze();
  await until(async () => !(await app.development.isOnline('fay')), 'fay to be offline', 15_000);
}, 30_000);

test('a person is offline when the last tab is gone, however it went', async () => {
  await app.development.person('eve');
  const [one, two] = [await app.development.online('eve'), await app.development.online('eve')];
  one.cut();
  expect(await app.development.isOnline('eve')).toBe(true);
  two.cut();
  await until(async () => !(await app.development.isOnline('eve')), 'eve to be offline');
});
