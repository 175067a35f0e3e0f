import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preferencesOf } from '../../src/core/preferences.ts';
import { openInbox, type InboxClient, type InboxSettings } from '../../src/core/store.ts';
import { MemoryStorage } from '../support/memory-storage.ts';
import { ModelServer } from '../support/model-server.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const day = 86_400_000;
const cacheKey = 'tidings:/graphql';
const queueKey = 'tidings:/graphql:marks';

let model: ModelServer;
let storage: MemoryStorage;

function tab(settings: InboxSettings = {}): { wire: ScriptedTransport; client: InboxClient } {
  const wire = new ScriptedTransport(model);
  const client = openInbox(wire, { url: '/graphql', recipient: 'ana', storage, ...settings });
  return { wire, client };
}

async function connected(settings: InboxSettings = {}): Promise<{ wire: ScriptedTransport; client: InboxClient }> {
  const one = tab(settings);
  one.client.start();
  await one.wire.connect();
  return one;
}

const titles = (client: InboxClient) =>
  client
    .list()
    .getSnapshot()
    .items.map(({ title }) => title);
const read = (client: InboxClient) =>
  client
    .list()
    .getSnapshot()
    .items.map(({ readAt }) => readAt !== null);

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  vi.stubGlobal('navigator', { locks: oneAtATime() });
  model = new ModelServer();
  storage = new MemoryStorage();
  for (let n = 0; n < 3; n += 1) model.add();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('marks without a network', () => {
  it('stay on screen, wait, and are sent in order once the connection is back', async () => {
    const { wire, client } = await connected();
    wire.drop();
    wire.marks = 'lost';
    expect(await client.mark(['ii_0001'], 'READ')).toBe(true);
    expect(await client.mark(['ii_0002'], 'READ')).toBe(true);
    expect(await client.mark(['ii_0001'], 'UNREAD')).toBe(true);
    expect(client.getSnapshot()).toMatchObject({ queued: 3, problem: null, counts: { unread: 2 } });
    expect(read(client)).toEqual([false, true, false]);
    wire.marks = 'answered';
    await wire.connect();
    await vi.advanceTimersByTimeAsync(10);
    expect(wire.marked).toEqual([
      { ids: ['ii_0001'], mark: 'READ' },
      { ids: ['ii_0002'], mark: 'READ' },
      { ids: ['ii_0001'], mark: 'UNREAD' },
    ]);
    wire.deliver();
    expect(client.getSnapshot()).toMatchObject({ queued: 0, counts: { unread: 2 } });
    expect(storage.getItem(queueKey)).toBeNull();
  });

  it('are not overtaken by one that could be sent already', async () => {
    const { wire, client } = await connected();
    wire.drop();
    wire.marks = 'lost';
    await client.mark(['ii_0001'], 'READ');
    wire.marks = 'answered';
    await client.mark(['ii_0001'], 'UNREAD');
    expect(wire.marked).toEqual([]);
    await wire.connect();
    await vi.advanceTimersByTimeAsync(10);
    expect(wire.marked.map(({ mark }) => mark)).toEqual(['READ', 'UNREAD']);
    expect(model.counts().unread).toBe(3);
  });

  it('are tried again while the stream lives and only the requests fail', async () => {
    const { wire, client } = await connected();
    wire.marks = 'lost';
    await client.mark(['ii_0001'], 'READ');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(client.getSnapshot().queued).toBe(1);
    wire.marks = 'answered';
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.getSnapshot().queued).toBe(0);
    expect(wire.marked).toHaveLength(1);
  });

  it('survive a reload of the page, and are shown before there is a connection', async () => {
    const first = await connected();
    first.wire.marks = 'lost';
    await first.client.mark(['ii_0003'], 'ARCHIVED');
    first.client.stop();
    const second = tab();
    second.client.start();
    expect(titles(second.client)).toEqual(['Item 2', 'Item 1']);
    expect(second.client.getSnapshot()).toMatchObject({ queued: 1, counts: { unread: 2 } });
    await second.wire.connect();
    await vi.advanceTimersByTimeAsync(10);
    expect(model.list({ archived: true })).toHaveLength(1);
    expect(second.client.getSnapshot()).toMatchObject({ queued: 0, counts: { unread: 2 } });
  });

  it('of two tabs are each sent once', async () => {
    const [one, other] = [await connected(), await connected()];
    for (const { wire } of [one, other]) {
      wire.drop();
      wire.marks = 'lost';
    }
    await one.client.mark(['ii_0001'], 'READ');
    await other.client.mark(['ii_0002'], 'READ');
    for (const { wire } of [one, other]) wire.marks = 'answered';
    await Promise.all([one.wire.connect(), other.wire.connect()]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...one.wire.marked, ...other.wire.marked].map(({ ids }) => ids)).toEqual([['ii_0001'], ['ii_0002']]);
    for (const { wire, client } of [one, other]) {
      wire.deliver();
      expect(client.getSnapshot()).toMatchObject({ queued: 0, counts: { unread: 1 } });
      expect(read(client)).toEqual([false, true, true]);
    }
  });

  it('are taken back when the server refuses them in the end', async () => {
    const { wire, client } = await connected();
    wire.marks = 'lost';
    await client.mark(['ii_0001'], 'READ');
    wire.marks = 'refused';
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.getSnapshot()).toMatchObject({ queued: 0, problem: 'MARK', counts: { unread: 3 } });
    expect(storage.getItem(queueKey)).toBeNull();
  });

  it('wait for a week and no longer, and not more than 500 of them', async () => {
    const { wire, client } = await connected();
    wire.drop();
    wire.marks = 'lost';
    for (let n = 0; n < 510; n += 1) await client.mark(['ii_0001'], n % 2 === 0 ? 'READ' : 'UNREAD');
    expect(client.getSnapshot().queued).toBe(500);
    client.stop();
    vi.setSystemTime(Date.now() + 8 * day);
    const later = await connected();
    await vi.advanceTimersByTimeAsync(10);
    expect(later.client.getSnapshot().queued).toBe(0);
    expect(later.wire.marked).toEqual([]);
  });

  it.each(['full', 'forbidden'] as const)('are kept in memory when the storage is %s', async (trouble) => {
    const { wire, client } = await connected();
    storage[trouble] = true;
    wire.drop();
    wire.marks = 'lost';
    await client.mark(['ii_0001'], 'READ');
    await client.mark(['ii_0002'], 'READ');
    expect(client.getSnapshot().queued).toBe(2);
    wire.marks = 'answered';
    await wire.connect();
    await vi.advanceTimersByTimeAsync(10);
    expect(wire.marked).toHaveLength(2);
    expect(client.getSnapshot()).toMatchObject({ queued: 0, counts: { unread: 1 } });
  });
});

