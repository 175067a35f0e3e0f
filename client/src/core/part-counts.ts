import { filterKey, plainFilter } from './filters.ts';
import type { Ground } from './ground.ts';
import type { CountsHandle } from './handles.ts';
import { inboxCounts, type InboxCounts, type InboxFilter } from './operations.ts';
import { laidCounts } from './view.ts';
import { Watched } from './watched.ts';

interface Part {
  readonly key: string;
  readonly filter: InboxFilter;
}

interface Handle {
  readonly parts: readonly Part[];
  readonly watched: Watched<readonly (InboxCounts | null)[]>;
}

const mostFilters = 20;
const againMs = 5_000;

/** Counts of parts of the inbox, as tabs show them: one question for all that are watched, asked again after changes. */
export class PartCounts {
  private known: Record<string, InboxCounts> = {};
  private readonly handles = new Map<string, Handle>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;

  constructor(private readonly ground: Ground) {}

  /** The same object for equal filters. */
  of(filters: readonly InboxFilter[]): CountsHandle {
    const parts = filters.map((filter) => ({ key: filterKey(filter), filter: plainFilter(filter) }));
    const key = parts.map((part) => part.key).join();
    let handle = this.handles.get(key);
    if (!handle) {
      const derive = (): (InboxCounts | null)[] => parts.map((part) => this.countsOf(part));
      handle = { parts, watched: new Watched(derive, () => this.askSoon(0)) };
      this.handles.set(key, handle);
    }
    return handle.watched;
  }

  all(): Watched<object>[] {
    return [...this.handles.values()].map(({ watched }) => watched);
  }

  /** Something may have changed: asks when so many milliseconds have passed, for all that changes in between. */
  askSoon(ms: number): void {
    if (!this.ground.running) return;
    if (ms === 0) this.pause();
    this.timer ??= setTimeout(() => {
      this.pause();
      if (this.asking) this.askSoon(ms);
      else void this.ask();
    }, ms);
  }

  pause(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** All of it is of somebody else. */
  forget(): void {
    this.known = {};
  }

  private countsOf({ key, filter }: Part): InboxCounts | null {
    const counts = this.known[key];
    return counts ? laidCounts(counts, filter, this.ground.state, this.ground.laid) : null;
  }

  private async ask(): Promise<void> {
    const { ground } = this;
    const { life } = ground;
    const wanted = new Map<string, InboxFilter>();
    for (const { parts, watched } of this.handles.values()) {
      if (watched.isWatched) for (const { key, filter } of parts) wanted.set(key, filter);
    }
    const all = [...wanted];
    this.asking = true;
    try {
      for (let from = 0; from < all.length; from += mostFilters) {
        const some = all.slice(from, from + mostFilters);
        const filters = some.map(([, filter]) => filter);
        const { inboxCounts: counts } = await ground.transport.request(inboxCounts, { filters });
        if (life === ground.life) some.forEach(([key], index) => (this.known[key] = counts[index]!));
      }
      ground.refresh();
    } catch {
      this.askSoon(againMs);
    }
    this.asking = false;
  }
}
