import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPackage, prepareBinaries } from '../../src/store/embedded-binaries.js';
import { chooseAccount } from '../../src/store/embedded-cluster.js';

let root: string;
let cache: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidings-binaries-'));
  cache = await mkdtemp(join(tmpdir(), 'tidings-cache-'));
  await chmod(cache, 0o755);
});

afterEach(async () => {
  await chmod(join(root, 'native', 'lib'), 0o755).catch(() => {});
  await rm(root, { recursive: true, force: true });
  await rm(cache, { recursive: true, force: true });
});

/** A package as npm leaves it without install scripts, that is without library links, in a folder closed to others. */
async function unpack(): Promise<{ folder: string; version: string }> {
  const { folder, version } = await findPackage();
  const copy = join(root, 'native');
  const isLink = /\.so(\.\d+)?$/;
  // The links are left out; a few real files have such names too and stay.
  const { default: links } = await import(join(folder, 'pg-symlinks.json'), { with: { type: 'json' } });
  const targets = new Set((links as Array<{ target: string }>).map(({ target }) => target.replace('native', folder)));
  await cp(folder, copy, { recursive: true, filter: (source) => !(isLink.test(source) && targets.has(source)) });
  return { folder: copy, version };
}

it('makes the missing library links in place, or copies what the account cannot reach, once for all who ask', async () => {
  const native = await unpack();
  const account = await chooseAccount(join(root, 'nothing'));
  // A plain user's way to a copy: the folder is there, but the links cannot be made in it.
  if (!account) await chmod(join(native.folder, 'lib'), 0o555);
  const [one, two] = await Promise.all([
    prepareBinaries(native, account, [cache]),
    prepareBinaries(native, account, [cache]),
  ]);
  expect(one.postgres.startsWith(cache)).toBe(true);
  expect(two).toEqual(one);
  expect(one.major).toBe('18');
  expect(existsSync(one.initdb)).toBe(true);
});

it('uses the package in place when that works', async () => {
  const native = await unpack();
  if (process.getuid?.() === 0) await chmod(root, 0o755);
  const account = await chooseAccount(join(root, 'nothing'));
  const { postgres } = await prepareBinaries(native, account, []);
  expect(postgres).toBe(join(native.folder, 'bin', 'postgres'));
});

it('says what was tried when nothing works', async () => {
  const native = { folder: join(root, 'native'), version: 'broken' };
  await mkdir(native.folder);
  await writeFile(join(native.folder, 'pg-symlinks.json'), '[]');
  const account = await chooseAccount(join(root, 'nothing'));
  await expect(prepareBinaries(native, account, [cache])).rejects.toThrow(/cannot run here[^]*DATABASE_URL[^]*ENOENT/);
});
