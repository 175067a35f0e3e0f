import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const CLOCK = new URL('product-clock.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const KEY = 'chaos-key-0123456789';
/** It drains for half a minute at most; after this it hangs. */
const TERM_MS = 50_000;
const READY_MS = 60_000;

/** How a life of a process ended that nobody wished to end. */
export interface Crash {
  readonly slot: number;
  readonly at: number;
  readonly how: string;
}

/** One life of the built product, as a process of its own. */
export class Product {
  readonly slot: number;
  /** Where it serves; null until it is ready. */
  port: number | null = null;
  frozen = false;
  /** A signal of ours will end it, or has. */
  doomed = false;
  readonly ended: Promise<void>;
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null = null;
  private readonly child: ChildProcess;
  private said = '';

  constructor(slot: number, databaseUrl: string, clockOffsetMs: number, logFile: string) {
    this.slot = slot;
    const log = openSync(logFile, 'a');
    this.child = spawn(process.execPath, ['--import', CLOCK, MAIN], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        ...{ PORT: '0', DATABASE_URL: databaseUrl, DATABASE_POOL: '8', BOOTSTRAP_API_KEY: KEY, DEMO: 'off' },
        CHAOS_CLOCK_OFFSET: String(clockOffsetMs),
        // Half of a start is compiling, and a run starts a hundred times.
        NODE_COMPILE_CACHE: join(dirname(logFile), 'compiled'),
      },
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    closeSync(log);
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.said += chunk.toString('utf8');
      const port = /Tidings ready at http:\/\/localhost:(\d+)/.exec(this.said)?.[1];
      if (port !== undefined) this.port = Number(port);
    });
    this.child.on('error', () => undefined);
    // One that neither ends nor becomes ready hangs on something that is gone.
    const late = setTimeout(() => this.port ?? this.kill(), READY_MS);
    this.ended = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        clearTimeout(late);
        this.exit = { code, signal };
        resolve();
      });
    });
  }

  /** May it be sent requests? */
  get serves(): boolean {
    return this.port !== null && !this.doomed && !this.frozen && this.exit === null;
  }

  kill(): void {
    this.doomed = true;
    this.child.kill('SIGKILL');
  }

  freeze(): void {
    this.frozen = true;
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.frozen = false;
    this.child.kill('SIGCONT');
  }

  /** SIGTERM; resolves with how it ended. */
  async terminate(): Promise<'in order' | 'with an error' | 'by force'> {
    this.doomed = true;
    this.child.kill('SIGTERM');
    let forced = false;
    const force = setTimeout(() => {
      forced = true;
      this.child.kill('SIGKILL');
    }, TERM_MS);
    await this.ended;
    clearTimeout(force);
    if (forced) return 'by force';
    return this.exit?.code === 0 ? 'in order' : 'with an error';
  }

  moveClock(offsetMs: number): void {
    if (this.child.connected) this.child.send({ offset: offsetMs }, () => undefined);
  }
}
