import { plus } from '../base/clock.js';
import type { AttemptView, DeliveryView, State } from './evolve.js';
import type { Facts, IntegrationFact, Settling } from './facts.js';

/** How long a report about an unknown attempt is waited for. */
export const REPORT_WAIT_MS = 60_000;
/** Pauses before the provider is asked about an unknown attempt: what it took may take a moment to show. */
export const LOOKUP_PAUSES_MS = [2_000, 15_000, 60_000] as const;

export type Settlement =
  | {
      readonly kind: 'lookup';
      readonly ordinal: number;
      readonly attempt: AttemptView;
      readonly delivery: DeliveryView;
    }
  | { readonly kind: 'wait'; readonly until: Date };

/**
 * What can still be learned about attempts that nobody knows the end of, before policy has to guess: the provider is asked,
 * or its report is waited for. Null when there is nothing to learn, or nothing unknown.
 */
export function nextSettlement(facts: Facts, state: State, now: Date): Settlement | null {
  let earliest: Date | null = null;
  for (const delivery of state.deliveries) {
    const last = delivery.attempts.at(-1);
    if (delivery.state !== 'UNKNOWN' || last?.end !== 'unknown' || keyHolder(facts, delivery, now)) continue;
    const settling = settlingOf(facts, last);
    const ended = last.endedAt ?? last.startedAt;
    const pause = settling?.lookup ? LOOKUP_PAUSES_MS[last.lookups] : undefined;
    const due = pause === undefined ? null : plus(ended, pause);
    if (due && due <= now) return { kind: 'lookup', ordinal: delivery.ordinal, attempt: last, delivery };
    const until = due ?? (settling?.reports ? plus(ended, REPORT_WAIT_MS) : null);
    if (until && until > now && (earliest === null || until < earliest)) earliest = until;
  }
  return earliest ? { kind: 'wait', until: earliest } : null;
}

/**
 * The integration that repeats the last, unknown attempt of a delivery without sending twice, because it knows it by our
 * key and still remembers; null when there is none.
 */
export function keyHolder(facts: Facts, delivery: DeliveryView, now: Date): string | null {
  const last = delivery.attempts.at(-1);
  if (delivery.state !== 'UNKNOWN' || last?.end !== 'unknown') return null;
  const integration = usable(facts, last);
  return integration && remembers(integration.settling, delivery, last, now) ? integration.key : null;
}

/**
 * Attempts that may have been taken, each a message that a further attempt could double: unknown for good, and not
 * repeated under the provider's own key.
 */
export function ambiguousCount(facts: Facts, state: State, now: Date): number {
  return (
    state.deliveries
      // What came back was certainly taken.
      .filter((delivery) => delivery.state !== 'BOUNCED')
      .flatMap((delivery) => delivery.attempts.filter((attempt) => isAmbiguous(facts, delivery, attempt, now))).length
  );
}

function isAmbiguous(facts: Facts, delivery: DeliveryView, attempt: AttemptView, now: Date): boolean {
  if (attempt.end !== 'unknown') return false;
  const next = delivery.attempts.find((other) => other.number > attempt.number);
  const settling = settlingOf(facts, attempt);
  // The next one went under the same key, or will: together they are one message.
  if (next)
    return !(
      next.integration === attempt.integration &&
      settling !== null &&
      remembers(settling, delivery, attempt, next.startedAt)
    );
  return keyHolder(facts, delivery, now) === null;
}

function remembers(settling: Settling, delivery: DeliveryView, attempt: AttemptView, now: Date): boolean {
  if (settling.keyMs === null) return false;
  const first = delivery.attempts.find((other) => other.integration === attempt.integration) ?? attempt;
  return now.getTime() < first.startedAt.getTime() + settling.keyMs;
}

function usable(facts: Facts, attempt: AttemptView): IntegrationFact | null {
  return (
    facts.integrations.find((integration) => integration.key === attempt.integration && integration.enabled) ?? null
  );
}

function settlingOf(facts: Facts, attempt: AttemptView): Settling | null {
  return facts.integrations.find((integration) => integration.key === attempt.integration)?.settling ?? null;
}
