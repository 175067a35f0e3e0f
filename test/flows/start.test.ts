import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { startOldPostgres } from '../support/old-postgres.js';
import { ProductProcess } from '../support/process.js';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

async function refusal(env: Record<string, string>): Promise<string> {
  const exit = await ProductProcess.spawn(env).ended(60_000);
  expect(exit.code).toBe(1);
  expect(exit.stderr).not.toMatch(/\n\s+at /);
  return exit.stderr;
}

test('on a bare machine: embedded Postgres, keys, one ready line; data and keys survive a restart', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tidings-start-'));
  const env = { DATA_DIR: join(dir, 'data'), PORT: '0' };
  try {
    const first = await ProductProcess.start(env);
    expect(first.stdout.match(/Tidings ready at http:\/\/localhost:\d+\n/g)).toHaveLength(1);
    expect((await fetch(`http://127.0.0.1:${first.port}/readyz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${first.port}/healthz`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${first.port}/metrics`)).text()).toContain(
      'tidings_process_cpu_seconds_total',
    );
    await first.production.category('orders');
    first.signal('SIGKILL');
    await first.ended();

    // The database outlived the kill; the next start takes it over.
    const second = await ProductProcess.start(env);
    expect(await second.production.query('{ categories { key } }')).toEqual({ categories: [{ key: 'orders' }] });
    expect(second.stdout).not.toContain('shown once');
    second.signal('SIGTERM');
    expect((await second.ended()).code).toBe(0);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}, 120_000);

test('a busy port is said in one clear line', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, () => resolve()));
  const { port } = taken.address() as AddressInfo;
  expect(await refusal({ DATABASE_URL: database.url, PORT: String(port) })).toBe(
    `Tidings cannot start: port ${port} is in use by another program. Set PORT to a free one.\n`,
  );
  await new Promise((resolve) => taken.close(resolve));
}, 60_000);

test('an unreachable server is said without its password', async () => {
  const stderr = await refusal({ DATABASE_URL: 'postgres://tidings:hush@127.0.0.1:1/none' });
  expect(stderr).toMatch(
    /^Tidings cannot start: cannot reach the Postgres server at postgres:\/\/tidings:\*\*\*@127\.0\.0\.1:1\/none: .*ECONNREFUSED.*\n$/,
  );
}, 60_000);

test('a server that is too old is said, with what to do', async () => {
  await using old = await startOldPostgres('140011');
  const stderr = await refusal({ DATABASE_URL: old.url });
  expect(stderr).toMatch(
    /^Tidings cannot start: the Postgres server at .* is version 14; Tidings needs 15 or newer\. .*\n$/,
  );
}, 60_000);

test('a data folder that cannot be written is said', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tidings-unwritable-'));
  // A file in its place refuses even root.
  const file = join(dir, 'file');
  await writeFile(file, '');
  await chmod(file, 0o400);
  const stderr = await refusal({ DATA_DIR: join(file, 'data') });
  expect(stderr).toMatch(/^Tidings cannot start: /);
  expect(stderr).toContain(join(file, 'data'));
  await rm(dir, { recursive: true, force: true });
}, 60_000);

test('wrong configuration names every variable', async () => {
  const stderr = await refusal({ PORT: 'http', ROLE: 'boss', DATABASE_URL: 'mysql://x' });
  for (const name of ['PORT', 'ROLE', 'DATABASE_URL']) expect(stderr).toContain(`${name}: `);
});

test('several processes may start at once on one empty database: one fills it', async () => {
  await using fresh = await freshDatabase();
  const all = await Promise.all(
    Array.from({ length: 3 }, () => ProductProcess.start({ DATABASE_URL: fresh.url, DATABASE_POOL: '4' })),
  );
  try {
    expect(all.filter((one) => one.stdout.includes('shown once'))).toHaveLength(1);
    await all[0]?.production.category('orders');
    expect(await all[2]?.production.query('{ categories { key } }')).toEqual({ categories: [{ key: 'orders' }] });
  } finally {
    for (const one of all) await one[Symbol.asyncDispose]();
  }
}, 120_000);
