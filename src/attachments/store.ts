/** Where bytes of attachments lie: outside the database, so that rows stay small. Keys are those of `storeKey`. */
export interface AttachmentStore {
  /** Resolves when the bytes are durable. The same key again overwrites. */
  put(key: string, bytes: Buffer): Promise<void>;
  /** Throws AttachmentMissing when there is nothing under the key. */
  get(key: string): Promise<Buffer>;
  /** Also where there is nothing. */
  delete(key: string): Promise<void>;
}

/** Nothing lies under this key, and trying again will not bring it back. */
export class AttachmentMissing extends Error {
  override readonly name = 'AttachmentMissing';
  constructor(readonly key: string) {
    super(`nothing is stored under ${key}`);
  }
}

/** The store cannot be asked now; later it may. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * `9f/4e/<uuid>`: spread over 65,536 folders by the random end of the id, because its beginning is the time and would put
 * all that is new in one place, where a file system and a bucket alike are slow.
 */
export function storeKey(id: string): string {
  return `${id.slice(-2)}/${id.slice(-4, -2)}/${id}`;
}
