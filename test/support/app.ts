import { startApp, type App, type Overrides } from '../../src/app.js';
import { silentLog } from '../../src/base/log.js';
import type { Config } from '../../src/config.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { Gateway } from './gateway.js';

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly database: FreshDatabase;
  /** The LIVE environment. */
  readonly production: Gateway;
  /** The TEST environment. */
  readonly development: Gateway;
  /** Another gateway process's worth of product on the same database. */
  startSecond(
    overrides?: Overrides,
  ): Promise<{ app: App; production: Gateway; development: Gateway } & AsyncDisposable>;
}

export const BOOTSTRAP_KEY = 'tests-bootstrap-key';

export function testConfig(databaseUrl: string, changes: Partial<Config> = {}): Config {
  return {
    port: 0,
    databaseUrl,
    dataDir: '/nonexistent',
    bootstrapApiKey: BOOTSTRAP_KEY,
    role: 'all',
    publicUrl: null,
    encryptionKey: 'a key for tests alone',
    logLevel: 'silent',
    demo: true,
    backlogLimit: 200_000,
    poolSize: 8,
    // Vendors and callers of the tests are on this machine.
    egressAllow: ['127.0.0.0/8'],
    dnsServers: [],
    blocklists: [],
    attachmentStore: null,
    s3Endpoint: null,
    ...changes,
  };
}

/** The product, whole, in this process, on a database of its own. */
export async function startTestApp(changes: Partial<Config> = {}, overrides: Overrides = {}): Promise<TestApp> {
  const database = await freshDatabase();
  const app = await startApp(testConfig(database.url, changes), { log: silentLog, ...overrides });
  const { firstKeys } = app;
  if (!firstKeys) throw new Error('a fresh database brought no first keys');
  const gateways = (port: number) => ({
    production: new Gateway(port, firstKeys.production),
    development: new Gateway(port, firstKeys.development),
  });
  return {
    app,
    database,
    ...gateways(app.port),
    async startSecond(second = {}) {
      const other = await startApp(testConfig(database.url, changes), { log: silentLog, ...second });
      return { app: other, ...gateways(other.port), [Symbol.asyncDispose]: () => other.stop() };
    },
    async [Symbol.asyncDispose]() {
      await app.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}
