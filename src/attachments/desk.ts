import { createHash } from 'node:crypto';
import { plus, type Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import { AppError, messageOf, userError, type UserError } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import { Places } from '../base/places.js';
import {
  deleteAttachments,
  insertAttachments,
  keepAttachments,
  lockStaleAttachments,
  type AttachmentRow,
} from '../store/attachments.js';
import type { Database, Db } from '../store/database.js';
import { FILES_MAX, tooLarge, tooLargeTogether, type AttachmentSource } from './check.js';
import { FetchFailed, fetchFile } from './fetch.js';
import { storeKey, type AttachmentStore } from './store.js';

/** Files are kept this long after the last moment that their send was meant for. */
export const KEPT_MS = 30 * 86_400_000;
/** Stored, but of no send yet: by then it was refused, or its process is dead. */
const PENDING_MS = 3_600_000;
/** Files by URL that one process fetches and stores at once, and files by content that it stores: each is in memory as a whole. */
const AT_ONCE = 8;
/** Files that are dropped in one transaction. */
const DROP_SLICE = 100;

export interface AttachmentContext {
  readonly database: Database;
  readonly store: AttachmentStore;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Where files of sends are taken in. Their rows come first and are short-lived, then their bytes; the commit of the send
 * makes the rows last. So whatever dies on the way, nothing lies in the store that no row knows of, and `drop` finds it.
 */
export class AttachmentDesk {
  // Apart, so that a slow server holds up nobody who brings his files along.
  private readonly places = { url: new Places(AT_ONCE), content: new Places(AT_ONCE) };

  constructor(private readonly context: AttachmentContext) {}

  /**
   * Fetches what has to be fetched and stores all of it, for a while. Answers rows in the order of the sources, or what is
   * wrong; then nothing stays stored. Throws when the store or the database cannot be written.
   */
  async take(
    environmentId: string,
    sources: readonly AttachmentSource[],
    path: readonly (string | number)[],
  ): Promise<{ rows: AttachmentRow[] } | { problems: UserError[] }> {
    const taken = await Promise.allSettled(
      sources.map((source, index) =>
        this.places[source.from].in(() => this.takeOne(environmentId, source, [...path, index])),
      ),
    );
    const answers = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const rows = answers.flatMap((one) => ('row' in one ? [one.row] : []));
    const problems = answers.flatMap((one) => ('problem' in one ? [one.problem] : []));
    const broken = taken.find((one) => one.status === 'rejected');
    const bytes = rows.reduce((sum, row) => sum + row.size, 0);
    if (bytes > FILES_MAX) problems.push(tooLargeTogether(path, bytes));
    if (!broken && problems.length === 0) return { rows };
    await this.discard(rows);
    if (broken) throw broken.reason;
    return { problems };
  }

  /** Makes files last as part of the commit of their sends. `neededAt`: the last moment that the send is meant for. */
  async keep(db: Db, files: readonly { rows: readonly AttachmentRow[]; neededAt: Date }[]): Promise<void> {
    await keepAttachments(
      db,
      files.flatMap(({ rows, neededAt }) =>
        rows.map(({ environment_id, id }) => ({ environment_id, id, kept_until: plus(neededAt, KEPT_MS) })),
      ),
    );
  }

  /** Lets go of files whose send was not stored. Never throws: what it cannot drop now, `drop` will. */
  async discard(rows: readonly AttachmentRow[]): Promise<void> {
    const { database, store, log } = this.context;
    try {
      await Promise.all(rows.map((row) => store.delete(row.store_key)));
      if (rows.length > 0) await deleteAttachments(database.db, rows);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'attachments of a refused send could not be dropped at once');
    }
  }

  /** Drops files whose time is over: their bytes first, so that what breaks off is found again. Answers how many. */
  async drop(): Promise<number> {
    const { database, store, clock } = this.context;
    for (let dropped = 0; ;) {
      const count = await database.transaction(async (db) => {
        const rows = await lockStaleAttachments(db, clock.now(), DROP_SLICE);
        await Promise.all(rows.map((row) => store.delete(row.store_key)));
        if (rows.length > 0) await deleteAttachments(db, rows);
        return rows.length;
      });
      dropped += count;
      if (count < DROP_SLICE) return dropped;
    }
  }

  private async takeOne(
    environmentId: string,
    source: AttachmentSource,
    path: readonly (string | number)[],
  ): Promise<{ row: AttachmentRow } | { problem: UserError }> {
    const { database, store, clock, log } = this.context;
    const file = await this.fileOf(source, path);
    if ('problem' in file) return file;
    const now = clock.now();
    const id = uuidv7(now);
    const row: AttachmentRow = {
      environment_id: environmentId,
      id,
      store_key: storeKey(id),
      filename: file.filename,
      content_type: file.contentType,
      content_id: source.contentId,
      size: file.bytes.length,
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
    };
    await insertAttachments(database.db, [row], now, plus(now, PENDING_MS));
    try {
      await store.put(row.store_key, file.bytes);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the attachment store cannot be written');
      throw new AppError('UNAVAILABLE', 'the service cannot store attachments now; try again');
    }
    return { row };
  }

  private async fileOf(
    source: AttachmentSource,
    path: readonly (string | number)[],
  ): Promise<{ filename: string; contentType: string; bytes: Buffer } | { problem: UserError }> {
    if (source.from === 'content') return source;
    try {
      const fetched = await fetchFile(source.url, this.context.egress);
      return {
        bytes: fetched.bytes,
        filename: source.filename ?? fetched.filename,
        contentType: source.contentType ?? fetched.contentType,
      };
    } catch (error) {
      if (!(error instanceof FetchFailed)) throw error;
      const at = [...path, 'url'];
      const problem = error.large
        ? tooLarge(at, error.message)
        : userError(at, 'ATTACHMENT_FETCH_FAILED', error.message);
      return { problem };
    }
  }
}
