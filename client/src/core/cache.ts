import type { Ground } from './ground.ts';
import { later } from './later.ts';
import { listItems, needsRead } from './lists.ts';
import { restored } from './reducer.ts';
import type { Shelf } from './shelf.ts';
import { wholeList, type Memento } from './state.ts';

const writeAfterMs = 1_000;
/** Of a list that has grown beyond this nothing newer is kept. */
const mostItems = 100;

/** Keeps the list for the next visit, so that it is there at once and only what came since must be asked for. */
export interface Cache {
  /** Shows what was kept, where nothing is known yet. */
  restore(): void;
  /** Something may have changed: writes soon. */
  refresh(): void;
  /** Writes what is still to be written, now. */
  flush(): void;
}

/** The cache on this shelf. */
export function cache(ground: Ground, shelf: Shelf<Memento>): Cache {
  const write = (): void => {
    const { lists, items, counts, version } = ground.state;
    const list = lists[wholeList];
    if (!list || needsRead(list)) return;
    const held = listItems(items, list);
    // What was kept before is older, and no less true.
    if (held.length > mostItems) return;
    const { floor, cursor } = list;
    shelf.set({ items: held, floor, cursor, counts, version });
  };
  const soon = later(write);
  return {
    restore() {
      const memento = shelf.get();
      try {
        if (memento && ground.state.version < 0) ground.put(restored(ground.state, memento));
      } catch {
        shelf.set(null);
      }
    },
    refresh() {
      if (shelf.storage) soon.in(writeAfterMs);
    },
    flush() {
      if (soon.cancel()) write();
    },
  };
}
