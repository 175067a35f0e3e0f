import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { contains, filterKey } from '../../src/core/filters.ts';
import { countsOf } from '../../src/core/part-counts.ts';
import { openInbox, type InboxClient } from '../../src/core/store.ts';
import type { ClientEvent } from '../../src/core/ground.ts';
import type { InboxFilter } from '../../src/core/operations.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const ignore = (): void => {};

async function connected(items = 3, pageSize = 20): Promise<{ wire: ScriptedTransport; client: InboxClient }> {
  const wire = new ScriptedTransport();
  for (let n = 0; n < items; n += 1) wire.model.add();
  const client = openInbox(wire, { storage: null, pageSize });
  client.start();
  await wire.connect();
  return { wire, client };
}

const titles = (client: InboxClient, filter?: InboxFilter) =>
  client
    .list(filter)
    .getSnapshot()
    .items.map(({ title }) => title);
const now = () => new Date().toISOString();

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('lists', () => {
  it('are one object for equal filters, however they are written', () => {
    const client = openInbox(new ScriptedTransport());
    expect(client.list({ tags: ['b', 'a'], archived: false })).toBe(client.list({ archived: false, tags: ['a', 'b'] }));
    expect(client.list({ data: { a: 1, b: { c: 2, d: 3 } } })).toBe(client.list({ data: { b: { d: 3, c: 2 }, a: 1 } }));
    expect(client.list({})).toBe(client.list());
    expect(client.list({ pinned: false })).not.toBe(client.list());
    expect(filterKey({ data: { list: [2, 1] } })).not.toBe(filterKey({ data: { list: [1, 2] } }));
  });

  it('are read by the first who watches, follow what happens, and are forgotten a minute after the last', async () => {
    const { wire, client } = await connected();
    wire.model.mark(['ii_0001'], 'ARCHIVED');
    wire.deliver();
    const archive = client.list({ archived: true });
    expect(archive.getSnapshot()).toMatchObject({ items: [], loaded: false });
    const leave = archive.subscribe(ignore);
    await vi.advanceTimersByTimeAsync(0);
    expect(titles(client, { archived: true })).toEqual(['Item 1']);
    await client.mark(['ii_0003'], 'ARCHIVED');
    expect(titles(client, { archived: true })).toEqual(['Item 3', 'Item 1']);
    const { reads } = wire;
    leave();
    archive.subscribe(ignore)();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(archive.getSnapshot().loaded).toBe(true);
    expect(wire.reads).toBe(reads);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(archive.getSnapshot()).toMatchObject({ items: [], loaded: false });
    expect(client.list().getSnapshot().loaded).toBe(true);
  });

  it('show pinned items first, also those from far below', async () => {
    const { wire, client } = await connected(40);
    await client.mark(['ii_0030'], 'PINNED');
    wire.model.mark(['ii_0002'], 'PINNED');
    wire.deliver();
    expect(titles(client).slice(0, 3)).toEqual(['Item 30', 'Item 2', 'Item 40']);
    await client.list().reload();
    expect(titles(client).slice(0, 3)).toEqual(['Item 30', 'Item 2', 'Item 40']);
    expect(titles(client)).toHaveLength(21);
    await client.mark(['ii_0002'], 'UNPINNED');
    expect(titles(client)).not.toContain('Item 2');
  });

  it('lose what is put off, and get it back on top as something new', async () => {
    const { wire, client } = await connected();
    const until = new Date(Date.now() + 3_600_000);
    client.list({ snoozed: true }).subscribe(ignore);
    const marking = client.mark(['ii_0002'], 'SNOOZED', { until });
    expect(titles(client)).toEqual(['Item 3', 'Item 1']);
    expect(client.getSnapshot().counts).toEqual({ unseen: 2, unread: 2 });
    await marking;
    wire.deliver();
    await vi.advanceTimersByTimeAsync(10);
    expect(client.list({ snoozed: true }).getSnapshot().items[0]?.snoozedUntil).toBe(until.toISOString());
    wire.model.wake('ii_0002');
    wire.deliver();
    expect(titles(client)).toEqual(['Item 2', 'Item 3', 'Item 1']);
    expect(titles(client, { snoozed: true })).toEqual([]);
    expect(client.getSnapshot()).toMatchObject({ counts: { unseen: 3, unread: 3 }, toasts: [] });
  });

  it('lose what is deleted at once, and never see it again', async () => {
    const { wire, client } = await connected();
    const reading = client.list().reload();
    await client.mark(['ii_0002'], 'DELETED');
    expect(titles(client)).toEqual(['Item 3', 'Item 1']);
    await reading;
    wire.deliver();
    expect(titles(client)).toEqual(['Item 3', 'Item 1']);
    expect(client.getSnapshot().counts.unread).toBe(2);
  });

  it('wake nobody for what is none of theirs', async () => {
    const { wire, client } = await connected();
    const orders = client.list({ tags: ['orders'] });
    const woken = vi.fn<() => void>();
    orders.subscribe(ignore);
    await vi.advanceTimersByTimeAsync(0);
    orders.subscribe(woken);
    const before = orders.getSnapshot();
    wire.model.add({ tags: ['news'] });
    wire.deliver();
    expect(woken).not.toHaveBeenCalled();
    expect(orders.getSnapshot()).toBe(before);
    wire.model.add({ tags: ['orders'] });
    wire.deliver();
    expect(woken).toHaveBeenCalledTimes(1);
  });

  it('that cannot be read hold up neither the others nor the connection', async () => {
    const { wire, client } = await connected();
    wire.failReads = true;
    client.list({ archived: true }).subscribe(ignore);
    await vi.advanceTimersByTimeAsync(0);
    expect(client.list({ archived: true }).getSnapshot()).toMatchObject({
      failed: true,
      loading: false,
      loaded: false,
    });
    wire.drop();
    await wire.connect();
    expect(client.getSnapshot().status).toBe('live');
    wire.failReads = false;
    await vi.advanceTimersByTimeAsync(31_000);
    expect(client.list({ archived: true }).getSnapshot()).toMatchObject({ failed: false, loaded: true });
  });

  it('are read again when something was lost between tabs', async () => {
    const { wire, client } = await connected();
    wire.model.add();
    wire.model.remove('ii_0001');
    wire.miss();
    await vi.advanceTimersByTimeAsync(10);
    expect(titles(client)).toEqual(['Item 4', 'Item 3', 'Item 2']);
    expect(client.getSnapshot().counts.unread).toBe(3);
  });

  it('follow a server that was set back to a backup', async () => {
    const { wire, client } = await connected(5);
    await client.mark(['ii_0001'], 'READ');
    wire.deliver();
    wire.drop();
    const backup = new ScriptedTransport().model;
    for (let n = 0; n < 2; n += 1) backup.add();
    Object.assign(wire, { model: backup });
    await wire.connect();
    expect(titles(client)).toEqual(['Item 2', 'Item 1']);
    expect(client.list().getSnapshot().items[1]?.readAt).toBeNull();
    expect(client.getSnapshot().counts).toEqual({ unseen: 2, unread: 2 });
    expect(wire.resumedAfter.at(-1)).toBe(2);
  });

  it('archive all that was read, of a part, up to what was seen', async () => {
    const { wire, client } = await connected(0);
    for (const tags of [['a'], ['a'], ['b']]) wire.model.add({ tags });
    wire.model.mark(['ii_0001', 'ii_0003'], 'READ');
    wire.deliver();
    const marking = client.markAll('ARCHIVED', { readOnly: true, tags: ['a'] });
    expect(titles(client)).toEqual(['Item 3', 'Item 2']);
    expect(client.getSnapshot().counts).toEqual({ unseen: 1, unread: 1 });
    await marking;
    wire.deliver();
    await vi.advanceTimersByTimeAsync(10);
    expect(titles(client)).toEqual(['Item 3', 'Item 2']);
  });
});

