import { Migration } from '@mikro-orm/migrations';

/**
 * Every row belongs to an environment, and its id leads every key, so that tables can be distributed later and an id of
 * another environment answers as missing. The ledger (send, notification, delivery, event) is partitioned by day through
 * the time in its UUIDv7 keys. Its secondary indexes do not begin with the environment: the planner must never take one
 * of them, instead of the key, for a list of ids. Rows that change are written with free space on the page, and no index covers a state,
 * so that changes of state stay on their page (HOT).
 */
export class FirstMigration extends Migration {
  override async up(): Promise<void> {
    for (const statement of [...configuration, ...people, ...ledger, ...inbox, ...runtime]) this.addSql(statement);
  }
}

const configuration = [
  `create table environment (
     id uuid primary key, key text not null unique, name text not null, mode text not null check (mode in ('LIVE', 'TEST')),
     token_secret bytea not null, created_at timestamptz not null)`,
  `create table api_key (
     environment_id uuid not null references environment (id), id uuid not null, name text not null, prefix text not null,
     secret_hash bytea not null unique, created_at timestamptz not null, revoked_at timestamptz,
     primary key (environment_id, id))`,
  `create table setting (key text primary key, value bytea not null)`,
  `create table category (
     environment_id uuid not null references environment (id), key text not null, name text not null, class text not null,
     mandatory boolean not null, channels text[] not null, lane text not null, ack_timeout_ms integer not null,
     inbox_copy text not null, retry jsonb not null, expires_after_ms bigint, on_ambiguous text not null,
     created_at timestamptz not null, updated_at timestamptz not null, primary key (environment_id, key))`,
  `create table template (
     environment_id uuid not null references environment (id), key text not null, name text not null,
     published_version integer, draft_version integer, created_at timestamptz not null, updated_at timestamptz not null,
     primary key (environment_id, key))`,
  `create table template_version (
     environment_id uuid not null, template_key text not null, number integer not null, contents jsonb not null,
     created_at timestamptz not null, published_at timestamptz, primary key (environment_id, template_key, number),
     foreign key (environment_id, template_key) references template (environment_id, key))`,
  `create table integration (
     environment_id uuid not null references environment (id), id uuid not null, key text not null, provider text not null,
     channel text not null, position integer not null, enabled boolean not null, settings jsonb not null,
     credentials bytea not null, created_at timestamptz not null, updated_at timestamptz not null,
     primary key (environment_id, id), unique (environment_id, key))`,
];

const people = [
  `create table recipient (
     environment_id uuid not null references environment (id), id uuid not null, external_id text not null, name text,
     locale text, time_zone text, attributes jsonb not null, created_at timestamptz not null, updated_at timestamptz not null,
     primary key (environment_id, id), unique (environment_id, external_id)) with (fillfactor = 85)`,
  `create table endpoint (
     environment_id uuid not null, recipient_id uuid not null, channel text not null, address text not null,
     created_at timestamptz not null, retired_at timestamptz, retired_reason text,
     primary key (environment_id, recipient_id, channel, address),
     foreign key (environment_id, recipient_id) references recipient (environment_id, id))`,
  `create index endpoint_address on endpoint (environment_id, address)`,
  `create table preference (
     environment_id uuid not null, recipient_id uuid not null, category_key text not null, channel text not null,
     enabled boolean not null, updated_at timestamptz not null,
     primary key (environment_id, recipient_id, category_key, channel),
     foreign key (environment_id, recipient_id) references recipient (environment_id, id),
     foreign key (environment_id, category_key) references category (environment_id, key))`,
  `create table topic (
     environment_id uuid not null references environment (id), id uuid not null, key text not null,
     created_at timestamptz not null, primary key (environment_id, id), unique (environment_id, key))`,
  `create table topic_subscription (
     environment_id uuid not null, topic_id uuid not null, recipient_id uuid not null, created_at timestamptz not null,
     primary key (environment_id, topic_id, recipient_id),
     foreign key (environment_id, topic_id) references topic (environment_id, id),
     foreign key (environment_id, recipient_id) references recipient (environment_id, id))`,
];

