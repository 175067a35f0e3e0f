import type { ChannelName } from '../base/names.js';
import type { Facts } from './facts.js';
import { isOverriding } from './overriding.js';

/**
 * The channels to consider at a moment, in order, each once: what the caller asked for; else what the person chose, then the
 * others, which rules will leave out with a reason; else what the category says for this time of the day, or always.
 */
export function channelsAt(facts: Facts, _now: Date): readonly ChannelName[] {
  const { requestedChannels, category, person } = facts;
  if (requestedChannels) return [...new Set(requestedChannels)];
  const chosen = isOverriding(facts) ? [] : (person.channels ?? []);
  return [...new Set([...chosen, ...category.channels])];
}
