const quickMs = 1_000;
const firstMs = 10_000;
const longestMs = 30_000;
/** Nobody tries sooner: what has just failed has a moment to come back. */
const shortestMs = 200;

/**
 * How long to wait before the next try, in milliseconds. After the first failure (`failures` = 0) within a second: most
 * connections come back at once. After that anywhere within 10 s, 20 s, 30 s: thousands of clients that lost one
 * server do not return as one wave.
 */
export function backoff(failures: number, random: () => number = Math.random): number {
  const within = failures === 0 ? quickMs : Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 10));
  return shortestMs + (within - shortestMs) * random();
}