describe('marks that are none', () => {
  it.each(['[1,"ana",[null]]', '[1,"ana",[{"key":"k","at":"2026-11-22T11:00:00.000Z"}]]', '[1,"ana",7]', '[1'])(
    'are thrown away: %s',
    async (text) => {
      storage.setItem(queueKey, text);
      const { client, wire } = await connected();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(client.getSnapshot()).toMatchObject({ queued: 0, status: 'live', problem: null, counts: { unread: 3 } });
      expect(wire.marked).toEqual([]);
      expect(titles(client)).toHaveLength(3);
    },
  );
});

describe('the offline cache', () => {
  it('shows the list at once on the next visit, and asks only for what came since', async () => {
    const first = await connected();
    first.client.stop();
    model.add();
    const { wire, client } = tab();
    client.start();
    expect(client.list().getSnapshot()).toMatchObject({ loaded: true, hasMore: false });
    expect(client.getSnapshot()).toMatchObject({ status: 'connecting', counts: { unread: 3 } });
    expect(titles(client)).toEqual(['Item 3', 'Item 2', 'Item 1']);
    await wire.connect();
    expect(wire.reads).toBe(0);
    expect(wire.resumedAfter).toEqual([3]);
    expect(titles(client)).toEqual(['Item 4', 'Item 3', 'Item 2', 'Item 1']);
  });

  it('is written a moment after a change, and holds no list of more than 100 items', async () => {
    for (let n = 0; n < 150; n += 1) model.add();
    const first = await connected({ pageSize: 60 });
    await vi.advanceTimersByTimeAsync(1_100);
    await first.client.list().loadMore();
    expect(titles(first.client)).toHaveLength(120);
    await vi.advanceTimersByTimeAsync(1_100);
    const { wire, client } = tab({ pageSize: 60 });
    client.start();
    expect(titles(client)).toHaveLength(60);
    await wire.connect();
    await client.list().loadMore();
    expect(titles(client)).toEqual(titles(first.client));
  });

  it('of somebody else at the same address is thrown away', async () => {
    (await connected()).client.stop();
    const ben = tab({ recipient: 'ben' });
    ben.client.start();
    expect(ben.client.list().getSnapshot()).toMatchObject({ loaded: false, items: [] });
    expect(storage.getItem(cacheKey)).toBeNull();
  });

  it.each(['[1,"ana"', '[]', 'null', '{}', '[1,"ana",{}]', '[0,"ana",null]'])(
    'that holds %s is thrown away',
    (text) => {
      storage.setItem(cacheKey, text);
      const { client } = tab();
      client.start();
      expect(client.list().getSnapshot().loaded).toBe(false);
      expect(storage.getItem(cacheKey)).toBeNull();
    },
  );

  it('is emptied by forget, and stays so', async () => {
    const { client, wire } = await connected();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(storage.getItem(cacheKey)).not.toBeNull();
    client.forget();
    model.add();
    wire.deliver();
    await vi.advanceTimersByTimeAsync(1_100);
    client.stop();
    expect(storage.length).toBe(0);
  });
});

