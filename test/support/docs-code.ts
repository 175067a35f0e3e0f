import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FRAMEWORK_TYPES } from './framework-types.js';

/** A block of code in a page of `docs`. */
export interface CodeBlock {
  /** Words of the heading `##` that it stands under. */
  readonly chapter: string;
  readonly language: string;
  /** What its first line, a comment, calls it; null: it has no such line. */
  readonly file: string | null;
  readonly code: string;
}

const languages = ['ts', 'tsx', 'js', 'vue', 'svelte', 'html', 'css'];

/** Every block of a page that is a file of a project. */
export function codeBlocksIn(page: string): CodeBlock[] {
  return page.split(/^## /m).flatMap((chapter) => {
    const [name = ''] = chapter.split('\n', 1);
    return [...chapter.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
      .filter(([, language = '']) => languages.includes(language))
      .map(([, language = '', code = '']) => ({ chapter: name, language, file: nameOf(code), code }));
  });
}

function nameOf(code: string): string | null {
  return /^(?:\/\/|\/\*|<!--) ([\w./-]+\.\w+)(?: \*\/| -->)?\n/.exec(code)?.[1] ?? null;
}

/** Those of `shared` are part of every chapter. */
interface Project {
  readonly blocks: readonly CodeBlock[];
  readonly shared: string;
  /** Files of the reader's own that the page only speaks of, by name. */
  readonly own: Readonly<Record<string, string>>;
  /** Where imports of the package lead: its sources. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly root: string;
}

/** What the compiler has to say about the blocks, each chapter being a project of its own; of `.vue` and `.svelte` the script. */
export async function compileBlocks({ blocks, shared, own, paths, root }: Project): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-docs-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await write(folder, 'frameworks.d.ts', FRAMEWORK_TYPES);
    await write(folder, 'tsconfig.json', JSON.stringify(configFor(root, paths)));
    const common = blocks.filter((block) => block.chapter === shared);
    for (const chapter of new Set(blocks.map((block) => block.chapter))) {
      const place = join(folder, chapter.toLowerCase().replaceAll(/\W+/g, '-'));
      for (const [file, code] of Object.entries(own)) await write(place, file, code);
      for (const block of [...common, ...blocks.filter((one) => one.chapter === chapter)]) {
        const source = sourceOf(block);
        if (source) await write(place, source.file, source.code);
      }
    }
    return await compile(root, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configFor(root: string, paths: Project['paths']): object {
  return {
    extends: join(root, 'client/tsconfig.json'),
    compilerOptions: {
      ...{ paths, rootDir: '/', allowJs: true, checkJs: false, noUncheckedSideEffectImports: true },
    },
    include: ['.'],
    exclude: ['node_modules'],
  };
}

function sourceOf({ file, language, code }: CodeBlock): { file: string; code: string } | null {
  if (file === null || language === 'html' || language === 'css') return null;
  if (language !== 'vue' && language !== 'svelte') return { file, code };
  const [, script = ''] = /<script\b[^>]*>(.*?)<\/script>/s.exec(code) ?? [];
  return { file: `${file}.ts`, code: `${script}\nexport {};\n` };
}

async function write(folder: string, file: string, text: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function compile(root: string, folder: string): Promise<string[]> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [compiler, '-p', folder, '--pretty', 'false'],
      { cwd: folder },
      (error, stdout, stderr) => {
        const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
        resolve(error && lines.length === 0 ? [error.message] : lines);
      },
    );
  });
}
