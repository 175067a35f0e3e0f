import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Who may import whom (DESIGN §3), type imports included. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  routing: ['base'],
  channels: ['base'],
  queue: ['base'],
  providers: ['base', 'channels'],
  store: ['base', 'queue'],
  templates: ['base', 'channels', 'store'],
  attachments: ['base', 'store'],
  inbox: ['base', 'store'],
  realtime: ['base', 'store'],
  health: ['base', 'store'],
  domains: ['base', 'store'],
  recipients: ['base', 'routing', 'channels', 'health', 'store'],
  privacy: ['base', 'routing', 'channels', 'attachments', 'recipients', 'inbox', 'store'],
  send: ['base', 'routing', 'attachments', 'recipients', 'store', 'queue'],
  delivery: [
    ...['base', 'routing', 'channels', 'providers', 'templates', 'attachments', 'health', 'recipients', 'inbox'],
    ...['privacy', 'store', 'queue'],
  ],
  graphql: [
    ...['base', 'channels', 'store', 'templates', 'recipients', 'privacy', 'send', 'inbox', 'realtime', 'domains'],
  ],
  http: ['base', 'graphql', 'delivery', 'realtime'],
};

/** Single files that may import what their folder may not. */
const ALSO: Readonly<Record<string, readonly string[]>> = { 'store/database.ts': ['migrations'] };

/** Files at the top of src put the parts together and may import everything. */
const TOP = ['app.ts', 'config.ts', 'demo.ts', 'emit-providers.ts', 'emit-schema.ts', 'main.ts', 'metrics.ts'];

/** Where the present may be read. */
const CLOCKS = /^(base\/clock|routing\/local-time)\.ts$/;
const CLOCK_READS = ['Date.now(', 'new Date()', 'performance.now('];

/** SDKs of vendors. Files of S3 are no notifications. */
const VENDORS = /^(@sendgrid\/|twilio|web-push|firebase-admin|@aws-sdk\/client-ses|nodemailer|standardwebhooks)/;

const MOST_LINES = 300;
const VAGUE = /(^|\/)(types|utils?|common|helpers?|interfaces)\.[a-z.]+$/i;

interface Source {
  /** Below its root: `routing/decide.ts`. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function read(root: string, extensions: RegExp): Source[] {
  const base = new URL(`../${root}/`, import.meta.url).pathname;
  return readdirSync(base, { recursive: true, encoding: 'utf8' })
    .filter((path) => extensions.test(path))
    .map((path) => ({ path, text: readFileSync(join(base, path), 'utf8') }));
}

/** Relative imports, re-exports and `import()`s, as paths below src; `../migrations/x.ts` for what lies outside. */
function importsOf({ path, text }: Source): Import[] {
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'(\.[^']+)'/gm),
    ...text.matchAll(/(\btype\s[^=]+=\s*)?\bimport\('(\.[^']+)'\)/g),
  ];
  return found.map(([, type, specifier]) => ({
    target: posix.join(posix.dirname(path), (specifier as string).replace(/\.js$/, '.ts')),
    typeOnly: type !== undefined,
  }));
}

function folderOf(path: string): string {
  const parts = path.replace(/^\.\.\//, '').split('/');
  return parts.length > 1 ? (parts[0] as string) : '';
}

function code(text: string): string {
  return text.replace(/^\s*(\/\/|\/\*|\*).*$/gm, '');
}

const CHECKS: Readonly<Record<string, (sources: readonly Source[]) => string[]>> = {
  'imports follow the table': (sources) =>
    sources.flatMap((source) => {
      const from = folderOf(source.path);
      if (from === '') return TOP.includes(source.path) ? [] : [`${source.path}: no such file is planned at the top`];
      const allowed = MAY_IMPORT[from];
      if (!allowed) return [`${source.path}: the folder "${from}" is not in the table`];
      return importsOf(source)
        .filter(({ target }) => ![from, ...allowed, ...(ALSO[source.path] ?? [])].includes(folderOf(target)))
        .map(({ target }) => `${source.path} imports ${target}: not in the table`);
    }),

  'files do not import each other in a circle': (sources) => {
    const graph = new Map(
      sources.map((source) => [
        source.path,
        importsOf(source).flatMap(({ target, typeOnly }) => (typeOnly ? [] : [target])),
      ]),
    );
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): string[] => {
      if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' → ')];
      if (done.has(path)) return [];
      const circles = (graph.get(path) ?? []).flatMap((next) => walk(next, [...trail, path]));
      done.add(path);
      return circles;
    };
    return [...graph.keys()].flatMap((path) => walk(path, []));
  },

  'only config.ts reads the environment': (sources) =>
    sources
      .filter(({ path, text }) => path !== 'config.ts' && code(text).includes('process.env'))
      .map(({ path }) => `${path} reads process.env`),

  'only the clock reads the time': (sources) =>
    sources
      .filter(({ path }) => !CLOCKS.test(path))
      .flatMap(({ path, text }) =>
        CLOCK_READS.filter((read) => code(text).includes(read)).map((read) => `${path} reads the time: ${read}`),
      ),

  'vendors are called from providers alone': (sources) =>
    sources
      .filter(({ path }) => folderOf(path) !== 'providers')
      .flatMap(({ path, text }) =>
        [...code(text).matchAll(/(?:from|import\()\s*'([^'.][^']*)'/g)]
          .map(([, name]) => name as string)
          .filter((name) => VENDORS.test(name))
          .map((name) => `${path} imports ${name}: only an adapter may`),
      ),

  'decorators stay in graphql': (sources) =>
    sources
      .filter(({ path, text }) => folderOf(path) !== 'graphql' && /^\s*@[A-Z]\w*\(/m.test(code(text)))
      .map(({ path }) => `${path} has a decorator`),
};

/** What holds for the client as well. */
const CHECKS_OF_ALL: typeof CHECKS = {
  'no file is too long to be read at once': (sources) =>
    sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MOST_LINES)
      .map(({ path, lines }) => `${path} has ${lines} lines, at most ${MOST_LINES}`),

  'every file is named for what it holds': (sources) =>
    sources.filter(({ path }) => VAGUE.test(path)).map(({ path }) => `${path}: a name that says nothing`),

  'exports have names': (sources) =>
    sources
      .filter(({ path, text }) => !path.endsWith('.config.ts') && /^export default\b/m.test(code(text)))
      .map(({ path }) => `${path} has a default export`),
};

