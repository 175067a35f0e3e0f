import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { post } from './http-post.ts';
import { serve, type Served } from './processes.ts';

/** A caller of the GraphQL API with one key or token. */
export interface Caller {
  readonly graphql: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One request. Throws on errors, and on userErrors of its first field. */
  call<T>(query: string, variables?: object): Promise<T>;
}

export const BOOTSTRAP_KEY = 'bench-key-0123456789';
const MAIN = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));

/**
 * The compiled product, as `npm start` runs it.
 *
 * @param profileTo a folder that gets a CPU profile of the process when it ends
 */
export async function startGateway(env: Readonly<Record<string, string>>, profileTo?: string): Promise<Served> {
  const flags = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const fixed = { PORT: '0', BOOTSTRAP_API_KEY: BOOTSTRAP_KEY, DEMO: 'off', LOG_LEVEL: 'error' };
  return serve(MAIN, { ...fixed, ...env }, flags);
}

export function callerWith(served: Pick<Served, 'url'>, credential: string): Caller {
  const graphql = `${served.url}/graphql`;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${credential}` };
  return {
    graphql,
    headers,
    async call<T>(query: string, variables: object = {}): Promise<T> {
      const { text } = await post(graphql, headers, JSON.stringify({ query, variables }));
      const { data, errors } = JSON.parse(text) as { data?: Record<string, unknown>; errors?: unknown[] };
      const first = Object.values(data ?? {})[0] as { userErrors?: unknown[] } | null | undefined;
      const problems = errors ?? first?.userErrors ?? [];
      if (problems.length > 0) throw new Error(`the API refused it: ${JSON.stringify(problems)}`);
      return data as T;
    },
  };
}

/** Where the embedded Postgres of a data folder listens, with its password. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  const password = (await readFile(join(dataDir, 'postgres.password'), 'utf8')).trim();
  const port = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[3];
  return `postgres://tidings:${password}@127.0.0.1:${port}/tidings`;
}

export const SEND = `mutation ($input: SendInput!) { send(input: $input) { send { id } userErrors { code message } } }`;
