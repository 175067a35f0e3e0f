import { backoff } from './backoff.ts';
import type { Ground } from './ground.ts';
import { later } from './later.ts';
import { listItems, needsRead, withList, withPage } from './lists.ts';
import { inboxPage } from './operations.ts';

/** Reads lists. */
export interface Reading {
  /** Reads a list: its next page, or from its beginning, for `needed` only if it must be. What fails shows in the state. */
  read(key: string, kind: 'needed' | 'first' | 'more'): Promise<void>;
  /** Reads the lists that must be read. */
  catchUp(): Promise<void>;
  /** While there is a connection: has the lists read that must be, soon, and again until they are. */
  refresh(): void;
  /** No further tries. */
  pause(): unknown;
}

const longestPage = 100;

/** One page at a time: two answers that overtake each other would make the older one the last word. */
export function reading(ground: Ground, pageSize: number): Reading {
  let turn = Promise.resolve();
  let failures = 0;
  // Of a round that is under way nobody needs to be told again.
  let busy = false;

  async function readNow(key: string, kind: 'needed' | 'first' | 'more'): Promise<void> {
    const { life, state } = ground;
    const list = state.lists[key];
    if (!list || (kind === 'needed' && !(ground.running && needsRead(list)))) return;
    const { filter, cursor, floor } = list;
    const more = kind === 'more';
    const held = listItems(state.items, list).filter(({ place }) => place >= floor).length;
    // Stale again, if a reset comes while it is on the way.
    ground.put(withList(state, key, more ? { loading: true } : { loading: true, stale: false }));
    try {
      const { inbox, pinned } = await ground.transport.request(inboxPage, {
        first: more ? pageSize : Math.min(longestPage, Math.max(pageSize, held)),
        after: more ? cursor : null,
        filter,
        pinned: { ...filter, pinned: true },
        head: !more,
      });
      failures = 0;
      if (life === ground.life) ground.put(withPage(ground.state, key, more, inbox, pinned?.nodes));
    } catch (error) {
      failures += 1;
      ground.tell({ type: 'error', error });
      if (life !== ground.life) return;
      const change = { loading: false, failed: true, ...(!more && { stale: true }) };
      ground.put({ ...withList(ground.state, key, change), problem: 'LOAD' });
    }
  }

  const next = later(() => {
    busy = true;
    void reader.catchUp().then(() => {
      busy = false;
      reader.refresh();
    });
  });

  const reader: Reading = {
    read: (key, kind) => (turn = turn.then(() => readNow(key, kind))),
    catchUp() {
      for (const key in ground.state.lists) void reader.read(key, 'needed');
      return turn;
    },
    refresh() {
      const { running, state } = ground;
      if (busy || !running || state.status !== 'live' || !Object.values(state.lists).some(needsRead)) return;
      next.in(failures > 0 ? backoff(failures - 1) : 0);
    },
    pause: next.cancel,
  };
  return reader;
}
