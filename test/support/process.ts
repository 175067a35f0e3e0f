import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Gateway } from './gateway.js';
import { until } from './until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The built product as a process of its own, as `npm start` runs it. */
export class ProductProcess implements AsyncDisposable {
  stdout = '';
  stderr = '';
  exit: Exit | null = null;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    child.on('exit', (code, signal) => {
      this.exit = { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  static spawn(env: Record<string, string>, cwd = ROOT): ProductProcess {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [`${ROOT}dist/src/main.js`], {
      cwd,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ProductProcess(child);
  }

  /** Spawns and waits for the ready line. */
  static async start(env: Record<string, string>): Promise<ProductProcess> {
    const started = ProductProcess.spawn({ PORT: '0', BOOTSTRAP_API_KEY: 'process-key', ...env });
    await until(
      () => {
        if (started.exit) throw new Error(`it ended: ${JSON.stringify(started.exit)}`);
        return started.stdout.includes('Tidings ready at ');
      },
      'the ready line',
      60_000,
    );
    return started;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get port(): number {
    return Number(/Tidings ready at http:\/\/localhost:(\d+)/.exec(this.stdout)?.[1]);
  }

  /** The LIVE environment by the bootstrap key. */
  get production(): Gateway {
    return new Gateway(this.port, 'process-key');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  ended(timeoutMs = 30_000): Promise<Exit> {
    return until(() => this.exit, 'the process to end', timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exit) return;
    this.child.kill('SIGTERM');
    await this.ended(40_000).catch(() => this.child.kill('SIGKILL'));
  }
}
