import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { InlineConfig, Plugin } from 'vite';
import { withoutPreload } from './measure.ts';
import { numbersInPlace } from './numbers-in-place.ts';
import { writePlainScript } from './script-tag.ts';
import { shortDocuments } from './short-documents.ts';
import { client, type Product } from './when-changed.ts';

const source = join(client, 'src');
/** One file a language, named by its code; what they share lies beside them under longer names. */
const labels = join(source, 'react/labels');
const languageFile = /^[a-z]{2}(-[A-Z]{2})?\.ts$/;
/** Entries of the package that are modules, by the name of their file in `src`. */
const modules = ['index', 'core', 'tabs', 'counts', 'preferences', 'hooks', 'push', 'push-react'];
/** Those that components of React's server part may render, but not run. */
const ofBrowsers = new Set(['index', 'hooks', 'push-react']);
/** Everything here has the popover attribute and light-dark(). */
const target = ['chrome123', 'firefox125', 'safari17.5'];

/** What `npm pack` puts into the package, with the script tag and the service worker. */
export const inboxPackage: Product = {
  name: 'inbox',
  inputs: [join(client, 'tsconfig.json')],
  async build(folder) {
    await bundle(folder, await moduleBuild());
    await bundle(folder, styleBuild);
    await rm(join(folder, 'style.js'), { force: true });
    await rm(join(folder, 'style.js.map'), { force: true });
    await bundle(folder, workerBuild);
    await bundle(join(folder, 'element'), elementBuild);
    await writePlainScript(join(folder, 'element'), folder);
    await declareTypes(folder);
  },
};

async function bundle(outDir: string, config: InlineConfig): Promise<void> {
  // Loaded only now: most starts find everything built.
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: client,
    publicDir: false,
    logLevel: 'warn',
    // Whoever builds it, and for whatever: what is packed is for production.
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', importSource: 'react', development: false } },
    ...config,
    plugins: [shortDocuments(), numbersInPlace(), directives(), ...(config.plugins ?? [])],
    build: { outDir, emptyOutDir: false, target, cssTarget: target, sourcemap: true, ...config.build },
  });
}

/** The bundler does not keep `'use client'`; it is put before the entries that it belongs to. */
function directives(): Plugin {
  return {
    name: 'directives',
    transform: (code) => (/^['"]use client['"];/.test(code) ? { code: code.replace(/^[^;]*;/, ''), map: null } : null),
  };
}

/** ES modules that share what they have in common. Names stay readable: whoever installs them minifies. */
async function moduleBuild(): Promise<InlineConfig> {
  const entries = [
    ...modules.map((name) => [name, join(source, `${name}.ts`)]),
    ...(await languageFiles()).map((file) => [`labels/${basename(file, '.ts')}`, file]),
  ];
  return {
    build: {
      minify: false,
      lib: { entry: Object.fromEntries(entries), formats: ['es'] },
      rolldownOptions: {
        external: [/^react(-dom)?(\/.*)?$/, /^virtua(\/.*)?$/],
        output: {
          entryFileNames: '[name].js',
          // What is loaded later stands under its own name beside those that load it.
          chunkFileNames: ({ isDynamicEntry }) => (isDynamicEntry ? '[name].js' : 'parts/[name]-[hash].js'),
          // Whoever bundles it leaves a module out or takes it whole: words that come later must not be in one with others.
          codeSplitting: {
            groups: [
              { name: 'preference-words', test: /labels\/en-preferences/ },
              { name: 'words', test: /labels\/en-inbox/ },
            ],
          },
          banner: ({ isEntry, name }) => (isEntry && ofBrowsers.has(name) ? `'use client';` : ''),
        },
      },
    },
  };
}

const styleBuild: InlineConfig = {
  build: {
    sourcemap: false,
    rolldownOptions: {
      input: { style: join(source, 'inbox.css') },
      output: { entryFileNames: '[name].js', assetFileNames: 'inbox.css' },
    },
  },
};

const require = createRequire(import.meta.url);
const ownReact = join(source, 'element/react.ts');
const preactForReact = Object.entries({
  react: ownReact,
  'react-dom/client': ownReact,
  'react/jsx-runtime': 'preact/jsx-runtime',
}).map(([find, replacement]) => ({ find: new RegExp(`^${find}$`), replacement }));

/** A page with a script tag gets two files, and not a third for long lists. */
const withoutVirtua: Plugin = {
  name: 'without-virtua',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.tsx') && code.includes("import('virtua')")
      ? { code: code.replaceAll("import('virtua')", 'Promise.reject()'), map: null }
      : null,
};

/** One plain script without imports. */
const workerBuild: InlineConfig = {
  build: {
    minify: true,
    rolldownOptions: {
      input: { 'push-worker': join(source, 'push-worker.ts') },
      output: { format: 'iife', entryFileNames: '[name].js', codeSplitting: false },
    },
  },
};

/** The element with what it needs of Preact: two modules, for bundlers as they are. */
const elementBuild: InlineConfig = {
  resolve: { alias: preactForReact },
  plugins: [withoutVirtua, withoutPreload],
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    minify: true,
    sourcemap: false,
    modulePreload: false,
    rolldownOptions: {
      input: { 'tidings-inbox': join(source, 'element/index.ts') },
      preserveEntrySignatures: false,
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
};

async function languageFiles(): Promise<string[]> {
  const files = existsSync(labels) ? await readdir(labels) : [];
  return files.filter((file) => languageFile.test(file)).map((file) => join(labels, file));
}

/** Declarations beside each other in `types`, as the sources are, with imports that Node and bundlers follow. */
async function declareTypes(folder: string): Promise<void> {
  const out = join(folder, 'types');
  const config = join(folder, 'tsconfig.json');
  const entries = [...modules, 'element/index'].map((name) => join(source, `${name}.ts`));
  await writeFile(
    config,
    JSON.stringify({
      extends: join(client, 'tsconfig.json'),
      compilerOptions: {
        ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, noCheck: true },
        ...{ rootDir: source, outDir: out, types: [], lib: ['ES2023', 'DOM', 'DOM.Iterable'] },
        typeRoots: [join(client, '..', 'node_modules/@types')],
      },
      include: [],
      files: [...entries, ...(await languageFiles())],
    }),
  );
  const compiler = join(require.resolve('typescript/package.json'), '../bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', config]).catch((error: { stdout: string }) => {
    throw new Error(`types of the package: ${error.stdout}`, { cause: error });
  });
  await rm(config);
  for (const entry of await readdir(out, { recursive: true })) {
    if (!entry.endsWith('.d.ts')) continue;
    const file = join(out, entry);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]*)\.tsx?(?=['"])/g, '$1.js'));
  }
}
