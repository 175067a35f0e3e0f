/** One thing kept for one person in a storage that may be full, forbidden, missing or written by somebody else. */
export class Shelf<Content> {
  /** Null: nothing is kept. */
  storage: Storage | null = null;

  constructor(
    readonly key: string,
    private readonly owner: string,
  ) {}

  /** What was put there; null when there is nothing. What is not for us, or not whole, is thrown away. */
  get(): Content | null {
    const { storage, key, owner } = this;
    try {
      const text = storage?.getItem(key);
      if (!text) return null;
      const kept = JSON.parse(text) as { format: number; owner: string; content: Content };
      if (kept.format === format && kept.owner === owner) return kept.content;
    } catch {
      // Not ours to mend.
    }
    this.clear();
    return null;
  }

  /** False: it could not be kept. */
  set(content: Content): boolean {
    const { storage, key, owner } = this;
    try {
      storage?.setItem(key, JSON.stringify({ format, owner, content }));
      return storage !== null;
    } catch {
      return false;
    }
  }

  /** Throws away what is there, and keeps nothing from now on. */
  close(): void {
    this.clear();
    this.storage = null;
  }

  clear(): void {
    try {
      this.storage?.removeItem(this.key);
    } catch {
      // Then it stays; it says whose it is.
    }
  }
}

/** Of what is kept: grows when an older client could not read it. */
const format = 1;

/** The browser's own storage, where there is one that may be used. */
export function browserStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
