import type { ChannelName } from '../base/names.js';
import type { Facts } from './facts.js';
import { isWithin } from './local-time.js';
import { isOverriding } from './overriding.js';
import { activeFirst } from './presence.js';

/**
 * The channels to consider at a moment, in order, each once: what the caller asked for; else what the person chose, then the
 * others, which rules will leave out with a reason; else what the category says for where the person is active, for this
 * time of the day, or always.
 */
export function channelsAt(facts: Facts, now: Date): readonly ChannelName[] {
  const { requestedChannels, category, person } = facts;
  if (requestedChannels) return [...new Set(requestedChannels)];
  const chosen = isOverriding(facts) ? [] : (person.channels ?? []);
  const others = [...new Set([...channelsNow(facts, now), ...category.channels])];
  return [...new Set([...chosen, ...activeFirst(facts, others)])];
}

/** Of the category's channels, those that come first at this time of the person's day: the first span that holds decides. */
function channelsNow({ category, person }: Facts, now: Date): readonly ChannelName[] {
  const active = (category.rules.channelsAt ?? []).find((span) => isWithin(span, person.timeZone, now));
  return (active?.channels ?? []).filter((channel) => category.channels.includes(channel));
}