describe('counts of parts', () => {
  it('are asked for together, again after changes, and meanwhile are the last known with what is on its way', async () => {
    const { wire, client } = await connected(4);
    const [some, archived] = [countsOf(client, [{}, { unreadOnly: true }]), countsOf(client, [{ archived: true }, {}])];
    expect(some.getSnapshot()).toEqual([null, null]);
    some.subscribe(ignore);
    archived.subscribe(ignore);
    await vi.advanceTimersByTimeAsync(0);
    expect(wire.counted).toEqual([[{}, { unreadOnly: true }, { archived: true }]]);
    const marking = client.mark(['ii_0001'], 'READ');
    expect(some.getSnapshot()).toEqual([
      { unseen: 3, unread: 3 },
      { unseen: 3, unread: 3 },
    ]);
    await marking;
    for (let n = 0; n < 3; n += 1) wire.model.add();
    wire.deliver();
    await vi.advanceTimersByTimeAsync(299);
    expect(wire.counted).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(wire.counted).toHaveLength(2);
    expect(some.getSnapshot()[0]).toEqual({ unseen: 6, unread: 6 });
    expect(countsOf(client, [{}, { unreadOnly: true }])).toBe(some);
  });

  it('are asked for twenty at a time', async () => {
    const { wire, client } = await connected(1);
    const filters = Array.from({ length: 25 }, (_, n): InboxFilter => ({ tags: [`tag-${n}`] }));
    countsOf(client, filters).subscribe(ignore);
    await vi.advanceTimersByTimeAsync(0);
    expect(wire.counted.map((some) => some.length)).toEqual([20, 5]);
  });
});

