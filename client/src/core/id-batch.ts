import { later } from './later.ts';

/** Collects ids for a short window and hands them on together: one request for a burst instead of one each. */
export interface IdBatch {
  add(id: string): void;
  /** Sends what has gathered, now. */
  flush(): void;
}

const bulkLimit = 100;

/** `windowMs`: how long the first id waits for company. `send` gets 1 … 100 distinct ids, oldest first. */
export function idBatch(windowMs: number, send: (ids: readonly string[]) => void): IdBatch {
  let ids = new Set<string>();
  const flush = (): void => {
    soon.cancel();
    const all = [...ids];
    ids = new Set();
    while (all.length > 0) send(all.splice(0, bulkLimit));
  };
  const soon = later(flush);
  return {
    add(id) {
      ids.add(id);
      soon.in(windowMs);
    },
    flush,
  };
}
