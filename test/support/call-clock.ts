import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * The calls of a server by a clock in a thread of its own: what the test or the server is busy with does not move them.
 * Callers use `url` instead of the server's own.
 */
export class CallClock implements AsyncDisposable {
  private constructor(
    private readonly worker: Worker,
    readonly url: string,
  ) {}

  static async before(serverUrl: string): Promise<CallClock> {
    const port = Number(new URL(serverUrl).port);
    const worker = new Worker(new URL('./call-clock.mjs', import.meta.url), { workerData: { port } });
    const [{ listening }] = (await once(worker, 'message')) as [{ listening: number }];
    return new CallClock(worker, `http://127.0.0.1:${listening}`);
  }

  /** When each call came, in milliseconds, in order. */
  async times(): Promise<number[]> {
    const answer = once(this.worker, 'message');
    this.worker.postMessage('times');
    const [{ times }] = (await answer) as [{ times: number[] }];
    return times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }
}

/** The most of `times`, in order, within any stretch of so many milliseconds. */
export function mostWithin(times: readonly number[], ms: number): number {
  let first = 0;
  let most = 0;
  times.forEach((at, last) => {
    while (at - (times[first] as number) >= ms) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
