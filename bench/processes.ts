import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

const START_MS = 120_000;
const STOP_MS = 60_000;

/** Whoever is cut off leaves none of them behind: they are asked to end, and a gateway takes its Postgres along. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(130));

/** A server in a process of its own, as an outsider sees it. */
export interface Served {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** Freezes it, lets it go on, or ends it at once. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  stop(): Promise<void>;
}

/** Starts a script that prints one line with "ready at http://…:PORT"; this Node, an environment of its own. */
export async function serve(
  script: string,
  env: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Served> {
  const child = spawn(process.execPath, [...flags, script], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  try {
    const url = `http://127.0.0.1:${await readyPort(child)}`;
    return { url, pid: child.pid ?? 0, signal: (name) => void child.kill(name), stop: () => ended(child) };
  } catch (error) {
    await ended(child);
    throw error;
  }
}

async function readyPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a server did not become ready')), START_MS);
    child.once('exit', (code) => reject(new Error(`a server ended with ${code} before it was ready`)));
    if (!child.stdout) return reject(new Error('a server without stdout'));
    createInterface(child.stdout).on('line', (line) => {
      const port = /ready at \S*:(\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(port);
    });
  });
}

/** Asks a child to end, and insists after a while. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(insist);
}
