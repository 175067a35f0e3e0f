import { describe, expect, it, vi } from 'vitest';
import { instant, plus, sleep } from '../../src/base/clock.js';

describe('sleep', () => {
  it('ends after its time, not before', async () => {
    vi.useFakeTimers();
    try {
      let awake = false;
      const slept = sleep(1_000).then(() => (awake = true));
      await vi.advanceTimersByTimeAsync(999);
      expect(awake).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(await slept).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends at once when the signal comes, and leaves nothing behind', async () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      const slept = sleep(60_000, controller.signal);
      expect(vi.getTimerCount()).toBe(1);
      controller.abort();
      await expect(slept).resolves.toBeUndefined();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not begin when the signal has come already', () => {
    vi.useFakeTimers();
    try {
      void sleep(60_000, AbortSignal.abort());
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('instants', () => {
  it('move both ways', () => {
    const noon = instant('2026-03-14T12:00:00Z');
    expect(plus(noon, 1_500)).toEqual(instant('2026-03-14T12:00:01.500Z'));
    expect(plus(plus(noon, 1_500), -1_500)).toEqual(noon);
  });

  it('are read from numbers and texts, and from nothing else', () => {
    expect(instant(0)).toEqual(new Date(0));
    expect(() => instant('tomorrow')).toThrow('not an instant: tomorrow');
    expect(() => instant(NaN)).toThrow('not an instant: NaN');
  });
});
