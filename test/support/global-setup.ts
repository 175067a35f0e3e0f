import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { silentLog } from '../../src/base/log.js';
import { openQueue } from '../../src/queue/queue.js';
import { openDatabase } from '../../src/store/database.js';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which every test file makes databases of its own, from a migrated template. */
    postgresUrl: string;
  }
}

export const TEMPLATE = 'tidings_template';

/** One Postgres for the whole run, with a template that is migrated once. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await server();
  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  const { rows } = await admin.query<{ datname: string }>(
    `select datname from pg_database where datname like 'tidings\\_%'`,
  );
  for (const { datname } of rows) await admin.query(`drop database "${datname}" with (force)`);
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const url = databaseUrl(postgres.url, TEMPLATE);
  const database = await openDatabase(url, 2);
  await database.close();
  const queue = await openQueue(url, silentLog);
  await queue.stop(1_000);
  project.provide('postgresUrl', postgres.url);
  return () => postgres.stop();
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
