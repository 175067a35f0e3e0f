import type { ChannelName } from '../base/names.js';
import { isReason, type Reason } from './decision.js';
import type { DeliveryView, State } from './evolve.js';
import type { Facts } from './facts.js';
import { retryDelayMs } from './retry.js';

/** What can be done on one provider channel now. */
export type Candidate =
  | {
      readonly kind: 'attempt';
      readonly ordinal: number;
      readonly number: number;
      readonly address: string;
      readonly integration: string;
    }
  | { readonly kind: 'wait'; readonly until: Date }
  | {
      readonly kind: 'exhausted';
      readonly gaveUp: { readonly ordinal: number; readonly reason: Reason } | null;
      readonly reason: Reason;
    };

/**
 * The next attempt on a channel: its addresses one after the other; for an address, the provider that is ready first,
 * preferred first. A provider that was not asked yet is ready at once; one that failed, after the policy's pause since
 * then, and not before a time that it named itself, while the others go on.
 */
export function nextOnChannel(facts: Facts, state: State, channel: ChannelName, now: Date): Candidate {
  const endpoints = facts.endpoints.filter((endpoint) => endpoint.channel === channel && !endpoint.retired);
  let lastReason: Reason = 'NO_ENDPOINT';
  for (const endpoint of endpoints) {
    const delivery = state.deliveries.find((known) => known.channel === channel && known.address === endpoint.address);
    if (delivery && (delivery.state === 'UNDELIVERED' || delivery.state === 'BOUNCED')) {
      lastReason = reasonOf(delivery);
      continue;
    }
    return nextForAddress(facts, state, { channel, address: endpoint.address, delivery }, now);
  }
  return { kind: 'exhausted', gaveUp: null, reason: lastReason };
}

function nextForAddress(
  facts: Facts,
  state: State,
  target: { channel: ChannelName; address: string; delivery: DeliveryView | undefined },
  now: Date,
): Candidate {
  const attempts = target.delivery?.attempts ?? [];
  const ordinal = target.delivery?.ordinal ?? state.deliveries.length;
  const giveUp = (reason: Reason): Candidate => ({ kind: 'exhausted', gaveUp: { ordinal, reason }, reason });
  const misconfigured = new Set(attempts.filter((a) => a.end === 'misconfigured').map((a) => a.integration));
  const usable = facts.integrations.filter(
    (integration) =>
      integration.channel === target.channel && integration.enabled && !misconfigured.has(integration.key),
  );
  if (usable.length === 0) return giveUp('MISCONFIGURED');

  const policy = facts.category.retry;
  const spent = attempts.filter((attempt) => attempt.end !== 'misconfigured').length;
  if (spent >= policy.maxAttempts) return giveUp('RETRIES_EXHAUSTED');

  const readyAt = (key: string): number => {
    const tries = attempts.filter((attempt) => attempt.integration === key);
    const last = tries.at(-1);
    if (!last) return 0;
    const pause = retryDelayMs(policy, tries.length, `${facts.notificationId}:${ordinal}`);
    const ended = (last.endedAt ?? last.startedAt).getTime();
    return Math.max(ended + pause, ...tries.map((attempt) => attempt.retryAt?.getTime() ?? 0));
  };
  const soonest = usable.reduce((best, other) => (readyAt(other.key) < readyAt(best.key) ? other : best));
  const at = readyAt(soonest.key);
  const firstStart = attempts[0]?.startedAt.getTime() ?? now.getTime();
  if (at > firstStart + policy.giveUpAfterMs) return giveUp('RETRIES_EXHAUSTED');
  if (at > now.getTime()) return { kind: 'wait', until: new Date(at) };
  return { kind: 'attempt', ordinal, number: attempts.length + 1, address: target.address, integration: soonest.key };
}

/** Why a delivery that failed for good did so. */
export function reasonOf(delivery: DeliveryView): Reason {
  return delivery.reason !== null && isReason(delivery.reason) ? delivery.reason : 'PROVIDER_REJECTED';
}
