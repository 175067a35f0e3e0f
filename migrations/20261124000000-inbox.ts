import { Migration } from '@mikro-orm/migrations';

/** What an item of the inbox can be besides read, and how present people are. */
export class InboxMigration extends Migration {
  override async up(): Promise<void> {
    for (const statement of [...items, ...presence]) this.addSql(statement);
  }
}

const items = [
  // Of the item alone: actions, group, urgency, its end.
  `alter table send add column inbox jsonb`,
  `alter table inbox_item add column tags text[] not null default '{}'`,
  `alter table inbox_item add column urgent boolean not null default false`,
  `alter table inbox_item add column actions jsonb not null default '[]'`,
  `alter table inbox_item add column group_key text`,
  `alter table inbox_item add column pinned_at timestamptz`,
  `alter table inbox_item add column snoozed_until timestamptz`,
  `alter table inbox_item add column expires_at timestamptz`,
  // What comes back, or goes, by itself at a time.
  `create index inbox_item_snoozed on inbox_item (snoozed_until) where snoozed_until is not null and removed_at is null`,
  `create index inbox_item_expires on inbox_item (expires_at) where expires_at is not null and removed_at is null`,
];

const presence = [
  // How present a person is on a platform, as a client of theirs said last ('': somebody who speaks for all of it); true for a
  // while only.
  `create unlogged table presence_report (
     environment_id uuid not null, recipient_id uuid not null, platform text not null, client text not null, state text not null,
     since timestamptz not null, seen_at timestamptz not null, expires_at timestamptz not null,
     primary key (environment_id, recipient_id, platform, client))`,
  `create index presence_report_age on presence_report (expires_at)`,
];
