import type { Watchable } from './handles.ts';

/** A snapshot that is derived anew when something has changed, and those who watch it. */
export class Watched<Snapshot extends object> implements Watchable<Snapshot> {
  private readonly listeners = new Set<() => void>();
  private snapshot: Snapshot;

  /** `watched` is called when the first comes to watch, `unwatched` when the last has gone. */
  constructor(
    private readonly derive: () => Snapshot,
    private readonly watched = (): void => {},
    private readonly unwatched = (): void => {},
  ) {
    this.snapshot = derive();
  }

  readonly getSnapshot = (): Snapshot => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.watched();
    return () => {
      if (this.listeners.delete(listener) && !this.isWatched) this.unwatched();
    };
  };

  get isWatched(): boolean {
    return this.listeners.size > 0;
  }

  /** Derives anew; true when that makes a difference. What is equal stays the same object, so that nobody is woken for nothing. */
  refresh(): boolean {
    const was = this.snapshot;
    const is = this.derive();
    const kept = Object.entries(is).map(([key, value]) => {
      const before: unknown = Reflect.get(was, key);
      return [key, same(before, value) ? before : value] as const;
    });
    const next = Array.isArray(is) ? kept.map(([, value]) => value) : Object.fromEntries(kept);
    if (!same(was, next)) this.snapshot = next as Snapshot;
    return was !== this.snapshot;
  }

  tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Equal, or with equal parts. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  const keys = Object.keys(b);
  return keys.length === Object.keys(a).length && keys.every((key) => Reflect.get(a, key) === Reflect.get(b, key));
}
