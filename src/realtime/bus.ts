import type { InboxHint } from '../store/transaction.js';

/**
 * Carries hints between processes. Hints may be lost, doubled and late: readers find what they missed by version. Today
 * Postgres LISTEN/NOTIFY is behind it; NATS or Redis can take its place.
 */
export interface Bus {
  publish(hints: readonly InboxHint[]): void;
}
