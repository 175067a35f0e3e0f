import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { client, dist } from './when-changed.ts';

/** What a page loads for one way to use the inbox, in bytes after `gzip -9`. */
export interface Size {
  readonly name: string;
  readonly bytes: number;
  /** More than this is too much. */
  readonly limit: number;
}

const built = join(dist, 'inbox');

/** React is there already; lists of hundreds load their helper when there is one. */
const notCounted = [/^react(-dom)?(\/.*)?$/, /^virtua(\/.*)?$/];

interface Way {
  readonly name: string;
  readonly entries: readonly string[];
  /** What is imported of them; `*` for everything. */
  readonly names: string;
  readonly limit: number;
  /** With what is loaded only when it is wanted. */
  readonly opened?: boolean;
}

const ofReact = 'Bell, Inbox, InboxProvider, Toaster';
const ways: readonly Way[] = [
  {
    name: 'React (bell, panel, toasts), with CSS: what a page loads',
    entries: ['index.js'],
    names: ofReact,
    limit: 20_000,
  },
  {
    ...{ name: 'React, all of it, with CSS: with everything opened', entries: ['index.js'], names: '*' },
    ...{ limit: 29_600, opened: true },
  },
  { name: 'hooks', entries: ['hooks.js'], names: '*', limit: 10_000 },
  { name: 'core', entries: ['core.js'], names: '*', limit: 8_000 },
  {
    ...{
      name: 'core, with all its options',
      entries: ['core.js', 'tabs.js', 'counts.js', 'preferences.js'],
      names: '*',
    },
    limit: 11_200,
  },
  { name: 'web push', entries: ['push.js'], names: '*', limit: 3_000 },
];

/** Bundles what `npm run build` has built as somebody who installed it would, in an empty folder, and weighs it. */
export async function measure(folder: string): Promise<Size[]> {
  const sizes: Size[] = [];
  for (const { name, entries, names, limit, opened = false } of ways) {
    const css = entries.includes('index.js') ? await fileSize('inbox.css') : 0;
    sizes.push({ name, bytes: (await bundledSize(entries, names, opened, folder)) + css, limit });
  }
  sizes.push({ name: 'service worker', bytes: await fileSize('push-worker.js'), limit: 2_000 });
  const script = await fileSize('tidings-inbox.js');
  const [later = ''] = (await readdir(built)).filter((name) => /^tidings-inbox-opened.*\.js$/.test(name));
  sizes.push({ name: 'script tag: what a page loads', bytes: script, limit: 30_000 });
  const everything = script + (await fileSize(later));
  sizes.push({ name: 'script tag: with everything opened', bytes: everything, limit: 36_800 });
  return sizes;
}

/** One line for each. */
export function tableOf(sizes: readonly Size[]): string {
  const row = (...[name, bytes, limit]: readonly string[]): string =>
    `${(name ?? '').padEnd(60)}${(bytes ?? '').padStart(10)}${(limit ?? '').padStart(10)}\n`;
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(2)} kB`;
  const rows = sizes.map(({ name, bytes, limit }) => row(name, kilobytes(bytes), kilobytes(limit)));
  return row('min + gzip', 'is', 'may be') + rows.join('');
}

async function fileSize(name: string): Promise<number> {
  const text = await readFile(join(built, name), 'utf8');
  return weigh(text);
}

/** What this bundler adds for pages that load anything lazily is there once, whoever asks for it. */
export const withoutPreload: Plugin = {
  name: 'without-preload',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

/** Without what is `opened`, only the first file counts, with all that it loads at once. */
async function bundledSize(
  entries: readonly string[],
  names: string,
  opened: boolean,
  folder: string,
): Promise<number> {
  const { build } = await import('vite');
  const page = join(folder, 'page.js');
  const wanted = names === '*' ? names : `{ ${names} }`;
  const lines = entries.map((entry) => `export ${wanted} from ${JSON.stringify(join(built, entry))};\n`);
  await writeFile(page, lines.join(''));
  const result = await build({
    configFile: false,
    root: client,
    publicDir: false,
    logLevel: 'error',
    plugins: [withoutPreload],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: page,
        external: notCounted,
        preserveEntrySignatures: 'allow-extension',
        output: { format: 'es' },
      },
    },
  });
  const outputs = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  const chunks = new Map(outputs.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file] as const] : [])));
  const counted = new Set<string>();
  const count = (name: string): void => {
    const chunk = chunks.get(name);
    if (!chunk || counted.has(name)) return;
    counted.add(name);
    for (const next of [...chunk.imports, ...(opened ? chunk.dynamicImports : [])]) count(next);
  };
  for (const { fileName, isEntry } of chunks.values()) if (isEntry) count(fileName);
  return [...counted].reduce((sum, name) => sum + weigh(chunks.get(name)?.code ?? ''), 0);
}

function weigh(text: string): number {
  return gzipSync(text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ''), { level: 9 }).length;
}
