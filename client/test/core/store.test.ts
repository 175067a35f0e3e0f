import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openInbox, type InboxClient } from '../../src/core/store.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const now = Date.UTC(2026, 10, 22, 12);

function isoAgo(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

async function connected(items = 2): Promise<{ wire: ScriptedTransport; client: InboxClient }> {
  const wire = new ScriptedTransport();
  for (let n = 0; n < items; n += 1) wire.model.add();
  const client = openInbox(wire, { storage: null });
  client.start();
  await wire.connect();
  return { wire, client };
}

describe('InboxClient', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reads the list first and follows from its version', async () => {
    const { wire, client } = await connected(3);
    expect(wire.resumedAfter).toEqual([3]);
    expect(client.getSnapshot()).toMatchObject({ status: 'live', counts: { unseen: 3, unread: 3 } });
    expect(
      client
        .list()
        .getSnapshot()
        .items.map(({ title }) => title),
    ).toEqual(['Item 3', 'Item 2', 'Item 1']);
  });

  it('resumes after the last event, not after what a mutation answered', async () => {
    const { wire, client } = await connected(2);
    wire.model.add();
    wire.deliver();
    await client.mark(['ii_0001'], 'READ');
    expect(wire.model.version).toBe(4);
    wire.drop();
    await wire.connect();
    expect(wire.resumedAfter).toEqual([2, 3]);
    expect(wire.reads).toBe(1);
  });

  it('lists what was missed once and shows no toast for it', async () => {
    const { wire, client } = await connected(1);
    wire.drop();
    wire.model.add({ createdAt: isoAgo(200) });
    await wire.connect();
    expect(client.list().getSnapshot().items).toHaveLength(2);
    expect(client.getSnapshot().toasts).toEqual([]);
    wire.model.add({ createdAt: isoAgo(0) });
    wire.deliver();
    expect(client.getSnapshot().toasts).toHaveLength(1);
  });

  it('shows no toast for an item that is delivered late', async () => {
    const { wire, client } = await connected(1);
    wire.model.add({ createdAt: isoAgo(11_000) });
    wire.model.add({ createdAt: isoAgo(9_000) });
    wire.deliver();
    expect(client.list().getSnapshot().items).toHaveLength(3);
    expect(client.getSnapshot().toasts.map(({ title }) => title)).toEqual(['Item 3']);
  });

  it('shows a toast for an item that a list has brought a moment before its event', async () => {
    const { wire, client } = await connected(1);
    wire.model.add({ createdAt: isoAgo(0) });
    await client.list().reload();
    expect(client.list().getSnapshot().items).toHaveLength(2);
    wire.deliver();
    wire.deliverOne(1);
    expect(client.getSnapshot().toasts.map(({ title }) => title)).toEqual(['Item 2']);
  });

  it('acknowledges only what was shown, in one request for a burst', async () => {
    const { wire, client } = await connected(0);
    for (let n = 0; n < 3; n += 1) wire.model.add({ createdAt: isoAgo(0) });
    wire.deliver();
    await vi.advanceTimersByTimeAsync(1000);
    expect(wire.acknowledged).toEqual([]);
    client.toastShown('ii_0001');
    client.toastShown('ii_0003');
    client.toastShown('ii_0001');
    await vi.advanceTimersByTimeAsync(50);
    expect(wire.acknowledged).toEqual([['ii_0001', 'ii_0003']]);
  });

  it('repeats an acknowledgement that did not get through', async () => {
    const { wire, client } = await connected(0);
    wire.model.add({ createdAt: isoAgo(0) });
    wire.deliver();
    wire.failAcknowledgements = 2;
    client.toastShown('ii_0001');
    await vi.advanceTimersByTimeAsync(3000);
    expect(wire.acknowledged).toEqual([['ii_0001']]);
  });

  it('marks on screen at once and takes it back when the server refuses', async () => {
    const { wire, client } = await connected(2);
    wire.marks = 'refused';
    const marking = client.mark(['ii_0002'], 'READ');
    expect(client.getSnapshot().counts.unread).toBe(1);
    expect(client.list().getSnapshot().items[0]?.readAt).not.toBeNull();
    expect(await marking).toBe(false);
    expect(client.getSnapshot()).toMatchObject({ counts: { unread: 2 }, problem: 'MARK' });
    expect(client.list().getSnapshot().items[0]?.readAt).toBeNull();
    wire.marks = 'answered';
    expect(await client.mark(['ii_0002'], 'READ')).toBe(true);
    expect(client.getSnapshot()).toMatchObject({ counts: { unread: 1 }, problem: null });
  });

  it('marks everything up to the version that was seen, and leaves what came in meanwhile', async () => {
    const { wire, client } = await connected(3);
    wire.model.add({ createdAt: isoAgo(0) });
    await client.markAll('READ');
    wire.deliver();
    await vi.advanceTimersByTimeAsync(10);
    expect(client.getSnapshot()).toMatchObject({ counts: { unread: 1 } });
    expect(
      client
        .list()
        .getSnapshot()
        .items.map(({ readAt }) => readAt !== null),
    ).toEqual([false, true, true, true]);
  });

  it('reads the list again after a reset and goes on; a failed read is tried again', async () => {
    const { wire, client } = await connected(2);
    wire.model.markAll('READ', 2);
    wire.failReads = true;
    wire.deliver();
    await vi.advanceTimersByTimeAsync(10);
    expect(client.getSnapshot().problem).toBe('LOAD');
    wire.failReads = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(client.getSnapshot()).toMatchObject({ problem: null, counts: { unread: 0 } });
    wire.model.add();
    wire.deliver();
    expect(client.list().getSnapshot().items).toHaveLength(3);
  });

  it('notes what was seen in one request, and what is already noted not at all', async () => {
    const { wire, client } = await connected(2);
    client.seen('ii_0001');
    client.seen('ii_0002');
    await vi.advanceTimersByTimeAsync(500);
    client.seen('ii_0001');
    await vi.advanceTimersByTimeAsync(500);
    expect(wire.marked).toEqual([{ ids: ['ii_0001', 'ii_0002'], mark: 'SEEN' }]);
    expect(client.getSnapshot().counts).toEqual({ unseen: 0, unread: 2 });
  });

  it('marks the others when one of them has gone meanwhile', async () => {
    const { wire, client } = await connected(3);
    wire.model.remove('ii_0002');
    expect(await client.mark(['ii_0001', 'ii_0002', 'ii_0003'], 'READ')).toBe(true);
    expect(wire.model.counts().unread).toBe(0);
    expect(await client.mark(['ii_0002'], 'READ')).toBe(false);
    wire.deliver();
    expect(client.getSnapshot()).toMatchObject({ counts: { unread: 0 }, problem: 'MARK' });
    expect(await client.mark(['ii_0002'], 'READ')).toBe(true);
  });

  it('loads further pages below', async () => {
    const { client } = await connected(45);
    expect(client.list().getSnapshot()).toMatchObject({ hasMore: true });
    await Promise.all([client.list().loadMore(), client.list().loadMore()]);
    expect(client.list().getSnapshot().items).toHaveLength(40);
    await client.list().loadMore();
    expect(client.list().getSnapshot()).toMatchObject({ hasMore: false });
    expect(client.list().getSnapshot().items).toHaveLength(45);
  });

  it('keeps what was loaded while stopped, and says that it is offline', async () => {
    const { client } = await connected(2);
    client.stop();
    expect(client.getSnapshot()).toMatchObject({ status: 'offline' });
    expect(client.list().getSnapshot().items).toHaveLength(2);
  });
});
