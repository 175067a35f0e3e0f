import { messageOf } from '../base/errors.js';
import { findAttachments } from '../store/attachments.js';
import type { Db } from '../store/database.js';
import { AttachmentMissing, StoreUnavailable, type AttachmentStore } from './store.js';

/** Bytes of files that one process keeps at hand, so that a fan-out does not read its files once a person. */
const KEPT_BYTES = 64_000_000;

/** A file that was taken from the store. */
export interface ShelvedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly bytes: Buffer;
}

/** Files of sends as they are carried out: read once, and those that were asked for last stay at hand. */
export class AttachmentShelf {
  private readonly files = new Map<string, { size: number; file: Promise<ShelvedFile> }>();
  private bytes = 0;

  constructor(
    private readonly db: Db,
    private readonly store: AttachmentStore,
    private readonly keptBytes: number = KEPT_BYTES,
  ) {}

  /** The files of a send, in its order. Throws AttachmentMissing when one is gone for good, StoreUnavailable when the store fails. */
  load(environmentId: string, files: readonly { id: string; size: number }[]): Promise<ShelvedFile[]> {
    return Promise.all(files.map(({ id, size }) => this.file(environmentId, id, size)));
  }

  private file(environmentId: string, id: string, size: number): Promise<ShelvedFile> {
    const name = `${environmentId} ${id}`;
    const known = this.files.get(name);
    if (known) {
      // Asked for last, dropped last.
      this.files.delete(name);
      this.files.set(name, known);
      return known.file;
    }
    const entry = { size, file: this.read(environmentId, id) };
    this.files.set(name, entry);
    this.bytes += size;
    entry.file.catch(() => this.forget(name, entry));
    for (const [other, old] of this.files) {
      if (this.bytes <= this.keptBytes) break;
      this.forget(other, old);
    }
    return entry.file;
  }

  private forget(name: string, entry: { size: number }): void {
    if (this.files.get(name) !== entry) return;
    this.files.delete(name);
    this.bytes -= entry.size;
  }

  private async read(environmentId: string, id: string): Promise<ShelvedFile> {
    const [row] = await findAttachments(this.db, environmentId, [id]);
    if (!row) throw new AttachmentMissing(id);
    const bytes = await this.bytesOf(row.store_key);
    return { filename: row.filename, contentType: row.content_type, contentId: row.content_id, bytes };
  }

  private async bytesOf(key: string): Promise<Buffer> {
    try {
      return await this.store.get(key);
    } catch (error) {
      throw error instanceof AttachmentMissing ? error : new StoreUnavailable(messageOf(error));
    }
  }
}
