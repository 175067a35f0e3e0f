import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig, type Config } from '../src/config.js';

type Env = Record<string, string | undefined>;

function config(env: Env): Config {
  const parsed = parseConfig(env);
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
  return parsed.config;
}

function problems(env: Env): string[] {
  const parsed = parseConfig(env);
  return 'problems' in parsed ? parsed.problems : [];
}

const DEFAULTS: Config = {
  port: 4000,
  databaseUrl: null,
  dataDir: resolve('.tidings'),
  bootstrapApiKey: null,
  role: 'all',
  publicUrl: null,
  encryptionKey: null,
  logLevel: 'warn',
  demo: true,
  backlogLimit: 200_000,
  poolSize: 16,
  egressAllow: [],
  dnsServers: [],
  blocklists: ['zen.spamhaus.org', 'dbl.spamhaus.org', 'bl.spamcop.net'],
  attachmentStore: null,
  s3Endpoint: null,
};
const VARIABLES = [
  'PORT',
  'DATABASE_URL',
  'DATA_DIR',
  'BOOTSTRAP_API_KEY',
  'ROLE',
  'PUBLIC_URL',
  'ENCRYPTION_KEY',
  'LOG_LEVEL',
  'NODE_ENV',
  'DEMO',
  'DATABASE_POOL',
  'EGRESS_ALLOW',
  'DNS_SERVER',
  'BLOCKLISTS',
  'ATTACHMENT_STORE',
  'S3_ENDPOINT',
];

describe('the configuration', () => {
  it('is there without any variable', () => expect(config({})).toEqual(DEFAULTS));

  it('takes an empty variable for none', () =>
    expect(config(Object.fromEntries(VARIABLES.map((name) => [name, ''])))).toEqual(DEFAULTS));

  it('does not mind what is not ours', () => expect(config({ PATH: '/bin', LANG: 'C' })).toEqual(DEFAULTS));

  it.each<[string, string, Partial<Config>]>([
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['DATABASE_URL', 'postgres://ana:pw@db:5432/tidings', { databaseUrl: 'postgres://ana:pw@db:5432/tidings' }],
    ['DATABASE_URL', 'postgresql://db/tidings', { databaseUrl: 'postgresql://db/tidings' }],
    ['DATA_DIR', '/var/lib/tidings', { dataDir: '/var/lib/tidings' }],
    ['DATA_DIR', 'here', { dataDir: resolve('here') }],
    ['BOOTSTRAP_API_KEY', 'a-key-of-ours', { bootstrapApiKey: 'a-key-of-ours' }],
    ['ROLE', 'worker', { role: 'worker' }],
    ['PUBLIC_URL', 'https://tidings.example.com', { publicUrl: 'https://tidings.example.com' }],
    ['ENCRYPTION_KEY', 'sixteen letters!', { encryptionKey: 'sixteen letters!' }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['NODE_ENV', 'production', { demo: false }],
    ['NODE_ENV', 'development', { demo: true }],
    ['DEMO', 'off', { demo: false }],
    ['DEMO', '1', { demo: true }],
    ['DATABASE_POOL', '2', { poolSize: 2 }],
    ['BACKLOG_LIMIT', '1000', { backlogLimit: 1000 }],
    ['EGRESS_ALLOW', ' 10.0.0.0/8, fd00::/8 ', { egressAllow: ['10.0.0.0/8', 'fd00::/8'] }],
    ['DNS_SERVER', '9.9.9.9,127.0.0.1:5353', { dnsServers: ['9.9.9.9', '127.0.0.1:5353'] }],
    ['BLOCKLISTS', 'bl.example', { blocklists: ['bl.example'] }],
    ['ATTACHMENT_STORE', 's3://files', { attachmentStore: 's3://files' }],
    ['ATTACHMENT_STORE', 's3://files/a/b', { attachmentStore: 's3://files/a/b' }],
    ['S3_ENDPOINT', 'http://minio:9000', { s3Endpoint: 'http://minio:9000' }],
  ])('takes %s=%s', (name, value, expected) => expect(config({ [name]: value })).toEqual({ ...DEFAULTS, ...expected }));

  it('shows the demo in production when it is asked for', () =>
    expect(config({ NODE_ENV: 'production', DEMO: 'on' }).demo).toBe(true));

  it.each([
    ['PORT', '65536', 'expected 0 to 65535'],
    ['PORT', '-1', 'expected a whole number'],
    ['PORT', '4000.5', 'expected a whole number'],
    ['PORT', 'http', 'expected a whole number'],
    ['DATABASE_URL', 'mysql://db/tidings', 'expected postgres://user:password@host:port/database'],
    ['DATABASE_URL', 'db:5432', 'expected postgres://user:password@host:port/database'],
    ['BOOTSTRAP_API_KEY', 'short', 'expected at least 8 characters'],
    ['BOOTSTRAP_API_KEY', 'with a space', 'expected no white space'],
    ['BOOTSTRAP_API_KEY', 'eyJhbGciOiJ', 'may not begin with "eyJ"'],
    ['ROLE', 'boss', 'all'],
    ['PUBLIC_URL', 'tidings.example.com', 'expected an http or https URL'],
    ['PUBLIC_URL', 'ftp://example.com', 'expected an http or https URL'],
    ['ENCRYPTION_KEY', 'short', 'expected at least 16 characters'],
    ['LOG_LEVEL', 'loud', 'warn'],
    ['DEMO', 'maybe', 'off'],
    ['DATABASE_POOL', '1', 'expected 2 to 200'],
    ['EGRESS_ALLOW', '10.0.0.1', 'expected networks like 10.0.0.0/8'],
    ['EGRESS_ALLOW', '10.0.0.0/8,localhost', 'expected networks like 10.0.0.0/8'],
    ['DNS_SERVER', 'dns.example', 'expected addresses like 9.9.9.9'],
    ['ATTACHMENT_STORE', '/var/files', 'expected s3://bucket'],
    ['ATTACHMENT_STORE', 's3://A', 'expected s3://bucket'],
    ['S3_ENDPOINT', 'minio:9000', 'expected an http or https URL'],
  ])('refuses %s=%s in words', (name, value, words) => {
    const [problem, ...others] = problems({ [name]: value });
    expect(problem).toMatch(new RegExp(`^${name}: `));
    expect(problem).toContain(words);
    expect(others).toEqual([]);
  });

  it('names every problem at once', () =>
    expect(problems({ PORT: 'x', ROLE: 'x', DEMO: 'x' }).map((line) => line.split(':')[0])).toEqual([
      'PORT',
      'ROLE',
      'DEMO',
    ]));

  it('never says a secret back', () =>
    expect(
      problems({ BOOTSTRAP_API_KEY: 'my secret', ENCRYPTION_KEY: 'hush', DATABASE_URL: 'x://ana:pw@db' }).join(),
    ).not.toMatch(/my secret|hush|pw@/));

  it('is one or a list of problems, whatever the environment, and never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.constantFrom('', '0', 'on', 'all', 'postgres://', 'postgres://[', 'http://%', '1e9', '99999999999999999999'),
    );
    const env = fc.dictionary(fc.oneof(fc.constantFrom(...VARIABLES), fc.constantFrom('__proto__', 'PATH')), text);
    fc.assert(
      fc.property(env, (variables) => {
        const parsed = parseConfig(variables);
        const [config_, lines] = 'config' in parsed ? [parsed.config, null] : [null, parsed.problems];
        expect(config_ === null).toBe(lines !== null && lines.length > 0);
        for (const line of lines ?? []) expect(line).toMatch(/^[A-Z0-9_]+: ./);
        expect(config_?.port ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
