import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Weather } from './modes.ts';

/** What the provider can be told. */
export type ProviderOrder =
  { readonly type: 'weather'; readonly weather: Weather } | { readonly type: 'close' } | { readonly type: 'open' };

const SCRIPT = fileURLToPath(new URL('provider.ts', import.meta.url));

/** The fake provider's process, as the run sees it. */
export class ProviderControl implements AsyncDisposable {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(logPath: string, seed: number): Promise<ProviderControl> {
    const child = fork(SCRIPT, [logPath, String(seed)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('the provider ended before it was ready')));
    const [ready] = (await Promise.race([once(child, 'message'), failed])) as [{ port: number }];
    failed.catch(() => undefined);
    return new ProviderControl(child, ready.port);
  }

  tell(order: ProviderOrder): void {
    this.child.send(order);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
