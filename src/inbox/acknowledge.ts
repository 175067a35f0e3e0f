import type { DirectLane } from '../base/direct-lane.js';
import { markDisplayed } from '../store/inbox-changes.js';
import { lockNotifications } from '../store/notification-log.js';
import { appendEvents } from '../store/notifications.js';
import { advanceEach, type Tx } from '../store/transaction.js';

/**
 * Records that items were shown, as an event of their notifications, and wakes routing: what was pending elsewhere is
 * then not sent. Answers how many were news.
 */
export async function acknowledge(
  tx: Tx,
  direct: DirectLane,
  owner: { environmentId: string; recipientId: string },
  ids: readonly string[],
  now: Date,
): Promise<number> {
  const { environmentId, recipientId } = owner;
  // Notifications before items, as delivery locks them when it takes an item back at this very moment.
  const locked = await lockNotifications(tx.db, environmentId, ids);
  const shown = new Set(await markDisplayed(tx.db, environmentId, recipientId, ids, now));
  const events = [...shown].map((id) => ({
    notification_id: id,
    at: now,
    type: 'inbox.displayed',
    ordinal: null,
    data: {},
  }));
  await appendEvents(tx.db, environmentId, events);
  advanceEach(
    tx,
    locked.filter((row) => shown.has(row.notification_id)),
    direct,
  );
  return shown.size;
}
