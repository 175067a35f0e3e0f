import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { inboxPackage } from '../../build/library.ts';
import { buildWhenChanged, client } from '../../build/when-changed.ts';

const run = promisify(execFile);

/** The package as `npm pack` makes it, unpacked; `[Symbol.asyncDispose]` removes it. */
export interface Packed extends AsyncDisposable {
  readonly tarball: string;
  readonly folder: string;
}

/** Builds what has changed and packs it. Asks no registry. */
export async function packInbox(): Promise<Packed> {
  await buildWhenChanged(inboxPackage);
  const place = await mkdtemp(join(tmpdir(), 'tidings-pack-'));
  await run('npm', ['pack', '--offline', '--ignore-scripts', '--pack-destination', place], { cwd: client });
  const [name = ''] = await readdir(place);
  const tarball = join(place, name);
  await run('tar', ['-xzf', tarball, '-C', place]);
  return {
    tarball,
    folder: join(place, 'package'),
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

/** A project of somebody who has installed the package beside a React of their own. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** The React that it has. */
  readonly react: string;
  write(file: string, text: string): Promise<void>;
  /** Runs one of its files in Node; answers what it wrote. */
  node(file: string): Promise<string>;
  /** Bundles one of its files for a page, as for development: React warns only then. */
  bundle(file: string, outDir: string): Promise<void>;
}

const workspace = createRequire(import.meta.url);
const oldest = createRequire(join(client, '..', 'test/react-18/package.json'));

/** Nothing is downloaded: the workspace's own React 18 or 19 is linked into it. */
export async function startProject(packed: Packed, major: 18 | 19): Promise<Project> {
  const require = major === 18 ? oldest : workspace;
  const folder = await mkdtemp(join(tmpdir(), `tidings-react-${major}-`));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@tidings'), { recursive: true });
  await cp(packed.folder, join(modules, '@tidings/inbox'), { recursive: true });
  const installed = (name: string, from = require): string => dirname(from.resolve(`${name}/package.json`));
  for (const name of ['react', 'react-dom']) await symlink(installed(name), join(modules, name));
  await symlink(installed('virtua', workspace), join(modules, 'virtua'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  return {
    folder,
    react: (require('react') as { version: string }).version,
    write: (file, text) => writeFile(join(folder, file), text),
    node: async (file) => (await run(process.execPath, [join(folder, file)], { cwd: folder })).stdout,
    async bundle(file, outDir) {
      await build({
        configFile: false,
        root: folder,
        mode: 'development',
        logLevel: 'error',
        resolve: { dedupe: ['react', 'react-dom'] },
        define: { 'process.env.NODE_ENV': '"development"' },
        build: {
          outDir,
          emptyOutDir: false,
          minify: false,
          rolldownOptions: {
            input: join(folder, file),
            output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]' },
          },
        },
      });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
