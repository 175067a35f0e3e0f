import type { Ground } from './ground.ts';
import { listItems, needsRead } from './lists.ts';
import type { Shelf } from './shelf.ts';
import { wholeList, type InboxState, type Memento } from './state.ts';

const writeAfterMs = 1_000;
const mostItems = 100;

/** Keeps the list for the next visit, so that it is there at once and only what came since must be asked for. */
export class Cache {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ground: Ground,
    private readonly shelf: Shelf<Memento>,
  ) {}

  /** Shows what was kept, where nothing is known yet. */
  restore(): void {
    try {
      const memento = this.shelf.get();
      if (memento && this.ground.state.version < 0) this.ground.dispatch({ type: 'restored', memento });
    } catch {
      this.shelf.clear();
    }
  }

  /** Something may have changed: writes soon. */
  touch(): void {
    if (this.shelf.storage) this.timer ??= setTimeout(() => this.flush(), writeAfterMs);
  }

  /** Writes what is still to be written, now. */
  flush(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    const memento = mementoOf(this.ground.state);
    if (memento) this.shelf.set(memento);
  }
}

function mementoOf({ lists, items, counts, version }: InboxState): Memento | null {
  const list = lists[wholeList];
  if (!list || needsRead(list)) return null;
  const all = listItems(items, list);
  const last = all[mostItems - 1];
  if (all.length <= mostItems || !last) return { items: all, floor: list.floor, cursor: list.cursor, counts, version };
  // So many are pinned that none of the rest would be kept.
  if (last.pinnedAt) return null;
  return { items: all.slice(0, mostItems), floor: last.place, cursor: null, counts, version };
}
