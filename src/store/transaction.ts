import { plus, type Clock } from '../base/clock.js';
import type { DirectLane, Reservation } from '../base/direct-lane.js';
import type { Lane } from '../base/names.js';
import type { Enqueue, JobInput, Queue } from '../queue/queue.js';
import type { Database, Db } from './database.js';

/** Tells readers that an inbox has something new. Ids alone: what it is, they read by version. */
export interface InboxHint {
  readonly environmentId: string;
  readonly recipientId: string;
}

/** Notifications to carry on. */
export interface Work {
  readonly environmentId: string;
  readonly lane: Lane;
  readonly ids: readonly string[];
  /** The caller's customer that it is for; one job never mixes them. */
  readonly tenant?: string | null;
}

/** One commit, with everything that follows from it. */
export interface Tx {
  readonly db: Db;
  /** Jobs that ride on the commit. */
  readonly enqueue: Enqueue;
  /**
   * Carries notifications on after the commit: in this process at once where `direct` has a slot free, with a deferred job
   * as the net under it; by the queue otherwise.
   */
  advance(work: Work, direct?: DirectLane): void;
  /** A hint that goes out after the commit. */
  announce(hint: InboxHint): void;
}

/** Runs `work` in one transaction; throws what it throws, after rolling back. */
export type InTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** By then a direct dispatch is done, or its process is dead. */
const NET_DELAY_MS = 10_000;
/** Notifications in one job. */
const JOB_SIZE = 500;

type Piece = Work & { readonly reservation: Reservation | null };

/**
 * @param announce sends the hints of a commit, once it is durable; must not throw
 */
export function transactions(
  context: { database: Database; queue: Pick<Queue, 'insert'>; clock: Clock },
  announce: (hints: readonly InboxHint[]) => void,
): InTransaction {
  return async (work) => {
    const hints: InboxHint[] = [];
    const pieces: Piece[] = [];
    try {
      const result = await context.database.transaction(async (db) => {
        const jobs: JobInput[] = [];
        const value = await work({
          db,
          enqueue: (...more) => void jobs.push(...more),
          advance: (piece, direct) =>
            void pieces.push({ ...piece, reservation: direct?.reserve(piece.ids.length) ?? null }),
          announce: (hint) => void hints.push(hint),
        });
        await context.queue.insert(db, [...jobs, ...advanceJobs(pieces, context.clock.now())]);
        return value;
      });
      if (hints.length > 0) announce(hints);
      for (const { reservation, environmentId, ids, lane } of pieces) reservation?.run(environmentId, ids, lane);
      return result;
    } catch (error) {
      for (const { reservation } of pieces) reservation?.release();
      throw error;
    }
  };
}

/** One job for many pieces: now for what the queue carries, later for what is dispatched from here. */
function advanceJobs(pieces: readonly Piece[], now: Date): JobInput[] {
  const groups = Map.groupBy(pieces, (piece) =>
    JSON.stringify([piece.environmentId, piece.lane, piece.reservation !== null, piece.tenant ?? null]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { environmentId, lane, reservation, tenant } = first;
    const of = tenant == null ? {} : { tenant };
    const at = reservation ? { at: plus(now, NET_DELAY_MS) } : {};
    const ids = group.flatMap((piece) => piece.ids);
    return Array.from({ length: Math.ceil(ids.length / JOB_SIZE) }, (_, nth): JobInput => {
      const slice = ids.slice(nth * JOB_SIZE, (nth + 1) * JOB_SIZE);
      return { job: 'advance', lane, data: { environmentId, ids: slice, ...of }, ...at };
    });
  });
}
