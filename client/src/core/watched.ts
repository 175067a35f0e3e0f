import type { Watchable } from './handles.ts';

/** A snapshot that is derived anew when something has changed. */
export interface Watched<Snapshot> extends Watchable<Snapshot> {
  readonly isWatched: () => boolean;
  /** Derives it anew, and wakes those who watch if that makes a difference. */
  readonly refresh: () => void;
}

/**
 * Watches what `derive` gives, a new object every time. Parts of it that are equal stay the same objects. `first` is
 * called when somebody comes to watch, `last` when nobody is left.
 */
export function watched<Snapshot extends object>(
  derive: () => Snapshot,
  first = (): void => {},
  last = (): void => {},
): Watched<Snapshot> {
  const listeners = new Set<() => void>();
  let snapshot = derive();
  return {
    getSnapshot: () => snapshot,
    subscribe(listener) {
      if (listeners.add(listener).size === 1) first();
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) last();
      };
    },
    isWatched: () => listeners.size > 0,
    refresh() {
      const next = derive();
      for (const key in next) if (same(snapshot[key], next[key])) next[key] = snapshot[key];
      if (same(snapshot, next)) return;
      snapshot = next;
      for (const listener of listeners) listener();
    },
  };
}

/** Equal, or of one shape with equal parts. */
function same(a: unknown, b: unknown): boolean {
  if (a === b || !a || typeof a !== 'object' || !b) return a === b;
  const [before, now]: [unknown[], unknown[]] = [Object.values(a), Object.values(b)];
  return before.length === now.length && now.every((value, index) => value === before[index]);
}
