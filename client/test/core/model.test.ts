import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InboxFilter, InboxItem, InboxMark, MarkPart } from '../../src/core/operations.ts';
import { countsOf } from '../../src/core/part-counts.ts';
import { openInbox, type InboxClient } from '../../src/core/store.ts';
import { HandDrivenWire } from '../support/hand-driven-wire.ts';
import { MemoryStorage } from '../support/memory-storage.ts';
import { ModelServer } from '../support/model-server.ts';
import type { Fate } from '../support/scripted-transport.ts';

const marks: readonly InboxMark[] = [
  ...(['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED'] as const),
  ...(['SNOOZED', 'UNSNOOZED', 'PINNED', 'UNPINNED', 'DELETED'] as const),
];
const marksOnAll: readonly InboxMark[] = ['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED', 'UNSNOOZED', 'PINNED'];
const parts: readonly MarkPart[] = [{}, {}, { tags: ['a'] }, { category: ['news'] }, { readOnly: true }];
const filters: readonly InboxFilter[] = [
  {},
  { unreadOnly: true },
  { archived: true },
  { snoozed: true },
  { tags: ['a', 'b'] },
  { category: ['news'] },
  { data: { kind: 1 } },
  { pinned: true },
  { groupKey: 'g', pinned: false },
];
const until = '2026-03-01T00:00:00.000Z';

/** Some of all sorts: what one is like follows from its number. */
function sort(n: number): Partial<InboxItem> {
  return {
    tags: [['a'], ['b', 'c'], []][n % 3] ?? [],
    category: n % 2 === 0 ? { key: 'news', name: 'News' } : { key: 'orders', name: 'Orders' },
    data: n % 4 === 0 ? null : { kind: n % 4, more: true },
    groupKey: n % 5 === 0 ? 'g' : null,
  };
}

const shape = ({ id, seenAt, readAt, archivedAt, snoozedUntil, pinnedAt, version }: InboxItem): unknown[] => [
  ...[id, seenAt, readAt, archivedAt, snoozedUntil, pinnedAt, version],
];
const looks = ({ id, seenAt, readAt, archivedAt, snoozedUntil, pinnedAt }: InboxItem): unknown[] => [
  ...[id, ...[seenAt, readAt, archivedAt, snoozedUntil, pinnedAt].map((at) => at !== null)],
];

class World {
  readonly wire = new HandDrivenWire();
  readonly client: InboxClient;
  private connecting: Promise<void> | null = null;

  constructor(pageSize: number) {
    this.wire.prompt = false;
    for (let n = 0; n < 7; n += 1) this.wire.model.add(sort(n));
    this.client = openInbox(this.wire, { pageSize, storage: new MemoryStorage() });
    for (const filter of filters) this.client.list(filter).subscribe(() => {});
    countsOf(this.client, filters).subscribe(() => {});
    this.client.start();
  }

