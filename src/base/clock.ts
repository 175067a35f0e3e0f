/** Source of the current instant. Everything that needs "now" takes one, so that tests can move time. */
export interface Clock {
  now(): Date;
  /** Waits in this clock's own time, as `sleep` does in the real one; missing: the real one is meant. */
  sleep?(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { now: () => new Date() };

/** A monotonic reading in milliseconds, for durations; never for instants. */
export function monotonicMs(): number {
  return performance.now();
}

/** `date` moved by `ms` milliseconds (negative moves back). */
export function plus(date: Date, ms: number): Date {
  return new Date(date.getTime() + ms);
}

/** An instant from epoch milliseconds or an ISO 8601 text. Throws on what is no instant. */
export function instant(value: string | number): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw new RangeError(`not an instant: ${String(value)}`);
  return date;
}

/** Resolves after `ms` milliseconds or when the signal aborts, whichever is first; never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** `sleep` by a clock: where tests move time, waits end when they have moved it far enough. */
export function sleepBy(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return clock.sleep ? clock.sleep(ms, signal) : sleep(ms, signal);
}
