import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { systemClock } from '../../src/base/clock.js';
import { silentLog } from '../../src/base/log.js';
import { openQueue } from '../../src/queue/queue.js';
import { openDatabase } from '../../src/store/database.js';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which every test file makes databases of its own, from a migrated template. */
    postgresUrl: string;
    /** What the names of this run's databases begin with. */
    databasePrefix: string;
  }
}

export const TEMPLATE = 'template';

/** One Postgres for the whole run, with a template that is migrated once. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await server();
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  const prefix = `tidings_${process.pid}_`;
  const { rows } = await admin.query<{ datname: string }>(
    `select datname from pg_database where datname ~ '^tidings_[0-9]+_'`,
  );
  // Runs side by side leave each other's databases alone; those of runs that were killed go.
  for (const { datname } of rows)
    if (!isAlive(Number(datname.split('_')[1]))) await admin.query(`drop database "${datname}" with (force)`);
  await admin.query(`create database ${prefix}${TEMPLATE}`);
  await admin.end();
  const url = databaseUrl(postgres.url, `${prefix}${TEMPLATE}`);
  const database = await openDatabase(url, 2);
  await database.close();
  const queue = await openQueue(url, silentLog, systemClock);
  await queue.stop(1_000);
  project.provide('postgresUrl', postgres.url);
  project.provide('databasePrefix', prefix);
  return () => postgres.stop();
}

function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The embedded Postgres, or another one to test on: a superuser's URL in TEST_DATABASE_URL. */
async function server(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url !== undefined) return { url, stop: () => Promise.resolve() };
  const uid = process.getuid?.() ?? 0;
  return startEmbeddedPostgres({
    dataDir: join(tmpdir(), `tidings-test-${uid}`),
    durable: false,
    settings: { max_connections: '400' },
  });
}

export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
