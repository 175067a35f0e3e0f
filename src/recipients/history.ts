import { instant } from '../base/clock.js';
import type { HistoryEvent } from '../routing/history.js';
import type { EventRow } from '../store/notifications.js';

const DATE_FIELDS = new Set(['until', 'leaseUntil', 'retryAt', 'ackBy', 'closesAt']);

/** A ledger row as routing reads it. */
export function toHistoryEvent(row: Pick<EventRow, 'type' | 'at' | 'ordinal' | 'data'>): HistoryEvent {
  const data = Object.fromEntries(
    Object.entries(row.data).map(([key, value]) => [
      key,
      DATE_FIELDS.has(key) && typeof value === 'string' ? instant(value) : value,
    ]),
  );
  const ordinal = row.ordinal === null ? {} : { ordinal: row.ordinal };
  return { type: row.type, at: row.at, ...ordinal, ...data } as unknown as HistoryEvent;
}

/** What an event looks like in the ledger. */
export function toEventRow(notificationId: string, seq: number, event: HistoryEvent): EventRow {
  const { type, at, ...rest } = event;
  const { ordinal, ...data } = { ordinal: null, ...rest } as { ordinal: number | null } & Record<string, unknown>;
  return { notification_id: notificationId, seq, at, type, ordinal, data };
}
