import { filterKey, plainFilter } from './filters.ts';
import { partOf, type Ground, type Part } from './ground.ts';
import type { CountsHandle } from './handles.ts';
import { later } from './later.ts';
import { inboxCounts, type InboxCounts, type InboxFilter } from './operations.ts';
import type { InboxClient } from './store.ts';
import { laidCounts } from './view.ts';
import { watched, type Watched } from './watched.ts';

interface PartCounts extends Part {
  of(filters: readonly InboxFilter[]): CountsHandle;
}

/** Exact counts of parts of the inbox, as tabs show them. The same object for equal filters of one client. */
export function countsOf(client: InboxClient, filters: readonly InboxFilter[]): CountsHandle {
  return partsOf(client).of(filters);
}

const partsOf = /* @__PURE__ */ partOf(partCounts);

const mostFilters = 20;
/** After a change: others often come right behind it. */
const withinMs = 300;
const againMs = 2_000;

/** One question for all that are watched, asked again after changes. Nothing is known at first. */
function partCounts(ground: Ground): PartCounts {
  const handles = new Map<
    string,
    Watched<(InboxCounts | null)[]> & { readonly parts: readonly (readonly [string, InboxFilter])[] }
  >();
  let known: Record<string, InboxCounts> = {};
  let { items } = ground.state;
  let asking = false;

  async function ask(): Promise<void> {
    // The answers would overtake each other.
    if (asking) return askSoon(againMs);
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
      refresh();
    } catch {
      askSoon(againMs);
    }
    asking = false;
  }

  const soon = later(() => void ask());
  const askSoon = (ms: number): void => {
    if (!ground.running) return;
    if (ms === 0) soon.cancel();
    soon.in(ms);
  };
  const refresh = (): void => {
    for (const handle of handles.values()) handle.refresh();
  };
  return {
    of(filters) {
      const parts = filters.map((filter) => [filterKey(filter), plainFilter(filter)] as const);
      const name = parts.map(([key]) => key).join();
      let handle = handles.get(name);
      if (!handle) {
        const derive = (): (InboxCounts | null)[] =>
          parts.map(([key, filter]) => (known[key] ? laidCounts(known[key], filter, ground.state, ground.laid) : null));
        handle = { ...watched(derive, () => askSoon(0)), parts };
        handles.set(name, handle);
      }
      return handle;
    },
    refresh() {
      refresh();
      if (items !== ground.state.items) askSoon(withinMs);
      items = ground.state.items;
    },
    connected: () => askSoon(0),
    pause: soon.cancel,
    forget() {
      known = {};
    },
  };
}
