import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelayMs, spreadMs } from '../../src/routing/retry.js';
import { anyRetryPolicy } from '../support/arbitraries.js';

const round = fc.integer({ min: 1, max: 2_000 });

it('delays do not shrink', () =>
  fc.assert(
    fc.property(anyRetryPolicy, round, fc.string(), (policy, n, seed) => {
      expect(retryDelayMs(policy, n + 1, seed)).toBeGreaterThanOrEqual(retryDelayMs(policy, n, seed));
    }),
  ));

it('delays stay within a quarter of what the factor makes of the first one, and spread below the cap', () =>
  fc.assert(
    fc.property(anyRetryPolicy, round, fc.string(), (policy, n, seed) => {
      const delay = retryDelayMs(policy, n, seed);
      const grown = policy.firstDelayMs * (policy.factor ?? 2) ** Math.min(n - 1, 40);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeLessThanOrEqual(Math.min(policy.maxDelayMs, Math.ceil(grown * 1.25)));
      expect(delay).toBeGreaterThanOrEqual(Math.floor(0.75 * Math.min(policy.maxDelayMs, grown)));
    }),
  ));

it('each delay is the factor times the one before, until the cap', () =>
  fc.assert(
    fc.property(anyRetryPolicy, fc.integer({ min: 1, max: 6 }), fc.string(), (policy, n, seed) => {
      const factor = policy.factor ?? 2;
      const uncapped = { ...policy, maxDelayMs: Number.MAX_SAFE_INTEGER };
      const [one, next] = [retryDelayMs(uncapped, n, seed), retryDelayMs(uncapped, n + 1, seed)];
      // Both are rounded to milliseconds.
      expect(Math.abs(next - one * factor)).toBeLessThanOrEqual(0.5 + 0.5 * factor + next * 1e-9);
      expect(retryDelayMs(policy, n, seed)).toBeLessThanOrEqual(policy.maxDelayMs);
    }),
  ));

it('what waited for one thing comes back within the time given, not all at once', () => {
  const times = Array.from({ length: 100 }, (_, nth) => spreadMs(1_000, `${nth}`));
  expect(times.every((ms) => ms >= 0 && ms <= 1_000)).toBe(true);
  expect(new Set(times).size).toBeGreaterThan(80);
});

it('the same question has the same answer; other notifications, other answers', () => {
  const policy = { maxAttempts: 5, firstDelayMs: 10_000, maxDelayMs: 60_000, giveUpAfterMs: 3_600_000 };
  const delays = Array.from({ length: 100 }, (_, nth) => retryDelayMs(policy, 1, `${nth}`));
  expect(delays).toEqual(Array.from({ length: 100 }, (_, nth) => retryDelayMs(policy, 1, `${nth}`)));
  expect(new Set(delays).size).toBeGreaterThan(90);
  // Spread over the whole range: neither half is empty.
  expect(delays.filter((delay) => delay < 10_000).length).toBeGreaterThan(20);
  expect(delays.filter((delay) => delay > 10_000).length).toBeGreaterThan(20);
});
