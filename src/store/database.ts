import { MikroORM, type InferKyselyDB } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { Kysely } from 'kysely';
import { Client, TypeOverrides, types as pgTypes } from 'pg';
import { FirstMigration } from '../../migrations/20261122000000-first.js';
import { DeliveryEngineMigration } from '../../migrations/20261122120000-delivery-engine.js';
import { ProvidersMigration } from '../../migrations/20261122180000-providers.js';
import { InboxMigration } from '../../migrations/20261124000000-inbox.js';
import { PeopleDecideMigration } from '../../migrations/20261123000000-people-decide.js';
import { messageOf, StartupError } from '../base/errors.js';
import { AlertTable } from './alerts.js';
import { AttachmentTable } from './attachments.js';
import { AudienceTable } from './audiences.js';
import { CallbackTable } from './callbacks.js';
import { CapUseTable } from './cap-uses.js';
import { CategoryTable } from './categories.js';
import { ConsentTable } from './consents.js';
import { DeadLetterTable } from './dead-letters.js';
import { DigestItemTable, DigestTable } from './digests.js';
import { EndpointTable } from './endpoints.js';
import { ErasureTable } from './erasures.js';
import { ApiKeyTable, EnvironmentTable, SettingTable } from './environments.js';
import { IntegrationCallTable, IntegrationHealthTable } from './health.js';
import { InboxItemTable, InboxTable } from './inbox-items.js';
import { IntegrationTable } from './integrations.js';
import { DeliveryTable, EventTable, NotificationTable } from './notifications.js';
import { OutboxMessageTable, SimulatorRuleTable } from './outbox.js';
import { ConnectionTable, InstanceTable, PresenceReportTable } from './presence.js';
import { PreferenceDefaultTable } from './preference-defaults.js';
import { PreferenceTable } from './preferences.js';
import { RecipientTable } from './recipients.js';
import { SectionTable } from './sections.js';
import { SenderTable } from './senders.js';
import { IdempotencyKeyTable, SendTable } from './sends.js';
import { SuppressionTable } from './suppressions.js';
import { TemplateTable, TemplateVersionTable } from './templates.js';
import { TimerTable } from './timers.js';
import { TopicSubscriptionTable, TopicTable } from './topics.js';
import { WebhookCallTable } from './webhook-calls.js';
import { WebhookSubscriptionTable } from './webhook-subscriptions.js';

const TABLES = [
  EnvironmentTable,
  ApiKeyTable,
  SettingTable,
  CategoryTable,
  TemplateTable,
  TemplateVersionTable,
  IntegrationTable,
  RecipientTable,
  EndpointTable,
  PreferenceTable,
  TopicTable,
  TopicSubscriptionTable,
  IdempotencyKeyTable,
  SendTable,
  NotificationTable,
  DeliveryTable,
  EventTable,
  InboxTable,
  InboxItemTable,
  InstanceTable,
  ConnectionTable,
  PresenceReportTable,
  OutboxMessageTable,
  SimulatorRuleTable,
  AudienceTable,
  TimerTable,
  IntegrationHealthTable,
  IntegrationCallTable,
  AlertTable,
  DeadLetterTable,
  CallbackTable,
  SenderTable,
  SuppressionTable,
  WebhookSubscriptionTable,
  WebhookCallTable,
  AttachmentTable,
  CapUseTable,
  SectionTable,
  PreferenceDefaultTable,
  ConsentTable,
  DigestTable,
  DigestItemTable,
  ErasureTable,
] as const;

const MIGRATIONS = [
  { name: '20261122000000-first', class: FirstMigration },
  { name: '20261122120000-delivery-engine', class: DeliveryEngineMigration },
  { name: '20261122180000-providers', class: ProvidersMigration },
  { name: '20261123000000-people-decide', class: PeopleDecideMigration },
  { name: '20261124000000-inbox', class: InboxMigration },
];

/** Typed query builder over all tables; inside a transaction it is that transaction. */
export type Db = Kysely<InferKyselyDB<(typeof TABLES)[number], Record<never, never>>>;

/** The oldest server that is tested; older ones are refused at start. */
export const OLDEST_POSTGRES = 15;

/** Any fixed number: processes that start together run migrations one after the other under this advisory lock. */
const MIGRATION_LOCK = 7_283_001;

export interface Database {
  readonly db: Db;
  /** Runs `work` in one transaction; throws what it throws, after rolling back. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  readonly orm: MikroORM;
  close(): Promise<void>;
}

/**
 * Opens the pool, checks the server, and brings the schema up to date. Throws StartupError with one clear line when the
 * server cannot be reached, is too old, or refuses a migration.
 *
 * @param url `postgres://…`
 * @param poolSize connections this process holds at most, besides those of the queue and the listener
 */
export async function openDatabase(url: string, poolSize: number): Promise<Database> {
  await checkServer(url);
  const types = new TypeOverrides();
  types.setTypeParser(pgTypes.builtins.INT8, Number);
  const orm = await MikroORM.init({
    entities: [...TABLES],
    clientUrl: url,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    // Instants arrive as Date, not as text; counts as numbers.
    driverOptions: {
      types,
      connectionTimeoutMillis: 10_000,
      application_name: 'tidings',
      options: '-c jit=off',
    },
    migrations: {
      migrationsList: MIGRATIONS,
      tableName: 'migration',
      snapshot: false,
      transactional: true,
      silent: true,
    },
    discovery: { warnWhenNoEntities: false },
  });
  try {
    await migrate(orm, url);
  } catch (error) {
    await orm.close(true);
    throw error instanceof StartupError ? error : new StartupError(`database migration failed: ${messageOf(error)}`);
  }
  const db = orm.em.fork().getKysely() as unknown as Db;
  return {
    db,
    // Not em.transactional: when the server cuts a connection, its ROLLBACK fails and the connection never comes back to
    // the pool (MikroORM 7.2.1 over Kysely's controlled transactions); Kysely's own form always gives it back.
    transaction: (work) => db.transaction().execute(work),
    orm,
    close: () => orm.close(true),
  };
}

/** `postgres://user:…@host/db` without the password, for messages. */
export function redactUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    return parsed.toString();
  } catch {
    return 'DATABASE_URL';
  }
}

async function checkServer(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(`select current_setting('server_version_num') as version`);
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    if (major < OLDEST_POSTGRES)
      throw new StartupError(
        `the Postgres server at ${redactUrl(url)} is version ${major}; Tidings needs ${OLDEST_POSTGRES} or newer. Upgrade it, or unset DATABASE_URL to use the embedded one.`,
      );
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `cannot reach the Postgres server at ${redactUrl(url)}: ${reasonOf(error)}. Check DATABASE_URL, or unset it to use the embedded server.`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Node reports refused connections to several addresses as an AggregateError without a text of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}

async function migrate(orm: MikroORM, url: string): Promise<void> {
  const lock = new Client({ connectionString: url });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await orm.migrator.up();
  } finally {
    // Ending the session releases the lock.
    await lock.end().catch(() => undefined);
  }
}
