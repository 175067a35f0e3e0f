import type { RetryPolicy } from './facts.js';

/**
 * The pause before round `round` (1 is the first retry) in milliseconds: doubles from `firstDelayMs` up to `maxDelayMs`,
 * spread by ±25 % so that a provider that comes back is not met by everyone at once. The spread comes from `seed`, not
 * from chance: deciding twice gives the same time.
 */
export function retryDelayMs(policy: RetryPolicy, round: number, seed: string): number {
  const doubled = policy.firstDelayMs * 2 ** Math.min(round - 1, 40);
  return Math.min(policy.maxDelayMs, Math.round(doubled * (0.75 + 0.5 * fraction(`${seed}:${round}`))));
}

/** FNV-1a folded to [0, 1). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