describe('what a host hears', () => {
  it('of new items, once and only while it is news', async () => {
    const { wire, client } = await connected(1);
    const heard: ClientEvent[] = [];
    const leave = client.on((event) => heard.push(event));
    const item = wire.model.add({ createdAt: now() });
    const quiet = wire.model.add({ createdAt: now(), toast: false });
    wire.model.add({ createdAt: new Date(Date.now() - 60_000).toISOString() });
    wire.deliver(false);
    wire.deliverOne(1);
    expect(heard).toEqual([
      { type: 'notification', item },
      { type: 'notification', item: quiet },
    ]);
    // Another tab has it.
    expect(client.getSnapshot().toasts).toEqual([]);
    leave();
    wire.model.add({ createdAt: now() });
    wire.deliver();
    expect(heard).toHaveLength(2);
    expect(client.getSnapshot().toasts).toHaveLength(1);
  });

  it('and tells, when a link or a button is pressed', async () => {
    const { wire, client } = await connected(2);
    const [second, first] = client.list().getSnapshot().items;
    if (!first || !second) throw new Error('There should be two');
    client.press(first, null);
    client.press(second, { key: 'ok', label: 'OK', url: null, primary: true });
    expect(client.getSnapshot().counts.unread).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(wire.engaged).toEqual([
      { id: 'ii_0001', kind: 'CLICKED' },
      { id: 'ii_0002', kind: 'ACTED' },
    ]);
    expect(wire.marked).toHaveLength(2);
  });
});

describe('contains', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1 }, true],
    [{ a: 1 }, { a: '1' }, false],
    [{ a: null }, { a: null }, true],
    [{}, { a: null }, false],
    [null, {}, false],
    [{ a: { b: [1, { c: 2, d: 3 }] } }, { a: { b: [{ c: 2 }] } }, true],
    [{ a: [1, 2, 3] }, { a: [3, 1, 1] }, true],
    [{ a: [1] }, { a: 1 }, false],
    [{ a: [[1, 2]] }, { a: [[2]] }, true],
    [{ a: [] }, { a: {} }, false],
    [{ a: 1 }, { toString: {} }, false],
  ])('%j @> %j is %s', (whole, part, expected) => {
    expect(contains(whole, part)).toBe(expected);
  });

  it('holds itself, and what it was made of', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (a, b) => {
        const both = { ...a, ...b };
        expect(contains(both, both) && contains(both, b) && contains(both, {})).toBe(true);
      }),
    );
  });
});
