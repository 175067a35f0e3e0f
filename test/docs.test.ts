import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate, valueFromASTUntyped, visit } from 'graphql';
import { describe, expect, test } from 'vitest';
import { egressTo } from '../src/base/egress.js';
import { WEBHOOK_EVENTS } from '../src/base/names.js';
import { integrationCheck, providerRegistry } from '../src/providers/index.js';
import { REASONS } from '../src/routing/decision.js';
import { noon } from './support/provider-contract.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, end: string): string[] =>
  readdirSync(join(root, folder)).flatMap((name) => (name.endsWith(end) ? [`${folder}/${name}`] : []));
const pages = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', '.md')];
const schema = buildSchema(read('schema.graphql'));

/** GraphQL blocks, the bodies of `gql` lines in shell blocks, and template literals of examples. */
function operationsIn(file: string): string[] {
  const text = read(file);
  if (!file.endsWith('.md')) return [...text.matchAll(/`((?:query|mutation|subscription)\b[^`]*)`/g)].map(last);
  const blocks = [...text.matchAll(/^```graphql\n(.*?)^```$/gms)].map(last);
  const bodies = [...text.matchAll(/^gql '(.*)'$/gm)].map((match) => JSON.parse(last(match)) as { query: string });
  return [...blocks, ...bodies.map(({ query }) => query)];
}

interface Integration {
  provider: string;
  channel: 'EMAIL';
  settings?: Record<string, unknown>;
  credentials?: Record<string, unknown>;
}

/** Inputs of `upsertIntegration` that say it all; others change what is there. */
function integrationsIn(file: string): Integration[] {
  const found: Integration[] = [];
  for (const operation of operationsIn(file))
    visit(parse(operation), {
      Field({ name, arguments: [input] = [] }) {
        if (name.value === 'upsertIntegration' && input) found.push(valueFromASTUntyped(input.value) as Integration);
      },
    });
  return found.filter(({ settings, credentials }) => settings ?? credentials);
}

const nobody = { clock: noon, ruleFor: () => Promise.reject(new Error('asked')), deliver: () => Promise.resolve() };
const integrations = integrationCheck(providerRegistry(nobody, noon, egressTo([])), null);

function last(match: RegExpMatchArray): string {
  return match.at(-1) ?? '';
}

describe('documentation', () => {
  test.each([...pages, ...filesIn('examples', '.mjs')])('%s: every operation is valid', (file) => {
    const problems = operationsIn(file).flatMap((operation) => validate(schema, parse(operation)));
    expect(problems.map((problem) => problem.toString())).toEqual([]);
  });

  test.each(pages)('%s: every integration could be saved', (file) => {
    const problems = integrationsIn(file).flatMap(({ settings = {}, credentials, ...one }) =>
      integrations.check({
        ...one,
        settings,
        credentials: credentials ?? integrations.generate(one.provider) ?? {},
      }),
    );
    expect(problems).toEqual([]);
  });

  test('operations are found at all', () => {
    const found = ['README.md', 'docs/getting-started.md', 'examples/first-send.mjs'].map(
      (file) => operationsIn(file).length,
    );
    expect(Math.min(...found)).toBeGreaterThan(1);
    expect(integrationsIn('docs/providers.md').length).toBeGreaterThan(2);
  });

  test('docs/reasons.md explains every reason, each once, and no other', () => {
    const explained = [...read('docs/reasons.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(last);
    expect(explained.sort()).toEqual(Object.keys(REASONS).sort());
  });

  test('docs/webhooks.md lists every event, each once, and no other', () => {
    const [, listed = ''] = /^## Events\n(.*?)^The body/ms.exec(read('docs/webhooks.md')) ?? [];
    const events = [...listed.matchAll(/^\| `([a-z.]+)` \|/gm)].map(last);
    expect(events.sort()).toEqual([...WEBHOOK_EVENTS].sort());
  });

  test.each(['README.md', 'docs/operating.md'])('%s names every environment variable', (file) => {
    const declared = [...read('src/config.ts').matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map(last);
    const named = [...read(file).matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(last);
    expect(declared.length).toBeGreaterThan(5);
    expect(named).toEqual(expect.arrayContaining(declared));
  });

  test.each(pages)('%s: what it links to is there', (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(last);
    const missing = links.filter((link) => !existsSync(join(root, dirname(file), link)));
    expect(missing).toEqual([]);
  });
});
