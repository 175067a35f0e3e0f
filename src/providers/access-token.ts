import type { Clock } from '../base/clock.js';

/** A credential that its issuer lets live for a while. */
export interface AccessToken {
  readonly value: string;
  readonly expiresAt: Date;
}

/** A token this close to its end is not used any more: the call that carries it takes its time. */
const MARGIN_MS = 5 * 60_000;

/**
 * Keeps a token until shortly before its end. However many want a new one, one request is made; each waits until its own
 * deadline, and the request ends when nobody waits any more.
 */
export class KeptToken {
  private kept: AccessToken | null = null;
  private running: { readonly result: Promise<AccessToken>; readonly stop: AbortController; waiting: number } | null =
    null;

  constructor(
    private readonly clock: Clock,
    private readonly obtain: (signal: AbortSignal) => Promise<AccessToken>,
  ) {}

  /** Rejects as `obtain` does, or with the signal's reason. */
  async get(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.kept && this.kept.expiresAt.getTime() - MARGIN_MS > this.clock.now().getTime()) return this.kept.value;
    const running = (this.running ??= this.start());
    running.waiting += 1;
    try {
      return (await until(signal, running.result)).value;
    } finally {
      running.waiting -= 1;
      if (running.waiting === 0) {
        running.stop.abort();
        if (this.running === running) this.running = null;
      }
    }
  }

  /** For a token that was refused before its time: the next call gets another. */
  forget(value: string): void {
    if (this.kept?.value === value) this.kept = null;
  }

  private start(): NonNullable<typeof this.running> {
    const stop = new AbortController();
    const result = this.obtain(stop.signal).then((token) => (this.kept = token));
    return { result, stop, waiting: 0 };
  }
}

/** What comes first: the work, or the end of patience. */
function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