const ledger = [
  `create table idempotency_key (
     environment_id uuid not null, operation text not null, key text not null, request_hash bytea not null,
     answer jsonb not null, created_at timestamptz not null, primary key (environment_id, operation, key))`,
  `create index idempotency_key_age on idempotency_key (created_at)`,
  `create table send (
     environment_id uuid not null, id uuid not null, category_key text not null, template_key text, template_version integer,
     data jsonb not null, content jsonb, channels text[], brand text, topic_id uuid, send_at timestamptz,
     expires_at timestamptz, tags text[] not null, expanded_through uuid, expanded boolean not null,
     created_at timestamptz not null, canceled_at timestamptz,
     primary key (environment_id, id)) partition by range (id)`,
  `create index send_tags on send using gin (tags) where tags <> '{}'`,
  `create index send_template on send (environment_id, template_key, id) where template_key is not null`,
  `create table notification (
     environment_id uuid not null, id uuid not null, send_id uuid not null, recipient_id uuid not null,
     category_key text not null, state text not null, reason text, plan jsonb, revision integer not null,
     wake_at timestamptz, finished_at timestamptz, primary key (environment_id, id)) partition by range (id)`,
  `create index notification_send on notification (send_id, id)`,
  `create index notification_recipient on notification (recipient_id, id)`,
  `create index notification_category on notification (category_key, environment_id, id)`,
  `create table delivery (
     environment_id uuid not null, notification_id uuid not null, ordinal smallint not null, channel text not null,
     address text, state text not null, reason text, integration text, provider text, provider_id text,
     updated_at timestamptz not null, primary key (environment_id, notification_id, ordinal))
     partition by range (notification_id)`,
  `create table event (
     environment_id uuid not null, notification_id uuid not null, seq integer not null, at timestamptz not null,
     type text not null, ordinal smallint, data jsonb not null, primary key (environment_id, notification_id, seq))
     partition by range (notification_id)`,
  `create table send_default partition of send default`,
  `create table notification_default partition of notification default with (fillfactor = 55)`,
  `create table delivery_default partition of delivery default with (fillfactor = 55)`,
  `create table event_default partition of event default`,
];

const inbox = [
  `create table inbox (
     environment_id uuid not null, recipient_id uuid not null, version integer not null, reset_version integer not null,
     unseen integer not null check (unseen >= 0), unread integer not null check (unread >= 0),
     primary key (environment_id, recipient_id),
     foreign key (environment_id, recipient_id) references recipient (environment_id, id)) with (fillfactor = 50)`,
  `create table inbox_item (
     environment_id uuid not null, recipient_id uuid not null, id uuid not null, version integer not null,
     added_version integer not null, title text not null, body text not null, url text, data jsonb, category_key text not null,
     toast boolean not null, created_at timestamptz not null, displayed_at timestamptz, seen_at timestamptz,
     read_at timestamptz, archived_at timestamptz, removed_at timestamptz,
     primary key (environment_id, recipient_id, id)) with (fillfactor = 70)`,
  `create unique index inbox_item_added on inbox_item (environment_id, recipient_id, added_version)`,
  `create index inbox_item_version on inbox_item (environment_id, recipient_id, version)`,
];

const runtime = [
  `create table instance (id uuid primary key, lock_key bigint not null, lease_until timestamptz not null)`,
  // Who is connected is true only while processes live; it need not survive a crash of the database.
  `create unlogged table connection (
     instance_id uuid not null, id uuid not null, environment_id uuid not null, recipient_id uuid not null,
     platform text not null, connected_at timestamptz not null, primary key (instance_id, id))`,
  `create index connection_recipient on connection (environment_id, recipient_id)`,
  `create table outbox_message (
     environment_id uuid not null references environment (id), id uuid not null, channel text not null,
     address text not null, provider text not null, integration text not null, title text, body text not null, html text,
     notification_id uuid not null, created_at timestamptz not null, primary key (environment_id, id))`,
  `create index outbox_message_address on outbox_message (environment_id, address, id)`,
  `create table simulator_rule (
     environment_id uuid not null references environment (id), address text not null, behavior text not null,
     delay_ms integer not null, created_at timestamptz not null, primary key (environment_id, address))`,
];
