import type { ChannelName } from '../base/names.js';
import { isReason, type Reason } from './decision.js';
import { isReached, type AttemptView, type DeliveryView, type State } from './state.js';
import type { Facts, IntegrationFact } from './facts.js';
import { misfit, takes } from './fitness.js';
import { retryDelayMs, spreadMs } from './retry.js';
import { keyHolder } from './settle.js';
import { targets, type Target } from './targets.js';

/** What can be done on one provider channel now. */
export type Candidate =
  | {
      readonly kind: 'attempt';
      readonly ordinal: number;
      readonly number: number;
      readonly address: string;
      readonly integration: string;
    }
  | {
      readonly kind: 'wait';
      readonly until: Date;
      readonly reason: Reason;
      readonly integration: string | null;
      /** What may have been taken is repeated after it, under the key that makes both one. */
      readonly held: boolean;
    }
  | {
      readonly kind: 'exhausted';
      readonly gaveUp: { readonly ordinal: number; readonly reason: Reason } | null;
      readonly reason: Reason;
    };

/** How soon an integration that refused us is tried again though nobody changed it: vendors heal by themselves, too. */
export const RECHECK_MS = 10_000;
/** What waited for the same integration comes back spread over this. */
const SPREAD_MS = 5_000;

/**
 * The next attempt on a channel: its addresses one after the other, all of them where the channel goes to every one; for an address, the provider that is ready first,
 * preferred first. A provider that was not asked yet is ready at once; one that failed, after the policy's pause since
 * then; none before a time that it named itself, or while it is blocked for everybody, while the others go on.
 */
export function nextOnChannel(facts: Facts, state: State, channel: ChannelName, now: Date): Candidate {
  const { everyAddress } = facts.traits[channel];
  let last: Reason = 'NO_ENDPOINT';
  let soonest: Extract<Candidate, { kind: 'wait' }> | null = null;
  for (const { endpoint, delivery } of targets(facts, state, channel)) {
    if (delivery?.state === 'UNDELIVERED' || delivery?.state === 'BOUNCED') {
      last = reasonOf(delivery);
      continue;
    }
    if (everyAddress && delivery && isReached(delivery)) continue;
    const candidate = nextForAddress(facts, state, { channel, endpoint, delivery }, now);
    const isDone = candidate.kind === 'exhausted' && candidate.gaveUp === null;
    if (isDone) last = candidate.reason;
    else if (!everyAddress || candidate.kind !== 'wait') return candidate;
    else if (soonest === null || candidate.until < soonest.until) soonest = candidate;
  }
  return soonest ?? { kind: 'exhausted', gaveUp: null, reason: last };
}

