import { encodeId } from '../base/ids.js';
import type { DeliveryState, NotificationState, WebhookEvent } from '../base/names.js';
import type { OutgoingEvent } from '../store/outgoing-events.js';
import type { Planned } from './planned.js';

/** Ends of a notification that operators can hear of. */
const FINISHED: Partial<Record<NotificationState, WebhookEvent>> = {
  COMPLETED: 'notification.completed',
  DIGESTED: 'notification.digested',
  FAILED: 'notification.failed',
  SUPPRESSED: 'notification.suppressed',
  UNROUTABLE: 'notification.unroutable',
  EXPIRED: 'notification.expired',
  CANCELED: 'notification.canceled',
};

/** States of a delivery that operators can hear of; the others are on the way there. */
const REACHED: Partial<Record<DeliveryState, WebhookEvent>> = {
  SENT: 'delivery.sent',
  SIMULATED: 'delivery.sent',
  DELIVERED: 'delivery.delivered',
  UNDELIVERED: 'delivery.undelivered',
  BOUNCED: 'delivery.bounced',
  UNKNOWN: 'delivery.unknown',
};

/** What a step changes that operators may want to hear of, deliveries before the end of their notification. */
export function outgoingEvents({ work, state }: Planned, now: Date): OutgoingEvent[] {
  const { id: notificationId } = work.situation.row;
  const before = new Map(work.state.deliveries.map((delivery) => [delivery.ordinal, delivery.state]));
  const events = state.deliveries.flatMap((delivery): OutgoingEvent[] => {
    const type = REACHED[delivery.state];
    const { ordinal, channel, reason } = delivery;
    const providerId = work.situation.row.erased ? null : delivery.providerId;
    // What came from outside is in the history that was read, and not yet in the row.
    if (!type || (before.get(ordinal) === delivery.state && !work.stale.has(ordinal))) return [];
    const attempt = delivery.attempts.at(-1);
    const by = { integration: attempt?.integration ?? null, provider: attempt?.provider ?? null };
    const deliveryId = `${encodeId('delivery', notificationId)}_${ordinal}`;
    const data = { deliveryId, channel, state: delivery.state, reason, ...by, providerId };
    return [{ type, at: now, notificationId, data }];
  });
  const type = state.finished && !work.state.finished ? FINISHED[state.finished.state] : undefined;
  if (!type || !state.finished) return events;
  const { state: ended, reason, at } = state.finished;
  return [...events, { type, at, notificationId, data: { state: ended, reason } }];
}
