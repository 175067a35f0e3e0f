import type { ChannelName } from '../base/names.js';
import { isReached, type DeliveryView, type State } from './state.js';
import type { EndpointFact, Facts } from './facts.js';
import { isAlive, takes } from './fitness.js';

/** An address of a channel. */
export interface Target {
  readonly endpoint: EndpointFact;
  /** What has been done there; missing: nothing, or what went before nobody opened it. */
  readonly delivery: DeliveryView | undefined;
}

/** The addresses of a channel that something may go to. Of all that get it, those that nothing was tried at come first. */
export function targets(facts: Facts, state: State, channel: ChannelName): Target[] {
  const all = facts.endpoints
    .filter((endpoint) => endpoint.channel === channel && isAlive(facts, endpoint))
    .map((endpoint): Target => {
      const there = state.deliveries.filter((known) => known.channel === channel && known.address === endpoint.address);
      const failed = there.findLast(({ state: is }) => is === 'UNDELIVERED' || is === 'BOUNCED');
      const last = failed ?? there.at(-1);
      // What arrived before a silence goes anew.
      const isPassed = last !== undefined && isReached(last) && last.ordinal < state.passed;
      return { endpoint, delivery: isPassed ? undefined : last };
    });
  if (!facts.traits[channel].everyAddress) return all;
  return all.toSorted((a, b) => Number(a.delivery !== undefined) - Number(b.delivery !== undefined));
}

/** Are there addresses that get it, too, and that nothing was tried at yet? */
export function hasUntried(facts: Facts, state: State, channel: ChannelName): boolean {
  if (!facts.traits[channel].everyAddress) return false;
  const integrations = facts.integrations.filter((one) => one.channel === channel && one.enabled);
  return targets(facts, state, channel).some(
    ({ endpoint, delivery }) => delivery === undefined && integrations.some((one) => takes(one, endpoint)),
  );
}
