import { readFile, writeFile } from 'node:fs/promises';
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

/** React is there already; long lists load their helper when there is one. */
const notCounted = [/^react(-dom)?(\/.*)?$/, /^virtua(\/.*)?$/];

const ways = [
  { name: 'React, everything, with CSS', entries: ['index.js'], css: true, limit: 20_000 },
  { name: 'hooks', entries: ['hooks.js'], css: false, limit: 10_000 },
  { name: 'core', entries: ['core.js'], css: false, limit: 8_000 },
  {
    name: 'core, all options',
    entries: ['core.js', 'tabs.js', 'counts.js', 'preferences.js'],
    css: false,
    limit: 11_200,
  },
];

/** Bundles what `npm run build` has built as somebody who installed it would, in an empty folder, and weighs it. */
export async function measure(folder: string): Promise<Size[]> {
  const sizes: Size[] = [];
  for (const { name, entries, css, limit } of ways) {
    const bytes = (await bundledSize(entries, folder)) + (css ? await fileSize('inbox.css') : 0);
    sizes.push({ name, bytes, limit });
  }
  sizes.push({ name: 'web push', bytes: await bundledSize(['push.js'], folder), limit: 3_000 });
  sizes.push({ name: 'service worker', bytes: await fileSize('push-worker.js'), limit: 2_000 });
  sizes.push({ name: 'script tag, everything', bytes: await fileSize('tidings-inbox.js'), limit: 30_000 });
  return sizes;
}

/** One line for each. */
export function tableOf(sizes: readonly Size[]): string {
  const row = (...[name, bytes, limit]: readonly string[]): string =>
    `${(name ?? '').padEnd(30)}${(bytes ?? '').padStart(10)}${(limit ?? '').padStart(10)}\n`;
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(2)} kB`;
  const rows = sizes.map(({ name, bytes, limit }) => row(name, kilobytes(bytes), kilobytes(limit)));
  return row('min + gzip', 'is', 'may be') + rows.join('');
}

async function fileSize(name: string): Promise<number> {
  const text = await readFile(join(built, name), 'utf8');
  return weigh(text);
}

/** What this bundler adds for pages that load anything lazily is there once, whoever asks for it. */
const withoutPreload: Plugin = {
  name: 'without-preload',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

async function bundledSize(entries: readonly string[], folder: string): Promise<number> {
  const { build } = await import('vite');
  const page = join(folder, 'page.js');
  await writeFile(page, entries.map((entry) => `export * from ${JSON.stringify(join(built, entry))};\n`).join(''));
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
        preserveEntrySignatures: 'strict',
        output: { format: 'es' },
      },
    },
  });
  const outputs = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  return outputs.reduce((sum, file) => sum + (file.type === 'chunk' ? weigh(file.code) : 0), 0);
}

function weigh(text: string): number {
  return gzipSync(text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ''), { level: 9 }).length;
}
