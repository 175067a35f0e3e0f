import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure, tableOf } from '../../build/measure.ts';
import { packInbox, startProject, type Packed } from '../support/packed.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const modules = ['index', 'core', 'tabs', 'counts', 'preferences', 'hooks', 'push', 'push-react'];

let packed: Packed;
beforeAll(async () => {
  packed = await packInbox();
});
afterAll(() => packed?.[Symbol.asyncDispose]());

const text = (file: string): Promise<string> => readFile(join(packed.folder, file), 'utf8');
const names = async (): Promise<string[]> => {
  const entries = await readdir(packed.folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(packed.folder.length + 1))
    .sort();
};
/** As they are imported: `labels/de`. */
const labels = async (): Promise<string[]> =>
  (await names()).flatMap((name) => /^dist\/inbox\/(labels\/[\w-]+)\.js$/.exec(name)?.[1] ?? []);

describe('the package', () => {
  it('holds what is built, its declarations and a README, and neither sources nor tests', async () => {
    const all = await names();
    expect(all).toEqual(
      expect.arrayContaining([
        'README.md',
        'package.json',
        ...modules.map((name) => `dist/inbox/${name}.js`),
        ...modules.map((name) => `dist/inbox/types/${name}.d.ts`),
        ...['inbox.css', 'opened.js', 'push-worker.js', 'tidings-inbox.js'].map((name) => `dist/inbox/${name}`),
        ...['opened.js', 'tidings-inbox.js'].map((name) => `dist/inbox/element/${name}`),
        expect.stringMatching(/^dist\/inbox\/tidings-inbox-opened-[0-9a-f]{8}\.js$/),
      ]),
    );
    expect(all.filter((name) => !name.startsWith('dist/inbox/'))).toEqual(['README.md', 'package.json']);
    expect(all.filter((name) => name.includes('.stamp') || name.includes('test'))).toEqual([]);
  });

  it('says what runs in browsers only, and the core is without React', async () => {
    for (const entry of ['index', 'hooks', 'push-react'])
      expect(await text(`dist/inbox/${entry}.js`)).toMatch(/^['"]use client['"]/);
    const { size: withReact } = await reachable('index.js');
    expect(withReact).toBeGreaterThan(0);
    for (const entry of ['core.js', 'tabs.js', 'counts.js', 'preferences.js', 'push.js'])
      expect([...(await reachable(entry))]).toEqual([]);
    for (const file of ['push-worker.js', 'tidings-inbox.js'])
      expect(await text(`dist/inbox/${file}`)).not.toMatch(/^(import|export)\b/m);
    expect(await text('dist/inbox/inbox.css')).not.toContain('@import');
  });

  it('is found nothing wrong with by publint', async () => {
    const { messages } = await publint({ pkgDir: packed.folder, strict: true, pack: false });
    expect(messages).toEqual([]);
  });

  it('is found nothing wrong with by attw', async () => {
    const attw = require.resolve('@arethetypeswrong/cli/package.json').replace('package.json', 'dist/index.js');
    const untyped = ['inbox.css', 'push-worker.js'].map((name) => `./${name}`);
    const languages = (await labels()).map((name) => `./${name}`);
    // Ends with 1 for any problem that the profile does not leave out.
    const answer = await run(process.execPath, [
      ...[attw, packed.tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'],
      ...['--exclude-entrypoints', ...untyped],
      ...(languages.length > 0 ? ['--include-entrypoints', ...languages] : []),
    ]).catch((error: { stdout: string }) => ({ ...error, code: 1 }));
    expect(answer, answer.stdout).not.toHaveProperty('code');
  });

  it.each(['node16', 'bundler'])(
    'has declarations that TypeScript reads with moduleResolution %s',
    async (resolution) => {
      await using project = await startProject(packed, 19);
      const types = join(project.folder, 'node_modules/@types');
      await mkdir(types);
      await symlink(dirname(require.resolve('@types/react/package.json')), join(types, 'react'));
      const languages = (await labels()).map((name) => `/${name}`);
      const entries = ['', ...modules.filter((name) => name !== 'index').map((name) => `/${name}`), ...languages];
      await project.write(
        'page.ts',
        entries
          .map((entry, index) => `import * as part${index} from '@tidings/inbox${entry}';\nvoid part${index};\n`)
          .join('') +
          `import { webPush } from '@tidings/inbox/push';
import type {} from '@tidings/inbox/tidings-inbox.js';
const push = webPush({ url: '/graphql', token: 'token' });
document.createElement('tidings-inbox').tokenProvider = async () => 'token';
const state: 'subscribed' | string = push.getSnapshot().state;
// @ts-expect-error the address is missing: what is known here is not \`any\`
webPush({ token: 'token' });
void state;
`,
      );
      const module = resolution === 'bundler' ? 'esnext' : resolution;
      await project.write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            ...{ strict: true, noEmit: true, module, moduleResolution: resolution, target: 'es2022', types: [] },
            lib: ['es2023', 'dom', 'dom.iterable'],
            jsx: 'react-jsx',
          },
          files: ['page.ts'],
        }),
      );
      const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', project.folder]).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    },
  );

  it('is as small as it shall be', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidings-size-'));
    try {
      const sizes = await measure(folder);
      expect(sizes.filter(({ bytes, limit }) => bytes > limit, tableOf(sizes))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What of React a module of the package loads, by itself or by others. */
async function reachable(entry: string, seen = new Set<string>()): Promise<Set<string>> {
  const found = new Set<string>();
  if (seen.has(entry)) return found;
  seen.add(entry);
  for (const [, name = ''] of (await text(`dist/inbox/${entry}`)).matchAll(
    /^(?:import|export)\b[^;]*?["']([^"']+)["'];/gm,
  )) {
    if (name.startsWith('react')) found.add(name);
    if (!name.startsWith('.')) continue;
    for (const more of await reachable(join(dirname(entry), name), seen)) found.add(more);
  }
  return found;
}
