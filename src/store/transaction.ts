import type { Enqueue, JobInput, Queue } from '../queue/queue.js';
import type { Database, Db } from './database.js';

/** Tells readers that an inbox has something new. Ids alone: what it is, they read by version. */
export interface InboxHint {
  readonly environmentId: string;
  readonly recipientId: string;
}

/** One commit, three effects: rows, jobs that ride on it, and hints that go out after it. */
export interface Tx {
  readonly db: Db;
  readonly enqueue: Enqueue;
  announce(hint: InboxHint): void;
}

/** Runs `work` in one transaction; throws what it throws, after rolling back. */
export type InTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/**
 * @param announce sends the hints of a commit, once it is durable; must not throw
 */
export function transactions(
  database: Database,
  queue: Pick<Queue, 'insert'>,
  announce: (hints: readonly InboxHint[]) => void,
): InTransaction {
  return async (work) => {
    const hints: InboxHint[] = [];
    const result = await database.transaction(async (db) => {
      const jobs: JobInput[] = [];
      const value = await work({
        db,
        enqueue: (...more) => void jobs.push(...more),
        announce: (hint) => void hints.push(hint),
      });
      await queue.insert(db, jobs);
      return value;
    });
    if (hints.length > 0) announce(hints);
    return result;
  };
}
