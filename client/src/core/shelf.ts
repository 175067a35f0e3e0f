/** One thing kept for one person in a storage that may be full, forbidden, missing or written by somebody else. */
export interface Shelf<Content> {
  readonly key: string;
  /** Null: nothing is kept. */
  storage: Storage | null;
  /** What was put there; null when there is nothing. What is not for us, or not whole, is thrown away. */
  get(): Content | null;
  /** Null takes away what is there. False: it could not be done. */
  set(content: Content | null): boolean;
}

/** Of what is kept: grows when an older client could not read it. */
const format = 1;

/** The shelf of this key for this owner; without a storage at first. */
export function shelf<Content>(key: string, owner: string): Shelf<Content> {
  const place: Shelf<Content> = {
    key,
    storage: null,
    get() {
      try {
        const kept = JSON.parse(place.storage?.getItem(key) ?? 'null') as [number, string, Content];
        if (kept[0] === format && kept[1] === owner) return kept[2];
      } catch {
        // Not ours to mend.
      }
      place.set(null);
      return null;
    },
    set(content) {
      const { storage } = place;
      try {
        if (content) storage?.setItem(key, JSON.stringify([format, owner, content]));
        else storage?.removeItem(key);
        return !!storage;
      } catch {
        return false;
      }
    },
  };
  return place;
}

/** The browser's own storage, where there is one that may be used. */
export function browserStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
