import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the client, and that of what is built of it. */
export const client = fileURLToPath(new URL('..', import.meta.url));
export const dist = join(client, 'dist');

/** One folder of `client/dist`. */
export interface Product {
  readonly name: string;
  /** Files and folders that it is made of, besides the client's source, the build itself and the lock file. */
  readonly inputs: readonly string[];
  /** Fills an empty folder. */
  readonly build: (folder: string) => Promise<void>;
}

/** Builds a product into its folder, unless what lies there was made of the same inputs. Says whether it was built. */
export async function buildWhenChanged({ name, inputs, build }: Product): Promise<boolean> {
  const stamp = await hashInputs([
    join(client, 'src'),
    join(client, 'build'),
    join(client, 'package.json'),
    join(client, '..', 'package-lock.json'),
    ...inputs,
  ]);
  const target = join(dist, name);
  if ((await readStamp(target)) === stamp) return false;
  const draft = join(dist, `.${name}-${randomUUID().slice(0, 8)}`);
  try {
    await mkdir(draft, { recursive: true });
    await build(draft);
    await writeFile(join(draft, '.stamp'), stamp);
    await replace(draft, target, stamp);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return true;
}

/** Two processes may build at once: each moves a complete folder into place, and the same stamp means the same content. */
async function replace(draft: string, target: string, stamp: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const old = join(dist, `.old-${randomUUID().slice(0, 8)}`);
    try {
      await rename(target, old).catch(onlyUnless('ENOENT'));
      await rename(draft, target);
      return;
    } catch (error) {
      if ((await readStamp(target)) === stamp) return;
      if (attempt === 5) throw error;
    } finally {
      await rm(old, { recursive: true, force: true });
    }
  }
}

function onlyUnless(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error;
  };
}

async function readStamp(folder: string): Promise<string | undefined> {
  return readFile(join(folder, '.stamp'), 'utf8').catch(() => undefined);
}

async function hashInputs(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of await listFiles(input)) {
      hash
        .update(`${relative(client, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

async function listFiles(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return undefined;
      throw error;
    },
  );
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
