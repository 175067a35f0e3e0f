import { type Clock } from '../base/clock.js';
import type { DirectLane, Reservation } from '../base/direct-lane.js';
import type { Lane, WebhookEvent } from '../base/names.js';
import type { Enqueue, JobInput, Queue } from '../queue/queue.js';
import type { Database, Db } from './database.js';
import { againAfterDeadlock } from './deadlock.js';
import { readEventTypes, type KeptRows } from './kept-rows.js';
import { writeEmitted, type Emitted, type OutgoingEvent } from './outgoing-events.js';
import { setTimers } from './timers.js';
import type { WakeBook } from './wakes.js';

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
  /** Whose they are: work takes turns between tenants. */
  readonly tenant?: string | null;
}

/** One commit, with everything that follows from it. */
export interface Tx {
  readonly db: Db;
  /** Jobs that ride on the commit. */
  readonly enqueue: Enqueue;
  /**
   * Carries notifications on after the commit: in this process at once where `direct` has a slot free, with timers as the
   * net under it; by the queue otherwise.
   */
  advance(work: Work, direct?: DirectLane): void;
  /** What has a timer due then is looked at then. */
  wakeAt(at: Date): void;
  /** A hint that goes out after the commit. */
  announce(hint: InboxHint): void;
  /** What happened, for whoever has subscribed a URL to it: their calls are stored with the commit. */
  emit(environmentId: string, events: readonly OutgoingEvent[]): void;
  /** Has anybody subscribed a URL to events of this type? */
  isHeard(environmentId: string, type: WebhookEvent): Promise<boolean>;
}

/**
 * Runs `work` in one transaction; throws what it throws, after rolling back. The victim of a deadlock runs again from its
 * beginning, so `work` changes nothing outside the transaction that a second run would not set anew.
 */
export type InTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** By then a direct dispatch is done, or its process is dead. */
const NET_DELAY_MS = 10_000;
/** Nets need not be exact: those of a second share a job. */
const NET_GRAIN_MS = 1_000;
/** Notifications in one job. */
const JOB_SIZE = 500;

type Piece = Work & { readonly reservation: Reservation | null };

/**
 * @param context `kept`: what spares most commits the question whether anybody wants to hear of them
 * @param announce sends the hints of a commit, once it is durable; must not throw
 */
export function transactions(
  context: { database: Database; queue: Pick<Queue, 'insert'>; clock: Clock; wakes: WakeBook; kept?: KeptRows },
  announce: (hints: readonly InboxHint[]) => void,
): InTransaction {
  const { database, queue, clock, wakes, kept } = context;
  const once = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const hints: InboxHint[] = [];
    const pieces: Piece[] = [];
    let moments: number[] = [];
    try {
      const result = await database.transaction(async (db) => {
        const jobs: JobInput[] = [];
        const ats: Date[] = [];
        const emitted: Emitted[] = [];
        const value = await work({
          db,
          enqueue: (...more) => void jobs.push(...more),
          advance: (piece, direct) => {
            if (piece.ids.length > 0)
              pieces.push({ ...piece, reservation: direct?.reserve(piece.ids.length, piece) ?? null });
          },
          wakeAt: (at) => void ats.push(at),
          announce: (hint) => void hints.push(hint),
          emit: (environmentId, events) => {
            if (events.length > 0) emitted.push({ environmentId, events });
          },
          isHeard: async (environmentId, type) => (await readEventTypes(db, environmentId, kept)).has(type),
        });
        const now = clock.now();
        const net = new Date(Math.ceil((now.getTime() + NET_DELAY_MS) / NET_GRAIN_MS) * NET_GRAIN_MS);
        if (await setNets(db, pieces, net)) ats.push(net);
        const due = wakes.jobsFor(ats, now);
        moments = due.moments;
        if (await writeEmitted(db, emitted, kept, now)) jobs.push({ job: 'webhooks', lane: 'NORMAL', data: {} });
        await queue.insert(db, [...jobs, ...due.jobs, ...advanceJobs(pieces)]);
        return value;
      });
      wakes.remember(moments);
      if (hints.length > 0) announce(hints);
      for (const { reservation, ids, lane } of pieces) reservation?.run(ids, lane);
      return result;
    } catch (error) {
      for (const { reservation } of pieces) reservation?.release();
      throw error;
    }
  };
  return (work) => againAfterDeadlock(() => once(work));
}

/** A notification with what says where its work belongs. */
export interface Owned {
  readonly environment_id: string;
  readonly notification_id: string;
  readonly lane: Lane;
  readonly tenant: string | null;
}

/** Carries many notifications on, those of one owner and lane together. */
export function advanceEach(tx: Pick<Tx, 'advance'>, rows: readonly Owned[], direct?: DirectLane): void {
  const groups = Map.groupBy(rows, (row) => ownerOf(row.environment_id, row.lane, row.tenant));
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const { environment_id: environmentId, lane, tenant } = first;
    tx.advance({ environmentId, lane, tenant, ids: group.map((row) => row.notification_id) }, direct);
  }
}

function ownerOf(environmentId: string, lane: Lane, tenant: string | null | undefined): string {
  return `${environmentId} ${lane} ${tenant ?? ''}`;
}

/** The net under what is dispatched from here. */
async function setNets(db: Db, pieces: readonly Piece[], at: Date): Promise<boolean> {
  const nets = pieces.flatMap(({ reservation, environmentId, lane, tenant, ids }) =>
    reservation === null
      ? []
      : ids.map((id) => ({
          environment_id: environmentId,
          notification_id: id,
          at,
          lane,
          tenant: tenant ?? null,
          integration_id: null,
        })),
  );
  await setTimers(db, nets);
  return nets.length > 0;
}

/** What the queue carries: one job for many pieces of one owner. */
function advanceJobs(pieces: readonly Piece[]): JobInput[] {
  const queued = pieces.filter((piece) => piece.reservation === null);
  const groups = Map.groupBy(queued, (piece) => ownerOf(piece.environmentId, piece.lane, piece.tenant));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { environmentId, lane, tenant } = first;
    const of = tenant == null ? {} : { tenant };
    const ids = group.flatMap((piece) => piece.ids);
    return Array.from({ length: Math.ceil(ids.length / JOB_SIZE) }, (_, nth): JobInput => {
      const slice = ids.slice(nth * JOB_SIZE, (nth + 1) * JOB_SIZE);
      return { job: 'advance', lane, data: { environmentId, ids: slice, ...of } };
    });
  });
}
