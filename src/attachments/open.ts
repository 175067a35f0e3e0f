import { join } from 'node:path';
import { FolderStore } from './folder-store.js';
import { parseS3Url, S3Store } from './s3-store.js';
import type { AttachmentStore } from './store.js';

/** The store that the configuration names, and how to let go of it. Opening it reaches for nothing yet. */
export function openAttachmentStore(config: {
  readonly dataDir: string;
  readonly attachmentStore: string | null;
  readonly s3Endpoint: string | null;
}): { store: AttachmentStore; close: () => Promise<void> } {
  if (config.attachmentStore === null)
    return { store: new FolderStore(join(config.dataDir, 'attachments')), close: async () => undefined };
  const store = new S3Store({ ...parseS3Url(config.attachmentStore), endpoint: config.s3Endpoint });
  return { store, close: () => store.close() };
}