  async step(kind: number, a: number, b: number): Promise<void> {
    const { client, wire } = this;
    const { model } = wire;
    const mark = marks[b % marks.length] ?? 'READ';
    const onAll = marksOnAll[b % marksOnAll.length] ?? 'READ';
    const ids = [...new Set([model.idAt(a), model.idAt(a + b)])];
    const list = client.list(filters[b % filters.length]);
    const steps: readonly (() => unknown)[] = [
      () => model.add(sort(a)),
      () => model.mark(ids, mark, until),
      () => model.remove(model.idAt(a)),
      () => model.markAll(onAll, model.version, parts[a % parts.length]),
      () => client.mark(ids, mark, { until }),
      () => client.markAll(onAll, parts[a % parts.length]),
      () => wire.execute(a, (['answered', 'answered', 'lost', 'refused'] as const)[b % 4]),
      () => wire.execute(a),
      () => wire.arrive(a),
      () => wire.deliverOne(),
      () => wire.deliverOne(a),
      () => (a % 2 === 0 ? list.loadMore() : list.reload()),
      () => model.wake(model.list({ snoozed: true }).at(a % 3)?.id ?? ''),
      () => b % 4 === 0 && wire.drop(),
      () => this.connect(),
      () => (b % 8 === 0 ? wire.miss() : client.retry()),
      () => vi.advanceTimersByTimeAsync([10, 400, 5_000, 61_000][a % 4] ?? 0),
    ];
    void steps[kind % steps.length]?.();
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The network is good again, and everything on the way arrives. */
  async settle(): Promise<void> {
    const { client, wire } = this;
    let rounds = 0;
    for (let calm = 0; calm < 3; calm += 1) {
      while (wire.busy) {
        calm = 0;
        rounds += 1;
        if (rounds > 500) throw new Error('It never comes to rest');
        wire.execute(0);
        wire.arrive(0);
        await vi.advanceTimersByTimeAsync(0);
      }
      if (client.getSnapshot().status !== 'live') this.connect();
      wire.deliver();
      // A page that could not be read is read when somebody asks again.
      for (const list of filters.map((filter) => client.list(filter))) {
        if (list.getSnapshot().failed) void list.reload();
      }
      await vi.advanceTimersByTimeAsync(31_000);
    }
  }

  stop(): void {
    this.client.stop();
  }

  private connect(): void {
    this.connecting ??= this.wire.connect().finally(() => {
      this.connecting = null;
    });
  }
}

/** Requests, answers and events are what most of the time goes into; a lost connection ends most other stories. */
const kinds = fc.oneof(
  { weight: 3, arbitrary: fc.nat(16) },
  { weight: 1, arbitrary: fc.constantFrom(1, 4) },
  { weight: 3, arbitrary: fc.constantFrom(7, 8, 9) },
);
const script = fc.array(fc.tuple(kinds, fc.nat(40), fc.nat(40)), { minLength: 10, maxLength: 60, size: 'max' });

describe('a client and the model of its server', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 1, 2) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [3, 'small pages'],
    [50, 'everything on one page'],
  ])('agree on every list and all counts, whatever came in which order (pages of %s: %s)', async (pageSize) => {
    await fc.assert(
      fc.asyncProperty(script, fc.boolean(), fc.boolean(), async (steps, resets, connected) => {
        const world = new World(pageSize);
        if (connected) await world.settle();
        // A reset heals everything, so half of the runs must do without.
        for (const [kind, a, b] of steps) {
          if (resets || ![3, 5, 15].includes(kind)) await world.step(kind, a, b);
        }
        await world.settle();
        const { model } = world.wire;
        for (const filter of filters) {
          const { items, hasMore, failed, loaded, loading } = world.client.list(filter).getSnapshot();
          const expected = model.shown(filter);
          expect({ loaded, loading, failed }).toEqual({ loaded: true, loading: false, failed: false });
          expect(items.map(shape)).toEqual(expected.slice(0, items.length).map(shape));
          expect(hasMore || items.length === expected.length).toBe(true);
        }
        expect(world.client.getSnapshot()).toMatchObject({ counts: model.counts(), status: 'live', queued: 0 });
        expect(countsOf(world.client, filters).getSnapshot()).toEqual(filters.map((filter) => model.counts(filter)));
        world.stop();
      }),
      { numRuns: 250 },
    );
  });

  it('show a mark at once as it will be', async () => {
    const wishes = fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.boolean()), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(wishes, fc.constantFrom<Fate>('answered', 'lost'), async (all, fate) => {
        const world = new World(50);
        await world.settle();
        const then = new ModelServer();
        for (let n = 0; n < 7; n += 1) then.add(sort(n));
        const { version } = then;
        for (const [a, b, whole] of all) {
          const id = then.idAt(a);
          if (whole) {
            const part = parts[a % parts.length];
            const mark = marksOnAll[b % marksOnAll.length] ?? 'READ';
            then.markAll(mark, version, part);
            void world.client.markAll(mark, part);
          } else {
            const mark = marks[b % marks.length] ?? 'READ';
            then.mark([id], mark, until);
            void world.client.mark([id], mark, { until });
          }
          if (fate === 'lost') world.wire.execute(0, fate);
          if (fate === 'lost') world.wire.arrive(0);
          for (const filter of filters) {
            expect(world.client.list(filter).getSnapshot().items.map(looks)).toEqual(then.shown(filter).map(looks));
          }
          expect(world.client.getSnapshot().counts).toEqual(then.counts());
          expect(countsOf(world.client, filters).getSnapshot()).toEqual(filters.map((filter) => then.counts(filter)));
        }
        world.stop();
      }),
      { numRuns: 150 },
    );
  });
});
