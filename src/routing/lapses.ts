import type { State } from './state.js';
import type { HistoryEvent } from './history.js';

/** What time alone has made true: leases that ran out, displays that nobody acknowledged. */
export function lapses(state: State, now: Date): HistoryEvent[] {
  return state.deliveries.flatMap((delivery): HistoryEvent[] => {
    const { ordinal } = delivery;
    if (delivery.ackBy !== null && delivery.state === 'SENDING' && delivery.ackBy <= now)
      return [{ type: 'inbox.missed', at: now, ordinal }];
    return delivery.attempts
      .filter((attempt) => attempt.end === null && attempt.leaseUntil <= now)
      .map((attempt) => ({
        type: 'attempt.unknown',
        at: now,
        ordinal,
        number: attempt.number,
        durationMs: null,
        httpStatus: null,
        code: 'LEASE_EXPIRED',
        detail: 'the process that made this call did not report back in time',
      }));
  });
}
