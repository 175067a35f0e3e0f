import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What the starter process printed. */
export interface Answer {
  url: string;
  port: number;
  reused: boolean;
  stopped?: boolean;
  error?: string;
}

/** Starts or joins the embedded Postgres in a process (and process group) of its own. */
export function startInProcess(options: { dataDir: string; uid?: number; gid?: number }): {
  child: ChildProcess;
  answer: () => Promise<Answer>;
  stop: () => void;
} {
  const script = fileURLToPath(new URL('embedded-starter.mjs', import.meta.url));
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, script, JSON.stringify(options)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    answer: async () => JSON.parse((await lines.next()).value ?? '{"error":"it ended without a word"}') as Answer,
    stop: () => child.stdin.write('stop\n'),
  };
}

/** Polls until the condition yields something; fails loudly after the bound. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  boundMs = 15_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`Not within ${boundMs} ms: ${what}`);
    await sleep(10);
  }
}
