import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { monotonicMs } from '../base/clock.js';
import { StartupError } from '../base/errors.js';

/**
 * Names one process for good: the pid together with its start. A pid alone is not enough, because pids are given out
 * again, and in a container every restart has the same few. Undefined when no such process lives; a zombie is dead.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const listed = await ps(pid, 'stat=,lstart=');
    return listed === undefined || listed.startsWith('Z') ? undefined : `${pid} ${listed.replace(/^\S+\s+/, '')}`;
  }
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets and may itself hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
    return `${pid} ${fields[19]} ${boot}`;
  } catch {
    return undefined;
  }
}

/** The command line of a living process, blanks between its arguments; undefined when it is gone. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if ((await processIdentity(pid)) === undefined) return undefined;
  if (process.platform !== 'linux') return ps(pid, 'command=');
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return raw?.replaceAll('\0', ' ').trim();
}

async function ps(pid: number, columns: string): Promise<string | undefined> {
  const listed = await promisify(execFile)('/bin/ps', ['-ww', '-o', columns, '-p', String(pid)]).catch(() => undefined);
  return listed?.stdout.trim() || undefined;
}

async function isAlive(identity: string): Promise<boolean> {
  return (await processIdentity(Number.parseInt(identity, 10))) === identity;
}

/**
 * Runs `work` while no other process (and no other call in this one) is inside a lock on the same path. A holder that
 * died is recognised and passed over. Waits at most `patienceMs`, then fails and names the holder.
 */
export async function withLock<T>(path: string, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const mine = (await processIdentity(process.pid)) ?? String(process.pid);
  const deadline = monotonicMs() + patienceMs;
  // A symbolic link is made in one step together with what it says, so nobody ever reads a half-written lock.
  while (!(await createLink(mine, path))) {
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined) continue;
    if (!(await isAlive(holder))) {
      await setAside(path, holder);
      continue;
    }
    if (monotonicMs() > deadline) {
      throw new StartupError(
        `Waited ${Math.round(patienceMs / 1000)} s for the lock ${path}, held by process ${Number.parseInt(holder, 10)}. ` +
          'If that process is not starting or stopping a gateway on the same DATA_DIR, end it or delete the lock.',
      );
    }
    await sleep(25);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function createLink(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes away a dead holder's lock. Two may try at once, so what was taken is checked, and given back if it was another. */
async function setAside(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await readlink(aside);
  if (taken !== dead) await createLink(taken, path);
  await rm(aside, { force: true });
}

/** Enters this process into the folder of users and returns the entry's path; call it inside the lock. */
export async function registerUser(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  // One process may hold several handles (tests do), so the pid alone would count too few.
  const entry = join(folder, `${process.pid}-${randomUUID().slice(0, 8)}`);
  await writeFile(entry, (await processIdentity(process.pid)) ?? String(process.pid));
  return entry;
}

/** Counts the living users in the folder and forgets the dead ones; call it inside the lock. */
export async function countUsers(folder: string): Promise<number> {
  let living = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const entry = join(folder, name);
    if (await isAlive(await readFile(entry, 'utf8').catch(() => ''))) living += 1;
    else await rm(entry, { force: true });
  }
  return living;
}
