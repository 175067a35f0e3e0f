import { plus, type Clock } from '../base/clock.js';
import { uuidv7 } from '../base/ids.js';
import type { Lane } from '../base/names.js';
import type { JobPayloads } from '../queue/jobs.js';
import { peopleAfter } from '../store/audiences.js';
import { insertNotifications } from '../store/notifications.js';
import { lockSend, saveExpansion, type SendRow } from '../store/sends.js';
import { subscribersAfter } from '../store/topics.js';
import type { InTransaction, Tx } from '../store/transaction.js';

/** People that become notifications in one job: small enough that another broadcast waits a moment, not minutes. */
const SLICE = 5_000;
/** With more than this waiting in a lane, broadcasts make no more for it: the queue stays small whatever is sent. */
const BACKLOG_MAX = 50_000;
const PAUSE_MS = 1_000;

export interface FanOutContext {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  /** Notifications that wait in a lane now; without it, slices follow each other at once. */
  readonly backlog?: (lane: Lane) => number | Promise<number>;
}

/**
 * Turns the next slice of a topic's or an audience's people into notifications. A slice is one commit with the jobs that
 * carry it on, the place it came to, and the job for the next slice at the tail of the queue: broadcasts take turns, a
 * crash resumes at that place, and a cancel between two slices ends it.
 */
export async function expandSend(context: FanOutContext, job: JobPayloads['expand']): Promise<void> {
  const { lane } = job;
  const waiting = (await context.backlog?.(lane)) ?? 0;
  await context.inTransaction(async (tx) => {
    if (waiting > BACKLOG_MAX)
      return tx.enqueue({ job: 'expand', lane, data: job, at: plus(context.clock.now(), PAUSE_MS) });
    const next = await expandSlice(tx, job, context.clock.now());
    if (next !== null) tx.enqueue({ job: 'expand', lane, data: { ...job, after: next } });
  });
}

/** Answers where the next slice begins; null when there is none, or when this job was carried out before. */
async function expandSlice(tx: Tx, job: JobPayloads['expand'], now: Date): Promise<string | null> {
  const { db } = tx;
  const { environmentId, sendId, lane, tenant = null, after } = job;
  const send = await lockSend(db, environmentId, sendId);
  if (!send || send.expanded) return null;
  // A job that comes again after its commit would start a second chain beside the one that it has started.
  if (after !== undefined && after !== send.expanded_through) return null;
  const { ids, through } = await nextPeople(db, send);
  const rows = ids.map((recipientId) => ({
    environment_id: environmentId,
    id: uuidv7(now),
    send_id: sendId,
    recipient_id: recipientId,
    category_key: send.category_key,
  }));
  await insertNotifications(db, rows);
  tx.advance({ environmentId, lane, tenant, ids: rows.map((row) => row.id) });
  await saveExpansion(db, environmentId, sendId, {
    through: through ?? ids.at(-1) ?? send.expanded_through,
    expanded: through === null,
    added: rows.length,
  });
  return through;
}

/** Ids in order, and how far they reach; null when nobody is left. */
async function nextPeople(db: Tx['db'], send: SendRow): Promise<{ ids: string[]; through: string | null }> {
  const { environment_id: environmentId, expanded_through: after } = send;
  if (send.audience !== null) return peopleAfter(db, environmentId, send.audience, after, SLICE);
  if (send.topic_id === null) return { ids: [], through: null };
  const ids = await subscribersAfter(db, environmentId, send.topic_id, after, SLICE);
  return { ids, through: ids.length === SLICE ? (ids.at(-1) as string) : null };
}
