import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * The calls of a server by a clock in a process of its own: what the test or the server is busy with does not move them.
 * Callers use `url` instead of the server's own.
 */
export class CallClock implements AsyncDisposable {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async before(serverUrl: string): Promise<CallClock> {
    const process = fork(new URL('./call-clock.mjs', import.meta.url), [new URL(serverUrl).port]);
    const [{ listening }] = (await once(process, 'message')) as [{ listening: number }];
    return new CallClock(process, `http://127.0.0.1:${listening}`);
  }

  /** When each call came, in milliseconds, in order. */
  async times(): Promise<number[]> {
    const answer = once(this.process, 'message');
    this.process.send('times');
    const [{ times }] = (await answer) as [{ times: number[] }];
    return times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.disconnect();
    await gone;
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