function nextForAddress(
  facts: Facts,
  state: State,
  target: Target & { readonly channel: ChannelName },
  now: Date,
): Candidate {
  const attempts = target.delivery?.attempts ?? [];
  const ordinal = target.delivery?.ordinal ?? state.deliveries.length;
  const giveUp = (reason: Reason): Candidate => ({ kind: 'exhausted', gaveUp: { ordinal, reason }, reason });
  // What may have been taken goes again only under the key that makes it one.
  const holder = target.delivery ? keyHolder(facts, target.delivery, now) : null;
  const there = facts.integrations.filter(
    (integration) =>
      integration.channel === target.channel && integration.enabled && (holder === null || integration.key === holder),
  );
  const taking = there.filter((integration) => takes(integration, target.endpoint));
  if (there.length > 0 && taking.length === 0) return { kind: 'exhausted', gaveUp: null, reason: 'TOKEN_NOT_CARRIED' };
  const usable = taking.filter((integration) => misfit(facts, integration) === null);
  const [first] = taking;
  if (usable.length === 0) return giveUp((first && misfit(facts, first)) ?? 'MISCONFIGURED');

  const policy = facts.category.retry;
  const spent = attempts.filter((attempt) => attempt.end !== 'misconfigured').length;
  if (spent >= policy.maxAttempts) return giveUp('RETRIES_EXHAUSTED');

  const seed = `${facts.notificationId}:${ordinal}`;
  const readies = usable.map((integration) => ready(integration, attempts, facts, seed));
  const soonest = readies.reduce((best, other) => (other.at < best.at ? other : best));
  const { integration, at, reason } = soonest;
  const waitFor = (until: Date, why: Reason, key: string | null): Candidate => ({
    kind: 'wait',
    until,
    reason: why,
    integration: key,
    held: holder !== null,
  });
  // What stands in a line is not being tried yet.
  const turn = usable.some((one) => one.key === state.throttled?.integration) ? state.throttled?.until.getTime() : 0;
  const end = Math.max(since(facts, state, attempts, now), turn ?? 0) + policy.giveUpAfterMs;
  if (at > end) {
    // Settings may change at any time until then; what a provider named, or a circuit, stands.
    const refused = readies.find((one) => one.reason === 'MISCONFIGURED');
    if (!refused) return giveUp('RETRIES_EXHAUSTED');
    if (end <= now.getTime()) return giveUp('MISCONFIGURED');
    return waitFor(new Date(end), 'MISCONFIGURED', refused.integration);
  }
  if (at > now.getTime()) {
    // A pause of its own is spread already.
    const spread = reason === 'RETRY_LATER' ? 0 : spreadMs(SPREAD_MS, seed);
    return waitFor(new Date(at + spread), reason, integration);
  }
  const { throttled } = state;
  if (throttled?.integration === integration && throttled.until > now)
    return waitFor(throttled.until, 'THROTTLED', null);
  const full = usable.find((one) => one.key === integration)?.fullUntil;
  if (full && full > now) return waitFor(full, 'THROTTLED', integration);
  return { kind: 'attempt', ordinal, number: attempts.length + 1, address: target.endpoint.address, integration };
}

interface Ready {
  readonly integration: string;
  readonly at: number;
  readonly reason: Reason;
}

/** When an integration may be asked, as far as this notification and everybody's experience with it say. */
function ready(integration: IntegrationFact, attempts: readonly AttemptView[], facts: Facts, seed: string): Ready {
  const own = ownPause(integration, attempts, facts, seed);
  const { blocked, key } = integration;
  const shut = blocked ? { integration: key, at: blocked.until.getTime(), reason: blocked.reason } : own;
  return shut.at > own.at ? shut : own;
}

function ownPause(integration: IntegrationFact, attempts: readonly AttemptView[], facts: Facts, seed: string): Ready {
  const { key } = integration;
  const tries = attempts.filter((attempt) => attempt.integration === key);
  const last = tries.at(-1);
  if (!last) return { integration: key, at: 0, reason: 'RETRY_LATER' };
  const ended = (last.endedAt ?? last.startedAt).getTime();
  const failed = tries.filter((attempt) => attempt.end !== 'misconfigured');
  const named = failed.map((attempt) => attempt.retryAt?.getTime() ?? 0);
  if (last.end === 'misconfigured') {
    const changed = integration.configuredAt > last.startedAt;
    return { integration: key, at: Math.max(changed ? 0 : ended + RECHECK_MS, ...named), reason: 'MISCONFIGURED' };
  }
  const pause = retryDelayMs(facts.category.retry, failed.length, seed);
  return { integration: key, at: Math.max(ended + pause, ...named), reason: 'RETRY_LATER' };
}

/** Since when this address is being tried: the time for giving up counts from there. */
function since(facts: Facts, state: State, attempts: readonly AttemptView[], now: Date): number {
  const first = attempts[0]?.startedAt;
  if (first) return first.getTime();
  const before = [facts.createdAt, facts.sendAt, state.heldUntil, ...state.deliveries.map(lastMoment)];
  return Math.min(now.getTime(), Math.max(...before.map((date) => date?.getTime() ?? 0)));
}

function lastMoment(delivery: DeliveryView): Date | null {
  const last = delivery.attempts.at(-1);
  return last?.endedAt ?? last?.startedAt ?? delivery.reachedAt ?? delivery.ackBy;
}

/** Why a delivery that failed for good did so. */
export function reasonOf(delivery: DeliveryView): Reason {
  return delivery.reason !== null && isReason(delivery.reason) ? delivery.reason : 'PROVIDER_REJECTED';
}
