import { spawn } from 'node:child_process';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../base/clock.js';
import { StartupError } from '../base/errors.js';
import { reachable, spawnOptions, startError, type Cluster } from './embedded-cluster.js';
import { commandLine, processIdentity } from './embedded-lock.js';

/** A postmaster that was seen alive on the cluster. */
export interface Postmaster {
  readonly pid: number;
  readonly identity: string;
  readonly port: number;
  /** It accepts connections; before that it starts or recovers. */
  readonly ready: boolean;
}

const POLL_MS = 20;
/** Recovery after a power failure replays up to max_wal_size; on a slow disk that takes minutes. */
const READY_MS = 300_000;
/**
 * What a second try can cure: another program took the port between our look and Postgres' bind, or the children of a
 * killed postmaster have not noticed yet that it is dead.
 */
const PASSING = /Address already in use|shared memory block .* still in use/i;
const ATTEMPTS = 40;
const RETRY_MS = 250;

/** The setting that tells our postmaster from every other process that may get its pid. */
const MARK = 'tidings.data_dir';

/** The cluster's postmaster as its pid file tells, checked against the living process. Changes nothing. */
export async function readPostmaster(cluster: Cluster): Promise<Postmaster | 'foreign' | undefined> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const identity = await processIdentity(pid);
  const command = await commandLine(pid);
  if (identity === undefined || command === undefined) return undefined;
  if (`${command} `.includes(`${MARK}=${cluster.directory} `)) {
    return { pid, identity, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  }
  return /^\S*\bpostgres\b/.test(command) && !command.includes(MARK) ? 'foreign' : undefined;
}

/**
 * The living postmaster of this cluster, ready for connections (waits while it starts or recovers); undefined when there
 * is none. Then it also removes the pid file that a dead one left: its pid may belong to another process by now, and
 * Postgres would refuse to start. Call it inside the lock.
 * @throws when somebody started a Postgres by hand on this directory.
 */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const found = await readPostmaster(cluster);
  if (found === 'foreign') {
    throw new StartupError(
      `A Postgres that Tidings did not start works on ${cluster.directory} (see ${pidFile(cluster)}). ` +
        'Stop it, or set DATABASE_URL to it.',
    );
  }
  const ready = found && (await waitReady(cluster, (now) => now === undefined));
  if (!ready) await rm(pidFile(cluster), { force: true });
  return ready;
}

/**
 * Starts a postmaster on a free port of 127.0.0.1 and waits until it accepts connections, at most five minutes.
 * @throws with the last lines that Postgres wrote when it gives up, and when the time is over.
 */
export async function launch(
  cluster: Cluster,
  logFile: string,
  settings: Readonly<Record<string, string>>,
  choosePort: () => Promise<number> = freePort,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort();
    const before = await stat(logFile).catch(() => undefined);
    // Kept from start to start, because the reason of a crash is in it; a large one is begun anew.
    const log = await open(logFile, before && before.size > 10_000_000 ? 'w' : 'a', 0o600);
    const offset = (await log.stat()).size;
    const pairs = Object.entries({ ...settings, port: String(port), [MARK]: cluster.directory });
    let end: string | undefined;
    try {
      const child = spawn(
        cluster.binaries.postgres,
        ['-D', reachable(cluster, cluster.directory), ...pairs.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        // Output goes to a file: a pipe would break with us, and Postgres is to outlive our kill -9.
        { ...spawnOptions(cluster, cluster.directory), stdio: ['ignore', log.fd, log.fd] },
      );
      child.once('error', (error) => (end = error.message));
      child.once('exit', (code, signal) => (end = `exit ${code ?? signal}`));
      child.unref();
    } finally {
      await log.close();
    }
    const postmaster = await waitReady(cluster, () => end !== undefined);
    if (postmaster) return postmaster;
    const words = (await readFile(logFile)).subarray(offset).toString();
    if (attempt < ATTEMPTS && PASSING.test(words)) {
      await sleep(RETRY_MS);
      continue;
    }
    throw startError(`could not start in ${cluster.directory} (port ${port}, ${end})`, words, cluster.directory);
  }
}

async function waitReady(
  cluster: Cluster,
  isOver: (found: Postmaster | undefined) => boolean,
): Promise<Postmaster | undefined> {
  const deadline = monotonicMs() + READY_MS;
  for (;;) {
    const read = await readPostmaster(cluster);
    const found = read === 'foreign' ? undefined : read;
    if (found?.ready) return found;
    if (isOver(found)) return undefined;
    if (monotonicMs() > deadline) {
      throw new StartupError(
        `The embedded Postgres in ${cluster.directory} (process ${found?.pid ?? 'unknown'}) accepts no connections after ` +
          `${READY_MS / 1000} s. If it is recovering from a crash (postgres.log beside it tells), start again later.`,
      );
    }
    await sleep(POLL_MS);
  }
}

/**
 * Fast shutdown: open transactions are rolled back, then a checkpoint. After 30 s the hard way, which the next start
 * repairs from the write-ahead log.
 */
export async function shutDown(postmaster: Postmaster): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    if ((await processIdentity(postmaster.pid)) !== postmaster.identity) return;
    process.kill(postmaster.pid, signal);
    const deadline = monotonicMs() + patienceMs;
    while (monotonicMs() < deadline) {
      if ((await processIdentity(postmaster.pid)) !== postmaster.identity) return;
      await sleep(POLL_MS);
    }
  }
  throw new Error(`The embedded Postgres (process ${postmaster.pid}) is still there 40 s after it was told to stop.`);
}

function pidFile(cluster: Cluster): string {
  return join(cluster.directory, 'postmaster.pid');
}

/** A port of 127.0.0.1 that nothing listened on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
