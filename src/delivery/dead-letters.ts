import { plus, type Clock } from '../base/clock.js';
import { uuidv7 } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import { toEventRow } from '../recipients/history.js';
import { raiseAlerts } from '../store/alerts.js';
import { buryNotifications, recordStumbles } from '../store/dead-letters.js';
import { appendEvents, loadEvents, type EventRow } from '../store/notifications.js';
import { clearTimers, setTimers } from '../store/timers.js';
import type { InTransaction, Tx, Work } from '../store/transaction.js';

interface Context {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Failures of our own processing, not of a provider, after which a notification is a dead letter. */
const STUMBLES_MAX = 5;
const FIRST_PAUSE_MS = 5_000;

/**
 * Notifications whose processing threw: tried again with growing pauses, so that a passing fault passes, and buried after
 * some tries. They fail alone; their neighbours went on.
 */
export async function stumble(
  context: Context,
  { environmentId, lane, tenant = null }: Omit<Work, 'ids'>,
  failed: readonly { id: string; error: string }[],
): Promise<void> {
  await context.inTransaction(async (tx) => {
    const now = context.clock.now();
    const counts = await recordStumbles(tx.db, environmentId, failed, lane, now);
    const timers = failed.flatMap(({ id }) => {
      const failures = counts.get(id) ?? STUMBLES_MAX;
      if (failures >= STUMBLES_MAX) return [];
      const at = plus(now, FIRST_PAUSE_MS * 2 ** (failures - 1));
      tx.wakeAt(at);
      return [{ environment_id: environmentId, notification_id: id, at, lane, tenant, integration_id: null }];
    });
    // Their nets would ring sooner, and for nothing.
    await clearTimers(
      tx.db,
      environmentId,
      failed.map((one) => one.id),
    );
    await setTimers(tx.db, timers);
    const dead = failed.filter(({ id }) => (counts.get(id) ?? STUMBLES_MAX) >= STUMBLES_MAX);
    await buryIn(tx, environmentId, dead, now);
  });
  for (const { id, error } of failed)
    context.log.error({ environmentId, notification: id, error }, 'a notification could not be processed');
}

/** Notifications that nobody may touch any more, because they killed the processes that did. */
export async function bury(
  context: Context,
  environmentId: string,
  ids: readonly string[],
  error: string,
): Promise<void> {
  await context.inTransaction(async (tx) => {
    const now = context.clock.now();
    const dead = ids.map((id) => ({ id, error }));
    await recordStumbles(tx.db, environmentId, dead, 'NORMAL', now);
    await buryIn(tx, environmentId, dead, now);
  });
  context.log.error({ environmentId, notifications: ids, error }, 'notifications became dead letters');
}

async function buryIn(
  tx: Tx,
  environmentId: string,
  dead: readonly { id: string; error: string }[],
  now: Date,
): Promise<void> {
  if (dead.length === 0) return;
  const ids = dead.map((one) => one.id);
  await closeAttempts(tx, environmentId, ids, now);
  const finished = { type: 'notification.finished', at: now, state: 'FAILED', reason: 'DEAD_LETTER', why: '' } as const;
  await appendEvents(
    tx.db,
    environmentId,
    ids.map((id) => toEventRow(id, 0, finished)),
  );
  await buryNotifications(tx.db, environmentId, ids, now);
  await clearTimers(tx.db, environmentId, ids);
  const data = { state: finished.state, reason: finished.reason };
  tx.emit(
    environmentId,
    ids.map((id) => ({ type: 'notification.failed', at: now, notificationId: id, data })),
  );
  await raiseAlerts(tx, [
    {
      environment_id: environmentId,
      id: uuidv7(now),
      type: 'NOTIFICATION_DEAD',
      integration_key: null,
      detail: `${ids.length} notification(s) could not be processed; see deadLetters, and redriveDeadLetters once the cause is gone: ${dead[0]?.error.slice(0, 300)}`,
      created_at: now,
    },
  ]);
}

/**
 * A call that was running when its process died stays unknown: nobody will look at it again. Read off the rows alone: what
 * cannot be processed may be a history that cannot be folded.
 */
async function closeAttempts(tx: Tx, environmentId: string, ids: readonly string[], now: Date): Promise<void> {
  const histories = await loadEvents(tx.db, environmentId, ids);
  const ends = [...histories].flatMap(([id, rows]) => {
    const ended = new Set(rows.filter((row) => ENDS.has(row.type)).map(nameOf));
    const open = rows.findLast((row) => row.type === 'attempt.started' && !ended.has(nameOf(row)));
    if (!open) return [];
    const data = {
      number: open.data['number'],
      durationMs: null,
      httpStatus: null,
      code: 'LEASE_EXPIRED',
      detail: null,
    };
    return [{ notification_id: id, at: now, type: 'attempt.unknown', ordinal: open.ordinal, data }];
  });
  await appendEvents(tx.db, environmentId, ends);
}

const ENDS: ReadonlySet<string> = new Set(
  ['accepted', 'rejected', 'failed', 'rate_limited', 'misconfigured', 'unknown'].map((end) => `attempt.${end}`),
);

function nameOf({ ordinal, data }: Pick<EventRow, 'ordinal' | 'data'>): string {
  return `${ordinal}.${String(data['number'])}`;
}
