import { Migration } from '@mikro-orm/migrations';

/**
 * What providers need around their calls: whose push tokens they take, what they report back, whom nothing may go to any
 * more, files, senders, and the URLs that our own events go to.
 */
export class ProvidersMigration extends Migration {
  override async up(): Promise<void> {
    for (const statement of [...changes, ...reports, ...files, ...senders, ...webhooks]) this.addSql(statement);
  }
}

const changes = [
  `alter table integration add column classes text[]`,
  `alter table integration add column reports boolean not null default false`,
  // Vendors call back under the id alone.
  `create unique index integration_id on integration (id)`,
  // Push tokens alone: of what kind of device, and of which push service.
  `alter table endpoint add column platform text`,
  `alter table endpoint add column service text`,
  `alter table send add column attachments jsonb`,
];

const reports = [
  // One row an event, until it is folded into the ledger and for a while after, so that what comes again is known.
  `create table callback (
     environment_id uuid not null, integration_id uuid not null, key text not null, type text not null, means text,
     at timestamptz not null, attempt_id text, provider_id text, address text, detail text, received_at timestamptz not null,
     due_at timestamptz, tries smallint not null default 0, outcome text, primary key (environment_id, integration_id, key),
     foreign key (environment_id, integration_id) references integration (environment_id, id)) with (fillfactor = 80)`,
  `create index callback_due on callback (due_at) where due_at is not null`,
  `create index callback_age on callback (received_at)`,
  // By hash, so that the entry can outlive the address.
  `create table suppression (
     environment_id uuid not null references environment (id), channel text not null, address_hash bytea not null,
     address text, reason text not null, integration_key text, detail text, created_at timestamptz not null,
     primary key (environment_id, channel, address_hash))`,
  `create index suppression_newest on suppression (environment_id, created_at, channel, address_hash)`,
];

const files = [
  `create table attachment (
     environment_id uuid not null references environment (id), id uuid not null, store_key text not null,
     filename text not null, content_type text not null, content_id text, size integer not null, sha256 bytea not null,
     created_at timestamptz not null, kept_until timestamptz not null, primary key (environment_id, id))`,
  `create index attachment_kept_until on attachment (kept_until)`,
];

const senders = [
  `create table sender (
     environment_id uuid not null references environment (id), key text not null, address text not null, reply_to text,
     classes text[], brand text, created_at timestamptz not null, updated_at timestamptz not null,
     primary key (environment_id, key))`,
];

const webhooks = [
  `create table webhook_subscription (
     environment_id uuid not null references environment (id), id uuid not null, key text not null, url text not null,
     secret bytea not null, old_secret bytea, old_secret_until timestamptz, types text[] not null, enabled boolean not null,
     disabled_at timestamptz, disabled_reason text, failing_since timestamptz, created_at timestamptz not null, updated_at timestamptz not null,
     primary key (environment_id, id), unique (environment_id, key))`,
  `create table webhook_call (
     environment_id uuid not null, id uuid not null, subscription_id uuid not null, type text not null,
     payload jsonb not null, state text not null, tries smallint not null, next_at timestamptz, last_status integer,
     last_detail text, created_at timestamptz not null, ended_at timestamptz, primary key (environment_id, id),
     foreign key (environment_id, subscription_id) references webhook_subscription (environment_id, id))
     with (fillfactor = 70)`,
  // By subscription, so that none of them can stand in the way of the others.
  `create index webhook_call_due on webhook_call (subscription_id, next_at) where next_at is not null`,
  `create index webhook_call_subscription on webhook_call (subscription_id, id)`,
  `create index webhook_call_ended on webhook_call (ended_at) where ended_at is not null`,
];