describe('another person’s token', () => {
  it('drops everything that was loaded, kept and waiting, and reads anew', async () => {
    const { client, wire } = await connected();
    const heard: string[] = [];
    client.on(({ type }) => heard.push(type));
    client.list().subscribe(() => {});
    wire.marks = 'lost';
    await client.mark(['ii_0001'], 'READ');
    await vi.advanceTimersByTimeAsync(1_100);
    model = new ModelServer();
    model.add({ title: 'For Ben' });
    Object.assign(wire, { model });
    wire.marks = 'answered';
    wire.becomes();
    expect(client.list().getSnapshot()).toMatchObject({ items: [], loaded: false });
    expect(client.getSnapshot()).toMatchObject({ queued: 0, counts: { unread: 0 }, toasts: [] });
    expect(storage.length).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(titles(client)).toEqual(['For Ben']);
    expect(client.getSnapshot().counts).toEqual({ unseen: 1, unread: 1 });
    expect(wire.marked).toEqual([]);
    expect(heard).toEqual(['userChanged']);
    expect(storage.length).toBe(0);
  });

  it('is not mixed with answers to what was asked with the one before', async () => {
    const { client, wire } = await connected();
    wire.answering = false;
    const asked = [client.list().reload(), client.mark(['ii_0003'], 'READ'), preferencesOf(client).reload()];
    await vi.advanceTimersByTimeAsync(0);
    wire.becomes();
    expect(client.list().getSnapshot().loaded).toBe(false);
    wire.drop();
    wire.release();
    await Promise.all(asked);
    expect(client.list().getSnapshot()).toMatchObject({ items: [], loaded: false });
    expect(preferencesOf(client).getSnapshot().value).toBeNull();
    expect(client.getSnapshot()).toMatchObject({ counts: { unread: 0 }, problem: null });
  });
});

/** Web Locks, as far as they are used. */
function oneAtATime(): Pick<LockManager, 'request'> {
  let turn: Promise<unknown> = Promise.resolve();
  const request = (_name: string, work: () => Promise<unknown>): Promise<unknown> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };
  return { request: request as LockManager['request'] };
}
