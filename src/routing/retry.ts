import type { RetryPolicy } from './facts.js';

/**
 * The pause before round `round` (1 is the first retry) in milliseconds: grows by `factor` from `firstDelayMs`, spread by
 * ±25 %, up to `maxDelayMs`, spread below it, so that a provider that comes back is not met by everyone at once. The
 * spread comes from `seed`, not from chance: deciding twice gives the same time, and pauses never shrink.
 */
export function retryDelayMs(policy: RetryPolicy, round: number, seed: string): number {
  const own = fraction(seed);
  const grown = policy.firstDelayMs * (policy.factor ?? 2) ** Math.min(round - 1, 40);
  return Math.round(Math.min(grown * (0.75 + 0.5 * own), policy.maxDelayMs * (0.75 + 0.25 * own)));
}

/** A time within `ms` that is each notification's own, so that what waited for one thing does not come back all at once. */
export function spreadMs(ms: number, seed: string): number {
  return Math.round(ms * fraction(seed));
}

/** FNV-1a, mixed as MurmurHash3 ends, so that ids that differ in a digit lie far apart; folded to [0, 1). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
