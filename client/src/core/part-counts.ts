import { filterKey, plainFilter } from './filters.ts';
import type { Ground } from './ground.ts';
import type { CountsHandle } from './handles.ts';
import { later } from './later.ts';
import { inboxCounts, type InboxCounts, type InboxFilter } from './operations.ts';
import { laidCounts } from './view.ts';
import { watched, type Watched } from './watched.ts';

/** Counts of parts of the inbox, as tabs show them: one question for all that are watched, asked again after changes. */
export interface PartCounts {
  /** The same object for equal filters. */
  of(filters: readonly InboxFilter[]): CountsHandle;
  refresh(): void;
  /** Something may have changed: asks when so many milliseconds have passed, for all that changes in between. */
  askSoon(ms: number): void;
  pause(): unknown;
  /** All of it is of somebody else. */
  forget(): void;
}

const mostFilters = 20;
const againMs = 2_000;

/** Nothing is known at first. */
export function partCounts(ground: Ground): PartCounts {
  const handles = new Map<
    string,
    Watched<(InboxCounts | null)[]> & { readonly parts: readonly (readonly [string, InboxFilter])[] }
  >();
  let known: Record<string, InboxCounts> = {};
  let asking = false;

  async function ask(): Promise<void> {
    // The answers would overtake each other.
    if (asking) return counts.askSoon(againMs);
    const { life } = ground;
    const wanted = new Map<string, InboxFilter>();
    for (const { isWatched, parts } of handles.values()) {
      if (isWatched()) for (const [key, filter] of parts) wanted.set(key, filter);
    }
    const all = [...wanted];
    asking = true;
    try {
      while (all.length > 0) {
        const some = all.splice(0, mostFilters);
        const filters = some.map(([, filter]) => filter);
        const { inboxCounts: answer } = await ground.transport.request(inboxCounts, { filters });
        if (life === ground.life) {
          some.forEach(([key], index) => {
            const counts = answer[index];
            if (counts) known[key] = counts;
          });
        }
      }
      counts.refresh();
    } catch {
      counts.askSoon(againMs);
    }
    asking = false;
  }

  const soon = later(() => void ask());
  const counts: PartCounts = {
    of(filters) {
      const parts = filters.map((filter) => [filterKey(filter), plainFilter(filter)] as const);
      const name = parts.map(([key]) => key).join();
      let handle = handles.get(name);
      if (!handle) {
        const derive = (): (InboxCounts | null)[] =>
          parts.map(([key, filter]) => (known[key] ? laidCounts(known[key], filter, ground.state, ground.laid) : null));
        handle = { ...watched(derive, () => counts.askSoon(0)), parts };
        handles.set(name, handle);
      }
      return handle;
    },
    refresh() {
      for (const handle of handles.values()) handle.refresh();
    },
    askSoon(ms) {
      if (!ground.running) return;
      if (ms === 0) soon.cancel();
      soon.in(ms);
    },
    pause: soon.cancel,
    forget() {
      known = {};
    },
  };
  return counts;
}
