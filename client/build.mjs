// Builds the pages that the gateway serves, each into client/dist/<app>, and only those whose inputs have changed.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const client = fileURLToPath(new URL('.', import.meta.url));
const dist = join(client, 'dist');
const apps = ['graphiql', 'demo'];

try {
  for (const app of apps) {
    const configFile = join(client, app, 'vite.config.ts');
    if (existsSync(configFile)) await buildWhenChanged(app, configFile);
  }
} catch (error) {
  process.stderr.write(`The pages could not be built: ${error?.stack ?? error}\n`);
  process.exit(1);
}

async function buildWhenChanged(app, configFile) {
  const stamp = await hashInputs([
    join(client, 'src'),
    join(client, app),
    join(client, 'package.json'),
    join(client, '..', 'package-lock.json'),
    fileURLToPath(import.meta.url),
  ]);
  const target = join(dist, app);
  if ((await readStamp(target)) === stamp) return;

  // Loaded only now: most starts find everything built.
  const { build } = await import('vite');
  const started = performance.now();
  const draft = join(dist, `.${app}-${randomUUID().slice(0, 8)}`);
  try {
    await build({ configFile, logLevel: 'warn', build: { outDir: draft, emptyOutDir: true } });
    await writeFile(join(draft, '.stamp'), stamp);
    await replace(draft, target, stamp);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  process.stdout.write(
    `Built ${relative(process.cwd(), target)} in ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
  );
}

/** Two processes may build at once: each moves a complete folder into place, and the same stamp means the same content. */
async function replace(draft, target, stamp) {
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

function onlyUnless(code) {
  return (error) => {
    if (error.code !== code) throw error;
  };
}

async function readStamp(folder) {
  return readFile(join(folder, '.stamp'), 'utf8').catch(() => undefined);
}

async function hashInputs(inputs) {
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

async function listFiles(path) {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
