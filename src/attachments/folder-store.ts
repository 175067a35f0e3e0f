import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AttachmentMissing, type AttachmentStore } from './store.js';

/**
 * Attachments as files below a folder. Several processes may share it; it is made with the first file. A file is there
 * whole or not at all: it is written beside its place, forced to disk, and renamed.
 */
export class FolderStore implements AttachmentStore {
  constructor(private readonly folder: string) {}

  async put(key: string, bytes: Buffer): Promise<void> {
    const path = this.pathOf(key);
    const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    const parent = dirname(path);
    // Readable for this user alone: files of other people's customers.
    const made = await mkdir(parent, { recursive: true, mode: 0o700 });
    try {
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await syncFolder(parent);
    // New folders are entries of those above them.
    if (made === undefined) return;
    const above = dirname(made);
    for (let at = parent; at !== above;) {
      at = dirname(at);
      await syncFolder(at);
    }
  }

  async get(key: string): Promise<Buffer> {
    try {
      return await readFile(this.pathOf(key));
    } catch (error) {
      if (isMissing(error)) throw new AttachmentMissing(key);
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  private pathOf(key: string): string {
    if (!/^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/.test(key))
      throw new Error(`not a key of the attachment store: ${key}`);
    return join(this.folder, key);
  }
}

/** Makes the names in a folder durable, where the system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
