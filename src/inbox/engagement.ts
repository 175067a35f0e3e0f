import type { DirectLane } from '../base/direct-lane.js';
import type { Engagement, InboxMark } from '../base/names.js';
import { findEngaged, findUnmarkedItems, type EngagingMark } from '../store/engagements.js';
import type { ItemSelection } from '../store/inbox-changes.js';
import { lockNotifications } from '../store/notification-log.js';
import { appendEvents } from '../store/notifications.js';
import type { OutgoingEvent } from '../store/outgoing-events.js';
import { advanceEach, type Tx } from '../store/transaction.js';

/** What somebody did with notifications, and when. */
export interface Engaged {
  readonly ids: readonly string[];
  readonly kind: Engagement;
  /** For all of them, or for each. */
  readonly at: Date | ReadonlyMap<string, Date>;
}

/**
 * Records that a person did something with notifications, once a kind, and wakes routing: silence has ended. Answers how
 * many were news. Unknown notifications change nothing.
 */
export async function recordEngagements(
  tx: Tx,
  direct: DirectLane,
  environmentId: string,
  { ids, kind, at: one }: Engaged,
): Promise<number> {
  const at = (id: string): Date => (one instanceof Date ? one : (one.get(id) as Date));
  const locked = await lockNotifications(tx.db, environmentId, ids);
  const known = await findEngaged(
    tx.db,
    environmentId,
    locked.map((row) => row.notification_id),
    kind,
  );
  const news = locked.filter((row) => !known.has(row.notification_id));
  const events = news.map((row) => ({
    notification_id: row.notification_id,
    at: at(row.notification_id),
    type: 'engagement.recorded',
    ordinal: null,
    data: { kind },
  }));
  await appendEvents(tx.db, environmentId, events);
  tx.emit(
    environmentId,
    news.map((row) => engagementEvent(row.notification_id, kind, at(row.notification_id))),
  );
  advanceEach(tx, news, direct);
  return news.length;
}

function engagementEvent(notificationId: string, kind: Engagement, at: Date): OutgoingEvent {
  return { type: 'engagement.recorded', at, notificationId, data: { kind } };
}

/** What a mark says of the person. Who puts an item away has dealt with it, read or not. */
const SAYS: Readonly<Record<EngagingMark, Engagement>> = {
  SEEN: 'SEEN',
  READ: 'READ',
  ARCHIVED: 'ACTED',
  SNOOZED: 'ACTED',
  PINNED: 'ACTED',
  DELETED: 'ACTED',
};

/**
 * Records what a mark says of items that it is about to change, for those notifications that still listen; of the others it
 * is only told to whoever has subscribed a URL to it. To be called before the items are touched: delivery locks notifications first and inboxes after, and so do we.
 */
export async function recordMarks(
  tx: Tx,
  direct: DirectLane,
  inbox: { environmentId: string; recipientId: string },
  selection: ItemSelection,
  mark: InboxMark,
  at: Date,
): Promise<void> {
  if (!saysSomething(mark)) return;
  const { environmentId } = inbox;
  const kind = SAYS[mark];
  const isHeard = await tx.isHeard(environmentId, 'engagement.recorded');
  const items = await findUnmarkedItems(tx.db, inbox, selection, mark, isHeard ? 'all' : 'awaited');
  const ids = items.filter((item) => item.awaited).map((item) => item.id);
  await recordEngagements(tx, direct, environmentId, { ids, kind, at });
  tx.emit(
    environmentId,
    items.filter((item) => !item.awaited).map((item) => engagementEvent(item.id, kind, at)),
  );
}

/** To take a mark back says nothing of the person. */
function saysSomething(mark: InboxMark): mark is EngagingMark {
  return mark in SAYS;
}
