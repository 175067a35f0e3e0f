/** Source of the current instant. Everything that needs "now" takes one, so that tests can move time. */
export interface Clock {
  now(): Date;
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
