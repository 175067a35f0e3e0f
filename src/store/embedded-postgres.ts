import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { monotonicMs } from '../base/clock.js';
import { StartupError } from '../base/errors.js';
import { cacheFolders, findPackage, prepareBinaries } from './embedded-binaries.js';
import { chooseAccount, initialise, OWNER, type Cluster } from './embedded-cluster.js';
import { countUsers, registerUser, withLock } from './embedded-lock.js';
import { findPostmaster, launch, readPostmaster, shutDown, type Postmaster } from './embedded-postmaster.js';

export interface EmbeddedPostgres {
  /** With the superuser's password; do not log it. */
  readonly url: string;
  /** On 127.0.0.1; another one after each start. */
  readonly port: number;
  /** A living Postgres was found (of another process on this folder, or left by one that was killed). */
  readonly reused: boolean;
  /** Gives it up; the last of all processes that use the folder shuts it down (fast; at most 40 s). Repeatable. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds the data (`postgres`), the password, the log and who uses it; made when missing. */
  readonly dataDir: string;
  /** Gets one line for every step worth knowing. */
  readonly log?: (line: string) => void;
  /** False lets a power failure destroy the data, for speed: tests only. Default true. */
  readonly durable?: boolean;
  /** Postgres settings that win over ours; without effect on a Postgres that is reused. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** First start with sync on a slow disk is the longest that somebody else may hold the lock in good order. */
const LOCK_MS = 120_000;

/**
 * Starts Postgres from the npm package of this platform, or joins the one that already lives on the folder. It listens
 * on 127.0.0.1 only, outlives a kill -9 of this process (the next start finds it again) and never hears Ctrl-C.
 * There are no exit hooks here: whoever starts it calls stop() after everything that uses the database has ended.
 * @throws one error that says what failed, in Postgres' own words where it spoke, and what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const dataDir = await prepareFolder(options.dataDir);
  const native = await findPackage();
  const lock = join(dataDir, 'postgres.lock');
  const users = join(dataDir, 'users');

  return withLock(lock, LOCK_MS, async () => {
    const directory = join(dataDir, 'postgres');
    const account = await chooseAccount(directory);
    const binaries = await prepareBinaries(native, account, cacheFolders(dataDir, account));
    const cluster: Cluster = { directory, binaries, account, durable: options.durable ?? true };
    const entry = await registerUser(users);
    try {
      const password = await keepPassword(join(dataDir, 'postgres.password'));
      if ((await initialise(cluster, password)) === 'created') log(`Created the embedded Postgres in ${directory}`);
      const living = await findPostmaster(cluster);
      const postmaster =
        living ??
        (await launch(cluster, join(dataDir, 'postgres.log'), {
          ...settingsFor(cluster.durable),
          ...options.settings,
        }));
      const url = await openDatabase(postmaster, password, directory);
      log(
        `${living ? 'Found' : 'Started'} the embedded Postgres in ${directory}: port ${postmaster.port}, process ${postmaster.pid}` +
          (account ? `, as user ${account.name}` : ''),
      );
      let stopping: Promise<void> | undefined;
      const release = async (): Promise<void> => {
        await rm(entry, { force: true });
        if ((await countUsers(users)) > 0) return;
        // Not always the one from above: that may have crashed, and another user have started a new one.
        const current = await readPostmaster(cluster);
        if (current === undefined || current === 'foreign') return;
        await shutDown(current);
        log('Stopped the embedded Postgres');
      };
      return {
        url,
        port: postmaster.port,
        reused: living !== undefined,
        stop: () => (stopping ??= withLock(lock, LOCK_MS, release)),
      };
    } catch (error) {
      await rm(entry, { force: true });
      throw error;
    }
  }).catch((error: NodeJS.ErrnoException) => {
    // What the file system says about a step in between names no purpose.
    if (error.syscall === undefined) throw error;
    throw new StartupError(
      `The embedded Postgres in ${dataDir} could not be started: ${error.message}. ` +
        'Check the space and the permissions there, or set DATA_DIR to another folder.',
      { cause: error },
    );
  });
}

async function prepareFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true });
    const folder = await realpath(dataDir);
    // Tried now, because every later step writes here and would say it less clearly.
    const trial = join(folder, `.write-${process.pid}-${randomBytes(4).toString('hex')}`);
    await writeFile(trial, 'x');
    await rm(trial, { force: true });
    return folder;
  } catch (cause) {
    throw new StartupError(
      `DATA_DIR ${dataDir} cannot be written: ${(cause as Error).message}. ` +
        'Make it a folder that the user running Tidings may write, or set DATA_DIR to another one.',
      { cause },
    );
  }
}

/** The superuser's password: made once, readable for nobody else. */
async function keepPassword(file: string): Promise<string> {
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (kept !== '') return kept;
  const password = randomBytes(24).toString('hex');
  await writeFile(file, password, { mode: 0o600, flush: true });
  return password;
}

function settingsFor(durable: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: totalmem() < 4 * 1024 ** 3 ? '128MB' : '256MB',
    // Fewer checkpoints mean fewer full page images: the write-ahead log is what a notification's way costs most.
    checkpoint_timeout: '15min',
    max_wal_size: '2GB',
    wal_compression: 'on',
    // Our statements are short, and the data of a small machine lies in memory or on a disk without heads.
    jit: 'off',
    random_page_cost: '1.1',
    // A fan-out fills a fresh day's tables in seconds; plans are poor until somebody has counted them.
    autovacuum_naptime: '10s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Failed statements reach the caller anyway; in the log they would hide what Postgres says about itself.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...(durable
      ? { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** Proves by our password that the server is ours, and makes the database when the first start was cut off before it. */
async function openDatabase(postmaster: Postmaster, password: string, directory: string): Promise<string> {
  const base = `postgres://${OWNER}:${password}@127.0.0.1:${postmaster.port}`;
  const admin = await connect(`${base}/postgres`, directory);
  try {
    const found = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [OWNER]);
    if (found.rowCount === 0) await admin.query(`CREATE DATABASE ${OWNER}`);
  } finally {
    await admin.end();
  }
  return `${base}/${OWNER}`;
}

/** Tries for 30 s while the server says that it is just (re)starting. */
async function connect(url: string, directory: string): Promise<Client> {
  const deadline = monotonicMs() + 30_000;
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    try {
      await client.connect();
      return client;
    } catch (cause) {
      await client.end().catch(() => {});
      const { code, message } = cause as NodeJS.ErrnoException;
      if ((code === '57P03' || code === 'ECONNREFUSED') && monotonicMs() < deadline) {
        await sleep(50);
        continue;
      }
      const hint =
        code === '28P01'
          ? 'The file postgres.password beside it is not the one that it was created with: restore that file.'
          : 'See postgres.log beside it.';
      throw new StartupError(
        `The embedded Postgres in ${directory} runs, but refuses the connection: ${message}. ${hint}`,
        {
          cause,
        },
      );
    }
  }
}
