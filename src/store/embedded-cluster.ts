import { spawn } from 'node:child_process';
import { lchown, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartupError } from '../base/errors.js';
import type { Account, Binaries } from './embedded-binaries.js';

/** One data directory, and with what and as whom Postgres works on it. */
export interface Cluster {
  /** Absolute, links resolved. */
  readonly directory: string;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly durable: boolean;
}

/** The superuser, and the database of the same name. */
export const OWNER = 'tidings';
const IN_PLACE = '/proc/self/cwd';

/**
 * The account for a root process: the owner of existing data, else user postgres, else nobody. Undefined for a plain
 * user, who needs no other. Root-owned data (copied as root) is handed to the account by `initialise`.
 */
export async function chooseAccount(directory: string): Promise<Account | undefined> {
  const owner = await stat(directory).catch(() => undefined);
  const uid = process.getuid?.();
  if (uid !== 0) {
    if (!owner || owner.uid === uid) return undefined;
    throw new StartupError(
      `${directory} belongs to uid ${owner.uid}, but Tidings runs as uid ${uid}; Postgres works only on data of its own user. ` +
        'Start Tidings as that user (or as root), or hand the whole DATA_DIR over with chown -R.',
    );
  }
  if (owner && owner.uid !== 0) return { name: `of uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const users = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const [, uid, gid] = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(users) ?? [];
    if (uid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new StartupError(
    'Postgres refuses to run as root, and this system has neither a user postgres nor a user nobody to run it as. ' +
      'Start Tidings as a plain user, or set DATABASE_URL to a Postgres 18 server of your own.',
  );
}

/**
 * Makes sure that the directory holds a cluster of our major version. A new one grows beside it and is renamed when
 * complete, so a cut-off attempt leaves nothing that could be taken for a database; its remains are removed here.
 */
export async function initialise(cluster: Cluster, password: string): Promise<'created' | 'existing'> {
  const { directory, binaries, account } = cluster;
  const parent = dirname(directory);
  for (const name of await readdir(parent)) {
    if (!name.startsWith('postgres.init-')) continue;
    // An initdb whose starter was killed may still write there, so failing to remove it is no reason to stop.
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (version !== '' && version !== binaries.major) {
    throw new StartupError(
      `${directory} was written by Postgres ${version}, but this release brings Postgres ${binaries.major}, which cannot read it. ` +
        `Either dump it with Postgres ${version} (pg_dumpall) and restore it into an empty DATA_DIR, or start the Tidings ` +
        'release that wrote it, or set DATABASE_URL to a server of your own.',
    );
  }
  if (version !== '') {
    if (account && (await stat(directory)).uid === 0) await chownAll(directory, account);
    return 'existing';
  }
  if (((await readdir(directory).catch(() => undefined)) ?? []).length > 0) {
    throw new StartupError(
      `${directory} is not empty, and it is no Postgres data directory (PG_VERSION is missing). ` +
        'Move it away, or choose another DATA_DIR.',
    );
  }

  const draft = await mkdtemp(join(parent, 'postgres.init-'));
  const data = join(draft, 'data');
  await mkdir(data, { mode: 0o700 });
  await writeFile(join(draft, 'password'), password, { mode: 0o600 });
  if (account) await chownAll(draft, account);
  const output: string[] = [];
  const child = spawn(
    binaries.initdb,
    // A relative path, because initdb reads it as the account, which may be unable to walk down from the root.
    [`--pgdata=${reachable(cluster, data)}`, `--username=${OWNER}`, '--pwfile=../password', '--auth=scram-sha-256']
      .concat(['--no-locale', '--encoding=UTF8', '--no-instructions'])
      .concat(cluster.durable ? [] : ['--no-sync']),
    { ...spawnOptions(cluster, data), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => output.push(text));
  const end = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `exit ${code ?? signal}`));
  });
  if (end !== '') {
    await rm(draft, { recursive: true, force: true });
    throw startError(`could not create its data directory ${directory} (initdb: ${end})`, output.join(''), data);
  }
  await rename(data, directory);
  if (cluster.durable) await syncFolder(parent);
  await rm(draft, { recursive: true, force: true });
  return 'created';
}

/**
 * How the account names a directory that it works in. A root process may keep its data below a folder that the account
 * cannot enter (/root); the way through /proc does not walk down from the root, it starts at the working directory,
 * which the child was put into while it was still root.
 */
export function reachable(cluster: Cluster, directory: string): string {
  return cluster.account && process.platform === 'linux' ? IN_PLACE : directory;
}

/** Working directory, account and environment of every Postgres program; its own session, so Ctrl-C does not reach it. */
export function spawnOptions(cluster: Cluster, directory: string) {
  const { account } = cluster;
  return {
    cwd: directory,
    detached: true,
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
    ...(account && { uid: account.uid, gid: account.gid }),
  };
}

/** One error that says what failed and what Postgres itself said last (at most 15 lines of `output`). */
export function startError(what: string, output: string, directory: string): StartupError {
  const lines = output.replaceAll(IN_PLACE, directory).trim().split('\n').slice(-15);
  return new StartupError(
    `The embedded Postgres ${what}. Its last words:\n  ${lines.join('\n  ')}\n` +
      'Remove the cause named above and start again, or set DATABASE_URL to a Postgres 18 server of your own.',
  );
}

async function chownAll(folder: string, account: Account): Promise<void> {
  await lchown(folder, account.uid, account.gid);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await chownAll(path, account);
    else await lchown(path, account.uid, account.gid);
  }
}

/** Without it a power failure could undo the rename, and the next start would take the data for a cut-off attempt. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
