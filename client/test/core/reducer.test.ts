import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboxMark, InboxPage } from '../../src/core/operations.ts';
import { reduce } from '../../src/core/reducer.ts';
import { initialState, type InboxAction, type InboxState } from '../../src/core/state.ts';
import { viewOf } from '../../src/core/view.ts';
import { ModelServer } from '../support/model-server.ts';

const marks: readonly InboxMark[] = ['SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED'];
const pageSize = 3;

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

/** The client's half of the wire: requests and answers travel when the script says so, events in order. */
class World {
  readonly server = new ModelServer();
  state: InboxState = freeze(initialState);
  private delivered = 0;
  private key = 0;
  private readonly unsent: { key: number; mark: InboxMark; ids: string[] | null; upToVersion: number }[] = [];
  private readonly answers: InboxAction[] = [];
  private readAnswer: InboxPage | null = null;

  constructor() {
    for (let n = 0; n < 5; n += 1) this.server.add();
    this.startRead('first');
    this.answerRead();
    this.delivered = this.server.log.length;
  }

  dispatch(action: InboxAction): void {
    const input = this.state;
    this.state = freeze(reduce(freeze(input), freeze(action)));
  }

  step(kind: number, a: number, b: number): void {
    const mark = marks[b % marks.length] ?? 'READ';
    const target = { ids: [this.server.idAt(a), this.server.idAt(a + b)] };
    if (kind === 0) this.server.add();
    if (kind === 1) this.server.mark(target.ids, mark);
    if (kind === 2) this.server.remove(this.server.idAt(a));
    if (kind === 3) this.server.markAll(mark === 'SEEN' ? 'SEEN' : 'READ', this.server.version);
    if (kind === 4) this.startMark(mark, target.ids);
    if (kind === 5) this.startMark('READ', null);
    if (kind === 6) this.execute(a, b % 4 === 0);
    if (kind === 7) this.answer(a);
    if (kind === 8) this.deliver();
    if (kind === 9) this.repeatOld(a);
    if (kind === 10) this.startRead(this.state.stale || a % 2 === 0 ? 'first' : 'more');
    if (kind === 11) this.executeRead();
    if (kind === 12) this.answerRead();
  }

  /** Everything on the way arrives, in an order of the script's own. */
  settle(): void {
    while (this.unsent.length > 0) this.execute(this.unsent.length, false);
    this.answerRead();
    while (this.delivered < this.server.log.length) this.deliver();
    while (this.answers.length > 0) this.answer(this.answers.length - 1);
    while (this.state.stale) {
      this.startRead('first');
      this.answerRead();
    }
  }

  private startMark(mark: InboxMark, ids: string[] | null): void {
    this.key += 1;
    const upToVersion = this.state.version;
    const target = ids ? { ids } : { upToVersion };
    const { revision } = this.state;
    const at = '2026-02-01T00:00:00.000Z';
    this.dispatch({ type: 'markStarted', pending: { key: this.key, mark, at, revision, target } });
    this.unsent.push({ key: this.key, mark, ids, upToVersion });
  }

  private execute(index: number, fail: boolean): void {
    const [call] = this.unsent.splice(index % Math.max(1, this.unsent.length), 1);
    if (!call) return;
    const { key, mark, ids, upToVersion } = call;
    if (fail) {
      this.answers.push({ type: 'markFailed', key, quiet: false });
    } else if (ids) {
      this.answers.push({ type: 'markDone', key, ...this.server.mark(ids, mark) });
    } else {
      this.answers.push({ type: 'markDone', key, items: [], counts: this.server.markAll(mark, upToVersion).counts });
    }
  }

  private answer(index: number): void {
    const [action] = this.answers.splice(index % Math.max(1, this.answers.length), 1);
    if (action) this.dispatch(action);
  }

  private deliver(): void {
    const event = this.server.log[this.delivered];
    if (!event) return;
    this.delivered += 1;
    this.dispatch({ type: 'event', event, toastAt: 0 });
  }

  private repeatOld(index: number): void {
    const event = this.server.log[index % Math.max(1, this.delivered)];
    if (event && index % Math.max(1, this.delivered) < this.delivered && event.kind !== 'InboxReset') {
      this.dispatch({ type: 'event', event, toastAt: 0 });
    }
  }

