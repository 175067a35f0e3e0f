import { Migration } from '@mikro-orm/migrations';

/**
 * What the delivery engine keeps between attempts: timers (one row a waiting notification, instead of a job each), the
 * health and pace of integrations, alerts for operators, and what could not be carried at all.
 */
export class DeliveryEngineMigration extends Migration {
  override async up(): Promise<void> {
    for (const statement of [...changes, ...engine]) this.addSql(statement);
  }
}

const changes = [
  `alter table category add column silence jsonb`,
  `alter table category add column failover text not null default 'AFTER_RETRIES'`,
  `alter table integration add column rate_count integer`,
  `alter table integration add column rate_period_ms integer`,
  `alter table integration add column concurrency integer`,
  `alter table integration add column auth_retries smallint not null default 0`,
  `alter table send add column tenant text`,
  `alter table send add column audience jsonb`,
  `alter table send add column recipient_count integer not null default 0`,
  `create table audience (
     environment_id uuid not null references environment (id), key text not null, name text not null, rule jsonb not null,
     created_at timestamptz not null, updated_at timestamptz not null, primary key (environment_id, key))`,
];

const engine = [
  // Rows come and go with every wait: small, few at a time, and vacuumed often.
  `create table timer (
     environment_id uuid not null, notification_id uuid not null, at timestamptz not null, lane text not null,
     tenant text, integration_id uuid, primary key (environment_id, notification_id))
     with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)`,
  `create index timer_at on timer (at)`,
  `create index timer_integration on timer (integration_id) where integration_id is not null`,
  `create table integration_health (
     environment_id uuid not null, integration_id uuid not null, failures integer not null, opens integer not null,
     open_reason text, opened_at timestamptz, open_until timestamptz, probe_until timestamptz, paused_until timestamptz,
     next_slot timestamptz, line jsonb not null, updated_at timestamptz not null,
     primary key (environment_id, integration_id),
     foreign key (environment_id, integration_id) references integration (environment_id, id)) with (fillfactor = 20)`,
  // Calls that run now, where an integration limits how many may.
  `create table integration_call (
     environment_id uuid not null, integration_id uuid not null, notification_id uuid not null,
     lease_until timestamptz not null, primary key (environment_id, integration_id, notification_id))`,
  `create table alert (
     environment_id uuid not null references environment (id), id uuid not null, type text not null, integration_key text,
     detail text not null, created_at timestamptz not null, primary key (environment_id, id))`,
  `create table dead_letter (
     environment_id uuid not null, notification_id uuid not null, lane text not null, failures integer not null,
     error text not null, first_failed_at timestamptz not null, last_failed_at timestamptz not null, dead_at timestamptz,
     primary key (environment_id, notification_id))`,
];
