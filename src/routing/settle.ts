import { plus } from '../base/clock.js';
import type { ChannelName } from '../base/names.js';
import { DELIVERY_RANK } from './delivery-rank.js';
import { isReached, type AttemptView, type DeliveryView, type State } from './state.js';
import type { Facts, IntegrationFact, Settling } from './facts.js';
import { hasUntried } from './targets.js';

/** How long a report about an unknown attempt is waited for; a sign-in code is worth nothing after a minute. */
export const REPORT_WAIT_MS = 60_000;
export const REPORT_WAIT_SECURITY_MS = 5_000;
/** Pauses before the provider is asked about an unknown attempt: what it took may take a moment to show. */
export const LOOKUP_PAUSES_MS = [2_000, 15_000, 60_000] as const;

export type Settlement =
  | {
      readonly kind: 'lookup';
      readonly ordinal: number;
      readonly attempt: AttemptView;
      readonly delivery: DeliveryView;
    }
  | { readonly kind: 'wait'; readonly until: Date; readonly delivery: DeliveryView };

/**
 * What can still be learned about attempts that nobody knows the end of, before policy has to guess: the provider is asked,
 * or its report is waited for. Null when there is nothing to learn, or nothing unknown.
 */
export function nextSettlement(facts: Facts, state: State, now: Date): Settlement | null {
  let earliest: Settlement | null = null;
  for (const delivery of state.deliveries) {
    const last = delivery.attempts.at(-1);
    if (delivery.state !== 'UNKNOWN' || last?.end !== 'unknown' || keyHolder(facts, delivery, now)) continue;
    const settling = settlingOf(facts, last);
    const ended = last.endedAt ?? last.startedAt;
    const pause = settling?.lookup ? LOOKUP_PAUSES_MS[last.lookups] : undefined;
    const due = pause === undefined ? null : plus(ended, pause);
    if (due && due <= now) return { kind: 'lookup', ordinal: delivery.ordinal, attempt: last, delivery };
    const until = due ?? (settling?.reports ? plus(ended, reportWaitMs(facts)) : null);
    if (until && until > now && (earliest === null || until < earliest.until))
      earliest = { kind: 'wait', until, delivery };
  }
  return earliest;
}

function reportWaitMs({ category }: Facts): number {
  return category.class === 'SECURITY' ? REPORT_WAIT_SECURITY_MS : REPORT_WAIT_MS;
}

/**
 * The integration that repeats an unknown attempt of a delivery without sending twice, because it knows it by our key and
 * still remembers; null when there is none. A repetition that failed leaves the question open, and the holder the same.
 */
export function keyHolder(facts: Facts, delivery: DeliveryView, now: Date): string | null {
  if (DELIVERY_RANK[delivery.state] >= DELIVERY_RANK.SKIPPED) return null;
  const open = delivery.attempts.findLast((attempt) => attempt.end === 'unknown');
  const integration = open && usable(facts, open);
  if (!integration) return null;
  const repeated = laterThan(open, delivery).every((later) =>
    isRepetition(integration.settling, delivery, open, later),
  );
  return repeated && remembers(integration.settling, delivery, open, now) ? integration.key : null;
}

/** A delivery that would be attempted next. */
export interface Next {
  readonly ordinal: number;
  readonly channel: ChannelName;
}

/**
 * Attempts that may have been taken, each a message that a further attempt could double: unknown for good, and not
 * repeated under the provider's own key.
 *
 * @param next what would be attempted next: what other deliveries left open is not repeated any more
 */
export function ambiguousCount(facts: Facts, state: State, now: Date, next?: Next): number {
  const counts = state.deliveries.map((delivery) => {
    // It says nothing about the person's other devices: they get it first.
    const isElsewhere = next !== undefined && next.channel !== delivery.channel;
    if (!isElsewhere && hasUntried(facts, state, delivery.channel)) return 0;
    const open = delivery.attempts.filter((attempt) =>
      isAmbiguous(facts, delivery, attempt, now, next?.ordinal),
    ).length;
    // What came back was certainly taken.
    if (delivery.state === 'BOUNCED') return 0;
    // What arrived, though no answer says so, is one of those that nobody knew of.
    const reported = isReached(delivery) && !delivery.attempts.some((attempt) => attempt.end === 'accepted');
    return reported ? Math.max(0, open - 1) : open;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

function isAmbiguous(
  facts: Facts,
  delivery: DeliveryView,
  attempt: AttemptView,
  now: Date,
  ongoing = delivery.ordinal,
): boolean {
  if (attempt.end !== 'unknown') return false;
  const settling = settlingOf(facts, attempt);
  for (const later of laterThan(attempt, delivery)) {
    if (!isRepetition(settling, delivery, attempt, later)) return true;
    // The provider's word holds for all that went under the key; a further unknown one is counted instead.
    if (later.end === 'accepted' || later.end === 'rejected' || later.end === 'unknown') return false;
  }
  return delivery.ordinal !== ongoing || keyHolder(facts, delivery, now) === null;
}

function laterThan(attempt: AttemptView, delivery: DeliveryView): AttemptView[] {
  return delivery.attempts.filter((other) => other.number > attempt.number);
}

/** Did it go under the same key, while the provider remembered? Then both are one message. */
function isRepetition(
  settling: Settling | null,
  delivery: DeliveryView,
  attempt: AttemptView,
  later: AttemptView,
): boolean {
  return (
    later.integration === attempt.integration &&
    settling !== null &&
    remembers(settling, delivery, attempt, later.startedAt)
  );
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