  private startRead(kind: 'first' | 'more'): void {
    if (this.state.reading || (kind === 'more' && !this.state.hasMore)) return;
    this.dispatch({ type: 'readStarted', kind });
  }

  private executeRead(): void {
    const { reading, endCursor } = this.state;
    if (reading) this.readAnswer ??= this.server.page(pageSize, reading.kind === 'more' ? endCursor : null);
  }

  private answerRead(): void {
    this.executeRead();
    if (this.readAnswer) this.dispatch({ type: 'readDone', page: this.readAnswer });
    this.readAnswer = null;
  }
}

const script = fc.array(fc.tuple(fc.nat(12), fc.nat(40), fc.nat(40)), { minLength: 10, maxLength: 60, size: 'max' });

describe('reduce', () => {
  it('ends in the server’s state after any interleaving of marks, answers, failures, reads and events', () => {
    fc.assert(
      fc.property(script, fc.boolean(), (steps, resets) => {
        const world = new World();
        // A reset heals everything, so half of the runs must do without.
        for (const [kind, a, b] of steps) if (resets || (kind !== 3 && kind !== 5)) world.step(kind, a, b);
        world.settle();
        const view = viewOf(world.state);
        const list = world.server.list();
        expect(view.items.map(({ id, readAt, seenAt }) => [id, readAt, seenAt])).toEqual(
          list.slice(0, view.items.length).map(({ id, readAt, seenAt }) => [id, readAt, seenAt]),
        );
        expect(view.hasMore || view.items.length === list.length).toBe(true);
        expect(view.counts).toEqual(world.server.counts());
        expect(world.state.pending).toEqual([]);
        expect(world.state.version).toBe(world.server.version);
      }),
      { numRuns: 3000 },
    );
  });

  it('shows exactly the server’s counts whenever no mark is in flight', () => {
    fc.assert(
      fc.property(script, (steps) => {
        const world = new World();
        // Only the server's own changes and events: the counts are those of the event that came last.
        for (const [kind, a, b] of steps) {
          world.step([0, 1, 2, 8, 9][kind % 5] ?? 8, a, b);
          const last = world.server.log.findLast((event) => event.version === world.state.version);
          expect(viewOf(world.state).counts).toEqual(last?.counts);
        }
      }),
    );
  });

  it('ignores older versions, returning the very same state', () => {
    const world = new World();
    world.server.add();
    world.step(8, 0, 0);
    const before = world.state;
    for (const event of world.server.log.filter(({ version }) => version < before.version)) {
      expect(reduce(before, { type: 'event', event, toastAt: 0 })).toBe(before);
    }
  });

  it('never moves the cursor by a mutation’s answer', () => {
    const world = new World();
    const { version } = world.state;
    world.step(4, 1, 1);
    world.step(6, 0, 1);
    world.step(7, 0, 0);
    expect(world.state.pending).toEqual([]);
    expect(world.server.version).toBeGreaterThan(version);
    expect(world.state.version).toBe(version);
  });

  it('takes a failed mark back and says so', () => {
    const world = new World();
    const counts = viewOf(world.state).counts;
    world.step(4, 3, 1);
    expect(viewOf(world.state).counts.unread).toBe(counts.unread - 2);
    world.step(6, 0, 4);
    world.step(7, 0, 0);
    expect(viewOf(world.state)).toMatchObject({ counts, problem: 'MARK' });
  });

  it('pops a toast for a live item once, and drops it when the item is read elsewhere', () => {
    const world = new World();
    const item = world.server.add();
    world.step(8, 0, 0);
    world.step(9, world.server.log.length - 1, 0);
    expect(viewOf(world.state).toasts.map(({ id }) => id)).toEqual([item.id]);
    world.server.mark([item.id], 'READ');
    world.step(8, 0, 0);
    expect(viewOf(world.state).toasts).toEqual([]);
  });

  it('drops toasts that were never shown once they would be late', () => {
    const world = new World();
    world.server.add();
    world.step(8, 0, 0);
    world.dispatch({ type: 'toastsLate', before: 1 });
    expect(viewOf(world.state).toasts).toEqual([]);
  });
});
