import type { DeliveryState } from '../base/names.js';

/**
 * How far along a delivery is. Reports may come late, twice or in the wrong order, so a state may only be replaced by
 * one of higher rank; the one exception, a bounce after delivered, has the highest.
 */
export const DELIVERY_RANK: Readonly<Record<DeliveryState, number>> = {
  QUEUED: 10,
  SENDING: 20,
  RETRYING: 22,
  UNKNOWN: 25,
  SKIPPED: 30,
  CANCELED: 30,
  EXPIRED: 30,
  UNDELIVERED: 30,
  SENT: 40,
  SIMULATED: 40,
  DELIVERED: 50,
  BOUNCED: 60,
};
