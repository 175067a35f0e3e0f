import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, print } from 'graphql';
import { transformWithOxc } from 'vite';
import { expect, it } from 'vitest';
import { numbersInPlace } from '../../build/numbers-in-place.ts';
import { shortDocuments } from '../../build/short-documents.ts';
import { client } from '../../build/when-changed.ts';

const source = join(client, 'src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('operations.ts'),
);

function shortened(code: string, id: string): string {
  const plugin = shortDocuments() as { transform: (code: string, id: string) => { code: string } | null };
  return plugin.transform(code, id)?.code ?? code;
}

/** Every document that a module exports, as it is when the module has run. */
async function documentsOf(code: string, name: string): Promise<string[]> {
  const script = await transformWithOxc(code, name);
  const address = `data:text/javascript,${encodeURIComponent(script.code)}`;
  const module = (await import(/* @vite-ignore */ address)) as Record<string, { document?: string }>;
  return Object.values(module).flatMap((one) => one.document ?? []);
}

it.each(files)('%s says the same in fewer characters', async (name) => {
  const code = readFileSync(join(source, name), 'utf8');
  const short = await documentsOf(shortened(code, join(source, name)), name);
  expect(short.length).toBeGreaterThan(0);
  const long = await documentsOf(code, name);
  expect(short.map((text) => print(parse(text)))).toEqual(long.map((text) => print(parse(text))));
  expect(short.join('')).not.toMatch(/\n| {2}/);
});

it('keeps apart what is put in side by side, and leaves other files alone', () => {
  expect(shortened('const a = `{ ${x}  ${y} id }`;', '/src/operations.ts')).toBe('const a = `{${x} ${y} id}`;');
  expect(shortened('const a = `{ ${x}  ${y} id }`;', '/src/other.ts')).toBe('const a = `{ ${x}  ${y} id }`;');
});

it('puts numbers in the place of their names, and nothing else in that of anything', () => {
  const { transform } = numbersInPlace() as { transform: (code: string, id: string) => { code: string } | null };
  const code =
    'const waitMs = 1_000;\nconst most = 5;\nwait({ waitMs: waitMs * most, ...other.waitMs }, `${waitMs}`);\n';
  expect(transform(code, '/src/core/a.ts')?.code).toBe(
    'const waitMs = 1_000;\nconst most = 5;\nwait({ waitMs: 1_000 * most, ...other.waitMs }, `${1_000}`);\n',
  );
  expect(transform(code, '/test/core/a.ts')).toBeNull();
});
