const firstMs = 500;
const longestMs = 30_000;

/**
 * How long to wait before the next try, in milliseconds: doubles from 0.5 s to 30 s with `failures` (0 = the first
 * wait), of which a random half is taken off, so that clients that lost one server do not return as one wave.
 */
export function backoff(failures: number, random: () => number = Math.random): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10));
  return full / 2 + (full / 2) * random();
}
