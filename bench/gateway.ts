import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A gateway in a process of its own, reached like any outsider reaches it. */
export interface Gateway {
  /** `http://127.0.0.1:PORT/graphql`. */
  readonly graphql: string;
  /** Headers of a service in the LIVE environment. */
  readonly headers: Readonly<Record<string, string>>;
  /** One GraphQL request. Throws on errors, and on userErrors of the first field. */
  call<T>(query: string, variables?: object): Promise<T>;
  stop(): Promise<void>;
}

const KEY = 'bench-key-0123456789';
const START_MS = 120_000;
const STOP_MS = 60_000;

export async function startGateway(options: {
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes a CPU profile of the process here when it ends. */
  readonly profileTo: string | null;
}): Promise<Gateway> {
  const flags = options.profileTo === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileTo}`];
  const child = spawn(process.execPath, [...flags, options.main], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', BOOTSTRAP_API_KEY: KEY, DEMO: 'off', LOG_LEVEL: 'error', ...options.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await readyPort(child);
  const graphql = `http://127.0.0.1:${port}/graphql`;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };
  return {
    graphql,
    headers,
    async call<T>(query: string, variables: object = {}): Promise<T> {
      const response = await fetch(graphql, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
      const problems = errors ?? (Object.values(data ?? {})[0] as { userErrors?: unknown[] } | null)?.userErrors ?? [];
      if (!Array.isArray(problems) || problems.length > 0) throw new Error(`GraphQL: ${JSON.stringify(problems)}`);
      return data as T;
    },
    stop: () => ended(child),
  };
}

/** The port in the line that says that it is ready. */
async function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the gateway did not become ready')), START_MS);
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it was ready`)));
    if (!child.stdout) return reject(new Error('no stdout'));
    createInterface(child.stdout).on('line', (line) => {
      const port = /ready at \S*:(\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(Number(port));
    });
  });
}

/** Asks a child to end, and insists after a while. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(insist);
}

/** The compiled product. */
export const MAIN = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));

/** Where the embedded Postgres of a data folder listens, and how to log in. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const password = (await readFile(join(dataDir, 'postgres.password'), 'utf8')).trim();
  const port = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[3];
  return `postgres://tidings:${password}@127.0.0.1:${port}/tidings`;
}
