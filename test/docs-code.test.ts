import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { codeBlocksIn, compileBlocks } from './support/docs-code.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const source = join(root, 'client/src');
const sources = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(tsx?|css)$/.test(file));
const pages = ['docs/embedding.md', 'docs/migrate-inbox.md'];

/** Where imports of the package lead: not to what was built of it, which may be of yesterday. */
const paths = {
  '@tidings/inbox': [join(source, 'index.ts')],
  '@tidings/inbox/inbox.css': [join(source, 'inbox.css')],
  '@tidings/inbox/tidings-inbox.js': [join(source, 'element/index.ts')],
  '@tidings/inbox/labels/*': [join(source, 'react/labels/*.ts')],
  '@tidings/inbox/*': [join(source, '*.ts')],
};

/** The one file that the guide leaves to its reader. */
const own = {
  'server/session.ts':
    'export async function signedIn(cookie: string | null): Promise<string | null> { return cookie; }\n',
};

/** Code in the first cells of a table's rows, below the heading that begins with these words. */
function firstCells(page: string, heading: string): string[] {
  const [, chapter = ''] = new RegExp(`^#+ ${heading}[^\\n]*\\n(.*?)(?=^#|$(?![\\s\\S]))`, 'ms').exec(read(page)) ?? [];
  return [...chapter.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w-]+)[^`]*`/g)].map(([, name = '']) => name),
  );
}

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];
}

describe('code in the guides', () => {
  test.each(pages)('%s: every block says which file it is', (page) => {
    const nameless = codeBlocksIn(read(page)).filter(({ file }) => file === null);
    expect(nameless.map(({ code }) => code)).toEqual([]);
  });

  test('blocks are found at all', () => {
    expect(codeBlocksIn(read('docs/embedding.md')).length).toBeGreaterThan(20);
  });

  test('every block compiles against the sources of the client', async () => {
    const blocks = pages.flatMap((page) => codeBlocksIn(read(page)));
    expect(await compileBlocks({ blocks, shared: 'The token', own, paths, root })).toEqual([]);
  });

  test('a block that is wrong does not', async () => {
    const code = "import { createInboxClient } from '@tidings/inbox/core';\ncreateInboxClient({ uri: '/graphql' });\n";
    const blocks = [{ chapter: 'Wrong', language: 'ts', file: 'wrong.ts', code }];
    const [problem] = await compileBlocks({ blocks, shared: 'The token', own, paths, root });
    expect(problem).toContain('uri');
  });

  test.each(pages)('%s: every operation inside of code is valid', (page) => {
    const schema = buildSchema(read('schema.graphql'));
    const operations = codeBlocksIn(read(page)).flatMap(({ code }) =>
      matches(code, /`((?:query|mutation|subscription)\b[^`]*)`/g),
    );
    const problems = operations.flatMap((operation) => validate(schema, parse(operation)));
    expect(problems.map((problem) => problem.toString())).toEqual([]);
  });

  test.each(pages)('%s: every entry that is imported is exported by the package', (page) => {
    const { exports } = JSON.parse(read('client/package.json')) as { exports: Record<string, unknown> };
    const imported = matches(read(page), /['"]@tidings\/inbox((?:\/[\w./-]+)?)['"]/g).map((entry) => `.${entry}`);
    const known = (entry: string): boolean => entry in exports || entry.replace(/[^/]+$/, '*') in exports;
    expect(imported.filter((entry) => !known(entry))).toEqual([]);
  });
});

describe('tables of docs/embedding.md', () => {
  const guide = 'docs/embedding.md';

  test('components and hooks are exported', () => {
    const listed = [...firstCells(guide, 'Components'), ...firstCells(guide, 'Hooks')];
    const exported = matches(
      `${read('client/src/index.ts')}${read('client/src/hooks.ts')}`,
      /\b([A-Z]\w+|use[A-Z]\w+)\b/g,
    );
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((name) => !exported.includes(name))).toEqual([]);
  });

  test('every slot, and no other', () => {
    const slots = matches(read('client/src/react/slots.ts'), /^ {2}readonly (\w+): ComponentType/gm);
    expect(firstCells(guide, 'Slots').sort()).toEqual(slots.sort());
  });

  test('every language, and no other', () => {
    const files = readdirSync(join(source, 'react/labels')).map((file) => file.replace(/\.ts$/, ''));
    expect(firstCells(guide, 'Words').sort()).toEqual(files.filter((name) => name.length === 2).sort());
  });

  test('every attribute of the element, and no other', () => {
    const [, watched = ''] = /const watched = \[(.*?)\]/s.exec(read('client/src/element/TidingsInbox.tsx')) ?? [];
    expect(firstCells(guide, 'Plain HTML').sort()).toEqual(matches(watched, /'([\w-]+)'/g).sort());
  });

  test('every custom property, and no other', () => {
    const styles = sources.filter((file) => file.endsWith('.css')).map((file) => read(`client/src/${file}`));
    const declared = matches(styles.join('\n'), /^\s*(--td-[\w-]+):/gm);
    expect(firstCells(guide, 'Look').sort()).toEqual(declared.sort());
  });
});

test('docs/migrate-inbox.md speaks of nothing here that is not there', () => {
  const known = [
    ...sources.map((file) => read(`client/src/${file}`)),
    read('schema.graphql'),
    read(pages[0] ?? ''),
  ].join('\n');
  const cells = [...read('docs/migrate-inbox.md').matchAll(/^\| [^|]* \| ([^|]*) \|$/gm)].map(([, ours = '']) => ours);
  const words = cells.flatMap((cell) =>
    matches(cell, /`([^`]+)`/g).flatMap((code) => matches(code, /\b([A-Za-z]\w{2,})\b/g)),
  );
  expect(words.length).toBeGreaterThan(50);
  expect(words.filter((word) => !new RegExp(`\\b${word}\\b`).test(known))).toEqual([]);
});
