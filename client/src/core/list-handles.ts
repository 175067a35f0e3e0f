import { filterKey, plainFilter } from './filters.ts';
import type { Ground } from './ground.ts';
import type { InboxList, ListSnapshot } from './handles.ts';
import { later } from './later.ts';
import type { InboxFilter } from './operations.ts';
import type { Reading } from './reading.ts';
import { unopened, wholeList } from './state.ts';
import { listView } from './view.ts';
import { watched, type Watched } from './watched.ts';

/** How long a list that nobody watches stays loaded, in milliseconds. */
const keptMs = 60_000;

/** The lists that somebody asked for, by filter. */
export interface ListHandles {
  /** The same object for equal filters. */
  of(filter: InboxFilter): InboxList;
  refresh(): void;
}

/** Lists that are read by `reading`. */
export function listHandles(ground: Ground, reading: Reading): ListHandles {
  const handles = new Map<string, InboxList & Watched<ListSnapshot>>();

  function make(key: string, filter: InboxFilter): InboxList & Watched<ListSnapshot> {
    const closing = later(() => {
      const { [key]: _closed, ...rest } = ground.state.lists;
      ground.put({ lists: rest });
    });
    let more: Promise<void> | null = null;
    const read = (kind: 'needed' | 'first' | 'more'): Promise<void> => {
      closing.cancel();
      const { lists } = ground.state;
      if (!lists[key]) ground.put({ lists: { ...lists, [key]: unopened(filter) } });
      return reading.read(key, kind);
    };
    const watching = watched<ListSnapshot>(
      () => listView(ground.state, ground.laid, key),
      () => void read('needed'),
      () => {
        if (key !== wholeList) closing.in(keptMs);
      },
    );
    return {
      ...watching,
      filter,
      reload: () => read('first'),
      async loadMore() {
        if (!watching.getSnapshot().hasMore) return;
        await (more ??= read('more'));
        more = null;
      },
    };
  }

  return {
    of(filter) {
      const key = filterKey(filter);
      let handle = handles.get(key);
      if (!handle) handles.set(key, (handle = make(key, plainFilter(filter))));
      return handle;
    },
    refresh() {
      for (const handle of handles.values()) handle.refresh();
    },
  };
}
