import type { Ground } from './ground.ts';
import type { InboxList, ListSnapshot } from './handles.ts';
import type { InboxFilter } from './operations.ts';
import type { Reading } from './reading.ts';
import { wholeList } from './state.ts';
import { listView } from './view.ts';
import { Watched } from './watched.ts';

/** How long a list that nobody watches stays loaded, in milliseconds. */
const keptMs = 60_000;

/** The lists that somebody asked for, by filter. */
export class ListHandles {
  private readonly handles = new Map<string, { readonly list: InboxList; readonly watched: Watched<ListSnapshot> }>();

  constructor(
    private readonly ground: Ground,
    private readonly reading: Reading,
  ) {}

  all(): Watched<object>[] {
    return [...this.handles.values()].map(({ watched }) => watched);
  }

  of(key: string, filter: InboxFilter): InboxList {
    let handle = this.handles.get(key);
    if (!handle) this.handles.set(key, (handle = this.make(key, filter)));
    return handle.list;
  }

  private make(key: string, filter: InboxFilter): { list: InboxList; watched: Watched<ListSnapshot> } {
    const { ground, reading } = this;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = (): void => {
      clearTimeout(timer);
      ground.dispatch({ type: 'listOpened', list: key, filter });
    };
    const read = async (kind: 'needed' | 'first' | 'more'): Promise<void> => {
      open();
      await reading.read(key, kind).catch(() => {});
    };
    const watched = new Watched<ListSnapshot>(
      () => listView(ground.state, ground.laid, key),
      () => {
        open();
        if (ground.running) void read('needed');
      },
      () => {
        if (key !== wholeList) timer = setTimeout(() => ground.dispatch({ type: 'listClosed', list: key }), keptMs);
      },
    );
    let more: Promise<void> | null = null;
    const loadMore = async (): Promise<void> => {
      if (!watched.getSnapshot().hasMore) return;
      // What comes out of the cache may have lost its place in the server's list.
      if (ground.state.lists[key]?.cursor === null) await read('first');
      await read('more');
    };
    const list: InboxList = {
      filter,
      subscribe: watched.subscribe,
      getSnapshot: watched.getSnapshot,
      reload: () => read('first'),
      loadMore: () => (more ??= loadMore().finally(() => (more = null))),
    };
    return { list, watched };
  }
}
