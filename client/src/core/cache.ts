import type { Ground } from './ground.ts';
import { listItems, needsRead } from './lists.ts';
import { restored } from './reducer.ts';
import type { Shelf } from './shelf.ts';
import { wholeList, type InboxState, type Memento } from './state.ts';

const writeAfterMs = 1_000;
const mostItems = 100;

/** Keeps the list for the next visit, so that it is there at once and only what came since must be asked for. */
export interface Cache {
  /** Shows what was kept, where nothing is known yet. */
  restore(): void;
  /** Something may have changed: writes soon. */
  touch(): void;
  /** Writes what is still to be written, now. */
  flush(): void;
}

/** The cache on this shelf. */
export function cache(ground: Ground, shelf: Shelf<Memento>): Cache {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    if (!timer) return;
    clearTimeout(timer);
    timer = undefined;
    const memento = mementoOf(ground.state);
    if (memento) shelf.set(memento);
  };
  return {
    restore() {
      const memento = shelf.get();
      try {
        if (memento && ground.state.version < 0) ground.put((state) => restored(state, memento));
      } catch {
        shelf.set(null);
      }
    },
    touch() {
      if (shelf.storage) timer ??= setTimeout(flush, writeAfterMs);
    },
    flush,
  };
}

function mementoOf({ lists, items, counts, version }: InboxState): Memento | null {
  const list = lists[wholeList];
  if (!list || needsRead(list)) return null;
  const all = listItems(items, list);
  const last = all[mostItems];
  if (!last) return { items: all, floor: list.floor, cursor: list.cursor, counts, version };
  // So many are pinned that the rest would begin with a hole.
  if (last.pinnedAt) return null;
  return { items: all.slice(0, mostItems), floor: last.place + 1, cursor: null, counts, version };
}
