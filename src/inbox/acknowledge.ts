import type { DirectLane } from '../base/direct-lane.js';
import { markDisplayed } from '../store/inbox-items.js';
import { appendEvents } from '../store/notifications.js';
import type { Tx } from '../store/transaction.js';

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
  const shown = await markDisplayed(tx.db, environmentId, recipientId, ids, now);
  if (shown.length === 0) return 0;
  const events = shown.map((id) => ({
    notification_id: id,
    at: now,
    type: 'inbox.displayed',
    ordinal: null,
    data: {},
  }));
  await appendEvents(tx.db, environmentId, events);
  tx.advance({ environmentId, lane: 'NORMAL', ids: shown }, direct);
  return shown.length;
}
