import { Migration } from '@mikro-orm/migrations';

/** What people and the law decide: profiles, defaults of environments and tenants, consent, caps, digests, absence. */
export class PeopleDecideMigration extends Migration {
  override async up(): Promise<void> {
    for (const statement of [...choices, ...consents, ...caps, ...digests, ...privacy]) this.addSql(statement);
  }
}

const choices = [
  // With the person, because they are read together: one row more for every notification would be felt.
  `alter table recipient add column profile jsonb not null default '{}'`,
  `alter table recipient add column country text`,
  `alter table preference alter column enabled drop not null`,
  `alter table preference add column cadence text`,
  // The address that stands on the person, beside others that were added: until now the oldest of its channel.
  `alter table endpoint add column main boolean not null default false`,
  `update endpoint e set main = true from (
     select distinct on (environment_id, recipient_id, channel) environment_id, recipient_id, channel, address
     from endpoint where channel in ('EMAIL', 'SMS')
     order by environment_id, recipient_id, channel, created_at, address) oldest
   where e.environment_id = oldest.environment_id and e.recipient_id = oldest.recipient_id
     and e.channel = oldest.channel and e.address = oldest.address`,
  `alter table category add column rules jsonb not null default '{}'`,
  `create table section (
     environment_id uuid not null references environment (id), key text not null, name text not null, position integer not null,
     created_at timestamptz not null, updated_at timestamptz not null, primary key (environment_id, key))`,
  // What holds where people have said nothing: of the environment (tenant '') or of a tenant, for all categories ('') or one.
  `create table preference_default (
     environment_id uuid not null references environment (id), tenant text not null, category_key text not null,
     channel text not null, enabled boolean, cadence text, updated_at timestamptz not null,
     primary key (environment_id, tenant, category_key, channel))`,
  `alter table send add column send_window jsonb`,
  // It is what a digest became.
  `alter table send add column digest_id uuid`,
  // At most so many of a key for one person in so long.
  `alter table send add column throttle jsonb`,
  `alter table send add column digest_key text`,
  // Who stands in for somebody: the notification that went on to a colleague.
  `alter table notification add column delegated_from uuid`,
];

const consents = [
  // Postal address, default country, terms: for the law of advertising.
  `alter table environment add column compliance jsonb not null default '{}'`,
  // Written once and never changed: the latest of a purpose and channel counts, all of them are the proof.
  `create table consent (
     environment_id uuid not null references environment (id), recipient_id uuid not null, id uuid not null,
     channel text not null, purpose text not null, state text not null, at timestamptz not null, method text not null,
     source text, wording text, version text, address text, actor text, data jsonb not null default '{}',
     primary key (environment_id, recipient_id, id))`,
];

const caps = [
  // What went, or waits for its turn at that time.
  `create table cap_use (
     environment_id uuid not null, recipient_id uuid not null, scope text not null, notification_id uuid not null,
     at timestamptz not null, waits boolean not null, primary key (environment_id, recipient_id, scope, notification_id))`,
  `create index cap_use_age on cap_use (at)`,
  `create index cap_use_notification on cap_use (environment_id, notification_id)`,
];

const digests = [
  `create table digest (
     environment_id uuid not null references environment (id), id uuid not null, recipient_id uuid not null,
     category_key text not null, channel text not null, key text not null, opened_at timestamptz not null,
     closes_at timestamptz not null, latest_at timestamptz, closed_at timestamptz, notification_id uuid,
     primary key (environment_id, id))`,
  // One open window a person, category, channel and key.
  `create unique index digest_open on digest (environment_id, recipient_id, category_key, channel, key) where closed_at is null`,
  `create index digest_notification on digest (notification_id) where notification_id is not null`,
  `create index digest_due on digest (closes_at) where closed_at is null`,
  `create table digest_item (
     environment_id uuid not null, notification_id uuid not null, digest_id uuid not null, at timestamptz not null,
     primary key (environment_id, notification_id),
     foreign key (environment_id, digest_id) references digest (environment_id, id))`,
  `create index digest_item_digest on digest_item (digest_id, notification_id)`,
];

const privacy = [
  // How long each kind of data stays; a kind that is not in it stays as long as its default says.
  `alter table environment add column retention jsonb not null default '{}'`,
  // No send up to this one says anything any more, so that each run goes on where the last one came to.
  `alter table environment add column emptied_through uuid`,
  `alter table send add column content_gone_at timestamptz`,
  // Environments keep things for different times: each finds its own oldest first.
  `drop index callback_age`,
  `create index callback_age on callback (environment_id, received_at)`,
  `drop index webhook_call_ended`,
  `create index webhook_call_ended on webhook_call (environment_id, ended_at) where ended_at is not null`,
  `create index endpoint_retired on endpoint (environment_id, retired_at) where retired_at is not null`,
  // The row stays, without anything of the person, so that what was counted stays counted.
  `alter table recipient add column erased_at timestamptz`,
  // That a person was erased, who asked for it, and how much went: nothing of the person itself. Until it has finished:
  // `through`, the last notification that is done with, and `addresses`, what has to be looked for elsewhere. For an hour:
  // a salted hash of the external id, so that tokens of that time do not open somebody new of the same id.
  `create table erasure (
     environment_id uuid not null references environment (id), id uuid not null, recipient_id uuid not null,
     actor text not null, reason text, requested_at timestamptz not null, finished_at timestamptz, erased jsonb not null default '{}',
     through uuid, addresses jsonb not null default '[]', subject_hash bytea, primary key (environment_id, id))`,
  `create unique index erasure_recipient on erasure (environment_id, recipient_id)`,
  `create index erasure_unfinished on erasure (requested_at) where finished_at is null`,
  // Whose personal data an answer may hold.
  `alter table idempotency_key add column recipient_id uuid`,
  `create index idempotency_key_recipient on idempotency_key (recipient_id) where recipient_id is not null`,
  // By what the rest of a person's data is found.
  `create index callback_notification on callback (left(attempt_id, 30)) where attempt_id is not null`,
  `create index callback_address on callback (environment_id, address) where address is not null`,
  `create index webhook_call_notification on webhook_call ((payload #>> '{data,notificationId}'))
     where payload #>> '{data,notificationId}' is not null`,
  `create index outbox_message_notification on outbox_message (notification_id)`,
  `create index digest_recipient on digest (environment_id, recipient_id)`,
  `create index topic_subscription_recipient on topic_subscription (environment_id, recipient_id)`,
];
