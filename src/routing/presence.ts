import type { ChannelName, Platform } from '../base/names.js';
import type { Facts, PresenceFact } from './facts.js';

/**
 * Is somebody there? Who is connected and of whom nobody said anything is taken for active; and a host may know of people
 * who are connected nowhere.
 */
function isThere({ connected, state }: PresenceFact): boolean {
  return state === null ? connected : state !== 'AWAY';
}

/** Platforms on which the person does something, as far as anybody knows. */
export function activePlatforms({ presence }: Pick<Facts, 'presence'>): ReadonlySet<Platform> {
  const active = presence.filter(({ connected, state }) => (state === null ? connected : state === 'ACTIVE'));
  return new Set(active.map((one) => one.platform));
}

/** Why a channel that goes only to those who are there does not go; null: the person is there, or it goes to anybody. */
export function absenceFrom(facts: Facts, channel: ChannelName): 'RECIPIENT_OFFLINE' | 'RECIPIENT_AWAY' | null {
  const { inApp, platforms, whereActive } = facts.traits[channel];
  if (inApp) {
    const open = facts.presence.filter((one) => one.connected);
    if (open.length === 0) return 'RECIPIENT_OFFLINE';
    return open.some(isThere) ? null : 'RECIPIENT_AWAY';
  }
  const known = facts.presence.filter((one) => platforms.includes(one.platform));
  if (known.some(isThere)) return null;
  const isNeeded = platforms.length > 0 && facts.category.rules.onlyWhilePresent?.includes(channel) === true;
  if (known.length > 0) return isNeeded || whereActive ? 'RECIPIENT_AWAY' : null;
  return isNeeded ? 'RECIPIENT_OFFLINE' : null;
}

/** Channels made for a platform on which the person is active come first, where the category wants it; else as they are. */
export function activeFirst(facts: Facts, channels: readonly ChannelName[]): readonly ChannelName[] {
  if (facts.category.rules.preferActivePlatform !== true) return channels;
  const active = activePlatforms(facts);
  const isActive = (channel: ChannelName): boolean => {
    const [home] = facts.traits[channel].platforms;
    return home !== undefined && active.has(home);
  };
  return channels.toSorted((a, b) => Number(isActive(b)) - Number(isActive(a)));
}
