import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolders, findPackage, prepareBinaries } from '../../src/store/embedded-binaries.js';
import { chooseAccount } from '../../src/store/embedded-cluster.js';
import { processIdentity } from '../../src/store/embedded-lock.js';
import { freePort, launch, shutDown } from '../../src/store/embedded-postmaster.js';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.js';
import { startInProcess, until } from '../support/embedded-process.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65534, gid: 65534 };
let root: string;
let dataDir: string;

beforeEach(async () => {
  // Mode 0700 of whoever runs the test: for root that makes every test one of a parent that Postgres cannot enter.
  root = await mkdtemp(join(tmpdir(), 'tidings-embedded-'));
  dataDir = join(root, 'data');
});

afterEach(async () => {
  const pid = postmasterPid();
  if (pid !== undefined && (await processIdentity(pid)) !== undefined) process.kill(pid, 'SIGKILL');
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
});

const start = () => startEmbeddedPostgres({ dataDir, durable: false });

function postmasterPid(): number | undefined {
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

describe('a folder of its own', () => {
  it('makes the database at the first start and keeps it over a stop', async () => {
    const first = await start();
    expect(first).toMatchObject({ reused: false, port: Number(new URL(first.url).port) });
    expect(await query(first.url, 'SELECT current_database()')).toEqual(['tidings']);
    expect(await query(first.url, 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
    await query(first.url, `CREATE TABLE kept AS SELECT 'é' AS word`);
    // What a parent folder out of reach would break: files named by path, in the server and in new databases.
    expect(await query(first.url, 'SELECT pg_reload_conf()')).toEqual([true]);
    await query(first.url, 'CHECKPOINT');
    await query(first.url, 'CREATE DATABASE another TEMPLATE template0 STRATEGY file_copy');
    await first.stop();
    await first.stop();
    expect(postmasterPid()).toBeUndefined();

    const second = await start();
    expect(second.reused).toBe(false);
    expect(await query(second.url, 'SELECT word FROM kept')).toEqual(['é']);
    await second.stop();
  });

  it('is durable unless told otherwise, lets settings win, and keeps the password to its owner', async () => {
    const database = await startEmbeddedPostgres({ dataDir, settings: { max_connections: '50' } });
    expect(await query(database.url, 'SHOW fsync')).toEqual(['on']);
    expect(await query(database.url, 'SHOW synchronous_commit')).toEqual(['on']);
    expect(await query(database.url, 'SHOW max_connections')).toEqual(['50']);
    const wrong = new URL(database.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
    // As root the data belong to another user, because Postgres refuses to be root.
    expect(statSync(join(dataDir, 'postgres')).uid === process.getuid?.()).toBe(!isRoot);
    await database.stop();
  });
});

describe('several processes', () => {
  it('finds the living Postgres again after its starter and the whole process group were killed', async () => {
    const killed = startInProcess({ dataDir });
    const answer = await killed.answer();
    await query(answer.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    process.kill(-killed.child.pid!, 'SIGINT');
    process.kill(-killed.child.pid!, 'SIGKILL');
    await until('the starter is dead', () => killed.child.signalCode);

    const database = await start();
    expect(database).toMatchObject({ reused: true, port: answer.port });
    expect(await query(database.url, 'SELECT n FROM kept')).toEqual([42]);
    await database.stop();
    expect(postmasterPid()).toBeUndefined();
  });

  it('shares one Postgres between two that start at once, until the last one stops', async () => {
    const starters = [startInProcess({ dataDir }), startInProcess({ dataDir })] as const;
    const [one, two] = await Promise.all([starters[0].answer(), starters[1].answer()]);
    expect(one.url).toBe(two.url);
    expect(one.reused).toBe(!two.reused);

    starters[0].stop();
    expect(await starters[0].answer()).toMatchObject({ stopped: true });
    expect(await query(two.url, 'SELECT 1')).toEqual([1]);

    starters[1].stop();
    expect(await starters[1].answer()).toMatchObject({ stopped: true });
    expect(postmasterPid()).toBeUndefined();
  });

  it('counts two handles of one process apart', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await one.stop();
    expect(await query(two.url, 'SELECT 1')).toEqual([1]);
    await two.stop();
    expect(postmasterPid()).toBeUndefined();
  });
});

describe('what a crash leaves behind', () => {
  it('begins again when initdb was cut off', async () => {
    const drafts = () =>
      (existsSync(dataDir) ? readdirSync(dataDir) : []).filter((name) => name.startsWith('postgres.init-'));
    const killed = startInProcess({ dataDir });
    await until('initdb has begun', () => drafts().some((name) => existsSync(join(dataDir, name, 'data', 'base'))));
    killed.child.kill('SIGKILL');
    await until('the starter is dead', () => killed.child.signalCode);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);

    const database = await start();
    expect(database.reused).toBe(false);
    expect(await query(database.url, 'SELECT 1')).toEqual([1]);
    expect(drafts()).toEqual([]);
    await database.stop();
  });

  it('is not fooled by the pid file of a dead Postgres whose pid another process has now', async () => {
    await (await start()).stop();
    const lines = [process.pid, join(dataDir, 'postgres'), '1700000000', '5432', '', '127.0.0.1', '', 'ready'];
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), lines.join('\n'));
    const database = await start();
    expect(database.reused).toBe(false);
    await database.stop();
  });

  it('recovers when Postgres itself was killed', async () => {
    const lost = await startEmbeddedPostgres({ dataDir });
    await query(lost.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    const pid = postmasterPid()!;
    const identity = await processIdentity(pid);
    process.kill(pid, 'SIGKILL');
    await until('Postgres is dead', async () => (await processIdentity(pid)) !== identity);
    const database = await startEmbeddedPostgres({ dataDir });
    expect(database.reused).toBe(false);
    expect(await query(database.url, 'SELECT n FROM kept')).toEqual([7]);
    await database.stop();
    // The other handle of the dead one stops whatever lives now.
    await lost.stop();
    expect(postmasterPid()).toBeUndefined();
  });

  it('tries another port when the chosen one was taken meanwhile', async () => {
    await (await start()).stop();
    const rival = createServer();
    await new Promise<void>((resolve) => rival.listen(0, '127.0.0.1', resolve));
    const taken = (rival.address() as AddressInfo).port;
    const ports = [taken, taken];
    const directory = join(realpathSync(dataDir), 'postgres');
    const account = await chooseAccount(directory);
    const binaries = await prepareBinaries(await findPackage(), account, cacheFolders(dataDir, account));
    const cluster = { directory, binaries, account, durable: false };
    const free = async () => ports.pop() ?? freePort();
    const postmaster = await launch(cluster, join(dataDir, 'postgres.log'), { listen_addresses: '127.0.0.1' }, free);
    expect(postmaster.port).not.toBe(taken);
    await shutDown(postmaster);
    await new Promise((resolve) => rival.close(resolve));
  });
});

describe('what it says when it cannot', () => {
  it('names a folder that cannot be written', async () => {
    await writeFile(join(root, 'file'), '');
    dataDir = join(root, 'file', 'data');
    await expect(start()).rejects.toThrow(`DATA_DIR ${dataDir} cannot be written: ENOTDIR`);

    dataDir = join(root, 'locked');
    await mkdir(dataDir, { mode: 0o555 });
    await chmod(root, 0o755);
    const refused = await startInProcess({ dataDir, ...(isRoot && NOBODY) }).answer();
    expect(refused.error).toContain(`DATA_DIR ${dataDir} cannot be written: EACCES`);
  });

  it('says what to do with the data of another major version', async () => {
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toThrow(
      /was written by Postgres 17, but this release brings Postgres 18.*pg_dumpall/,
    );
  });

  it('leaves a folder alone that holds something else', async () => {
    await mkdir(join(dataDir, 'postgres', 'photos'), { recursive: true });
    await expect(start()).rejects.toThrow('is not empty, and it is no Postgres data directory');
    expect(existsSync(join(dataDir, 'postgres', 'photos'))).toBe(true);
  });

  it("hands on Postgres' own words", async () => {
    const settings = { shared_buffers: 'plenty' };
    await expect(startEmbeddedPostgres({ dataDir, durable: false, settings })).rejects.toThrow(
      /could not start in .*exit 1\)\. Its last words:[^]*invalid value for parameter "shared_buffers": "plenty"/,
    );
    // The failed start holds nothing: the next one works.
    await (await start()).stop();
  });
});

describe('who it runs as', () => {
  it('runs as the plain user that started it', async () => {
    if (isRoot) {
      await chmod(root, 0o755);
      await mkdir(dataDir);
      await chown(dataDir, NOBODY.uid, NOBODY.gid);
    }
    const starter = startInProcess({ dataDir, ...(isRoot && NOBODY) });
    const answer = await starter.answer();
    // In a checkout below /root that user has no way to the binaries, and is told so.
    const reachable = !isRoot || isOpen((await findPackage()).folder);
    expect(answer.error ?? '').toMatch(
      reachable ? /^$/ : /^(The embedded Postgres cannot run here|No embedded Postgres)/,
    );
    if (!reachable) return;
    const shown = await query(answer.url, 'SHOW data_directory');
    expect(shown).toEqual([join(realpathSync(dataDir), 'postgres')]);
    starter.stop();
    expect(await starter.answer()).toMatchObject({ stopped: true });
  });
});

/** Whether every user may enter the folder. */
function isOpen(folder: string): boolean {
  const { mode } = statSync(folder);
  return (mode & 0o001) !== 0 && (folder === '/' || isOpen(dirname(folder)));
}
