import type { Clock } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { deadLettersAfter, takeDeadLetters } from '../store/dead-letters.js';
import { lockNotifications } from '../store/notification-log.js';
import { findEmptied } from '../store/retention-ledger.js';
import { appendEvents } from '../store/notifications.js';
import { advanceEach, type InTransaction, type Tx } from '../store/transaction.js';

export interface RedriveContext {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
}

/** Most dead letters that one call may name, and that one commit takes. */
export const REDRIVE_MAX = 1000;

/**
 * Gives dead letters another chance, as if they had never failed. Throws UserErrors when one is none (any more), or has
 * nothing left to say, by its place in the list; then nothing is changed. Answers how many.
 */
export async function redrive(
  context: RedriveContext,
  environmentId: string,
  notificationIds: readonly (string | null)[],
): Promise<number> {
  return context.inTransaction(async (tx) => {
    const wanted = notificationIds.flatMap((id) => id ?? []);
    const { taken, emptied } = await take(tx, environmentId, wanted, context.clock.now());
    const problems = notificationIds.flatMap((id, index) => {
      const path = ['input', 'notifications', index];
      if (id !== null && taken.has(id)) return [];
      return id !== null && emptied.has(id)
        ? [userError(path, 'CONTENT_GONE', 'what it said was not kept, because its time was over; send it anew')]
        : [userError(path, 'NOT_FOUND', 'no such dead letter; see deadLetters')];
    });
    if (problems.length > 0) throw new UserErrors(problems);
    return taken.size;
  });
}

/**
 * Gives all dead letters of now another chance that have something to say, a commit a thousand; repeating it goes on where it
 * ended. Answers how many.
 */
export async function redriveAll(context: RedriveContext, environmentId: string): Promise<number> {
  const until = context.clock.now();
  let count = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const slice = await context.inTransaction(async (tx) => {
      const ids = await deadLettersAfter(tx.db, environmentId, after, until, REDRIVE_MAX);
      const { taken } = await take(tx, environmentId, ids, context.clock.now());
      return { last: ids.at(-1), count: taken.size };
    });
    count += slice.count;
    if (slice.last === undefined) return count;
    after = slice.last;
  }
}

async function take(
  tx: Tx,
  environmentId: string,
  ids: readonly string[],
  now: Date,
): Promise<{ taken: Set<string>; emptied: Set<string> }> {
  // Notifications before what hangs on them, as delivery locks them.
  const locked = await lockNotifications(tx.db, environmentId, ids);
  const emptied = await findEmptied(tx.db, environmentId, ids);
  const speaking = ids.filter((id) => !emptied.has(id));
  const taken = new Set(await takeDeadLetters(tx.db, environmentId, speaking));
  const events = [...taken].map((id) => ({
    notification_id: id,
    at: now,
    type: 'notification.redriven',
    ordinal: null,
    data: {},
  }));
  await appendEvents(tx.db, environmentId, events);
  advanceEach(
    tx,
    locked.filter((row) => taken.has(row.notification_id)),
  );
  return { taken, emptied };
}