const server = read('src', /\.ts$/);
const all = ['src', 'client/src', 'client/demo'].flatMap((root) => read(root, /\.(tsx?|css|mjs)$/));

describe('the code as it stands', () => {
  it('is found', () => {
    expect(server.map((source) => source.path)).toContain('routing/decide.ts');
    expect(new Set(server.map(({ path }) => folderOf(path)))).toEqual(new Set(['', ...Object.keys(MAY_IMPORT)]));
    expect(all.length).toBeGreaterThan(server.length);
  });

  it.each(Object.entries(CHECKS))('%s', (_name, check) => expect(check(server)).toEqual([]));
  it.each(Object.entries(CHECKS_OF_ALL))('%s', (_name, check) => expect(check(all)).toEqual([]));
});

describe('an offence is named', () => {
  const file = (path: string, text: string): Source => ({ path, text });
  const found = (...sources: Source[]): string[] =>
    [...Object.values(CHECKS), ...Object.values(CHECKS_OF_ALL)].flatMap((check) => check(sources));

  it.each<[string, Source[], string[]]>([
    [
      'a forbidden import',
      [file('delivery/x.ts', "import { y } from '../graphql/y.js';")],
      ['delivery/x.ts imports graphql/y.ts: not in the table'],
    ],
    [
      'a vendor that is called from elsewhere',
      [file('delivery/x.ts', "const twilio = await import('twilio');")],
      ['delivery/x.ts imports twilio: only an adapter may'],
    ],
    [
      'a forbidden type import over several lines',
      [file('routing/x.ts', "import type {\n  A,\n  B,\n} from '../store/y.js';")],
      ['routing/x.ts imports store/y.ts: not in the table'],
    ],
    [
      'a forbidden re-export',
      [file('base/x.ts', "export * from '../routing/y.js';")],
      ['base/x.ts imports routing/y.ts: not in the table'],
    ],
    [
      'a forbidden import on use',
      [file('send/x.ts', "  await import('../delivery/y.js');")],
      ['send/x.ts imports delivery/y.ts: not in the table'],
    ],
    [
      'migrations elsewhere than in the database',
      [file('store/sends.ts', "import { First } from '../../migrations/first.js';")],
      ['store/sends.ts imports ../migrations/first.ts: not in the table'],
    ],
    ['an unknown folder', [file('misc/x.ts', '')], ['misc/x.ts: the folder "misc" is not in the table']],
    ['an unknown file at the top', [file('other.ts', '')], ['other.ts: no such file is planned at the top']],
    [
      'a circle',
      [
        file('base/a.ts', "import { b } from './b.js';"),
        file('base/b.ts', "import './c.js';"),
        file('base/c.ts', "export { a } from './a.js';"),
      ],
      ['base/a.ts → base/b.ts → base/c.ts → base/a.ts'],
    ],
    ['the environment', [file('base/x.ts', 'const a = process.env.PORT;')], ['base/x.ts reads process.env']],
    ['Date.now', [file('send/x.ts', 'const a = Date.now();')], ['send/x.ts reads the time: Date.now(']],
    ['new Date', [file('send/x.ts', 'const a = new Date();')], ['send/x.ts reads the time: new Date()']],
    ['a stopwatch', [file('send/x.ts', 'performance.now();')], ['send/x.ts reads the time: performance.now(']],
    ['a decorator', [file('store/x.ts', "@Entity('x')\nclass X {}")], ['store/x.ts has a decorator']],
    ['a long file', [file('base/x.ts', 'x;\n'.repeat(301))], ['base/x.ts has 301 lines, at most 300']],
    ['a vague name', [file('routing/utils.ts', '')], ['routing/utils.ts: a name that says nothing']],
    ['a default export', [file('base/x.ts', 'export default 1;')], ['base/x.ts has a default export']],
  ])('%s', (_name, sources, offences) => expect(found(...sources)).toEqual(offences));

  it('and what is allowed is not', () => {
    expect(
      found(
        file('base/x.ts', `// process.env and Date.now() in words\n${'x;\n'.repeat(299)}`),
        file('base/clock.ts', 'new Date(); performance.now();'),
        file('config.ts', 'process.env;'),
        file('store/database.ts', "import { First } from '../../migrations/first.js';\nimport { t } from './t.js';"),
        file('store/t.ts', "import type { Db } from './database.js';"),
        file('graphql/x.ts', "@Resolver(() => X)\nclass X { @Arg('a') a = new Date(0); }"),
        file('app.ts', "import { x } from './graphql/x.js';"),
      ),
    ).toEqual([]);
  });
});
