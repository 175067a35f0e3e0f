/** What this browser remembers of the last time that it was registered. */
export interface Registered {
  /** The host's id of the person, empty when the host gave none. */
  readonly recipient: string;
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const place = 'tidings-push';

/** Null: it never was, it was taken back, or the browser keeps nothing. */
export function recall(): Registered | null {
  try {
    return JSON.parse(localStorage.getItem(place) ?? 'null') as Registered | null;
  } catch {
    return null;
  }
}

export function remember(registered: Registered | null): void {
  try {
    if (registered) localStorage.setItem(place, JSON.stringify(registered));
    else localStorage.removeItem(place);
  } catch {
    // Full or forbidden: it is then registered anew at every start, which does no harm.
  }
}
