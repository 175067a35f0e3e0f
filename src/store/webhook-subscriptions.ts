import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { WEBHOOK_EVENTS, type WebhookDisabledReason } from '../base/names.js';
import type { Db } from './database.js';

export const WebhookSubscriptionTable = defineEntity({
  name: 'WebhookSubscription',
  tableName: 'webhook_subscription',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    key: p.text(),
    url: p.text(),
    secret: p.blob(),
    oldSecret: p.blob().nullable(),
    oldSecretUntil: p.datetime().nullable(),
    types: p.array().$type<string[]>(),
    enabled: p.boolean(),
    disabledAt: p.datetime().nullable(),
    disabledReason: p.text().$type<WebhookDisabledReason>().nullable(),
    failingSince: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A URL that our events go to. Secrets are sealed (`webhookSecretPlace`); the old one signs beside the new one for a while. */
export interface WebhookSubscriptionRow {
  environment_id: string;
  id: string;
  key: string;
  url: string;
  secret: Uint8Array;
  old_secret: Uint8Array | null;
  old_secret_until: Date | null;
  /** Names of events, or `*` for all. */
  types: string[];
  enabled: boolean;
  disabled_at: Date | null;
  disabled_reason: WebhookDisabledReason | null;
  /** Of failures that no success has come between: when the first one ended. */
  failing_since: Date | null;
  created_at: Date;
  updated_at: Date;
}

/** Stands for every type of event. */
export const EVERY_EVENT = '*';

/** Where secrets of a subscription lie: sealed values open only in their own place. */
export function webhookSecretPlace(row: Pick<WebhookSubscriptionRow, 'environment_id' | 'key'>): string {
  return `webhook-subscription/${row.environment_id}/${row.key}/secret`;
}

/** By key. */
export async function listWebhookSubscriptions(db: Db, environmentId: string): Promise<WebhookSubscriptionRow[]> {
  return db
    .selectFrom('webhook_subscription')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .orderBy('key')
    .execute();
}

/** @param lock keeps it as it is until the commit: neither changed nor removed by others */
export async function findWebhookSubscription(
  db: Db,
  environmentId: string,
  key: string,
  lock = false,
): Promise<WebhookSubscriptionRow | undefined> {
  const query = db
    .selectFrom('webhook_subscription')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('key', '=', key);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** Subscriptions by id, of whatever environment. */
export async function findSubscriptionsById(db: Db, ids: readonly string[]): Promise<WebhookSubscriptionRow[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('webhook_subscription')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
}

/** Stores it as given; where there is one of its key, that one keeps its id and its secrets. */
export async function saveWebhookSubscription(db: Db, row: WebhookSubscriptionRow): Promise<WebhookSubscriptionRow> {
  const { rows } = await sql<WebhookSubscriptionRow>`
    insert into webhook_subscription (environment_id, id, key, url, secret, old_secret, old_secret_until, types, enabled,
      disabled_at, disabled_reason, failing_since, created_at, updated_at)
    values (${row.environment_id}, ${row.id}, ${row.key}, ${row.url}, ${row.secret}, ${row.old_secret},
      ${row.old_secret_until}, ${row.types}::text[], ${row.enabled}, ${row.disabled_at}, ${row.disabled_reason},
      ${row.failing_since}, ${row.created_at}, ${row.updated_at})
    on conflict (environment_id, key) do update set url = excluded.url, types = excluded.types, enabled = excluded.enabled,
      disabled_at = excluded.disabled_at, disabled_reason = excluded.disabled_reason, failing_since = excluded.failing_since,
      updated_at = excluded.updated_at
    returning *`.execute(db);
  return rows[0] as WebhookSubscriptionRow;
}

/** A new secret signs from now on, and the one before beside it until `oldUntil`. */
export async function saveWebhookSecret(
  db: Db,
  row: Pick<WebhookSubscriptionRow, 'environment_id' | 'id'>,
  sealed: Uint8Array,
  oldUntil: Date,
): Promise<void> {
  await sql`update webhook_subscription set old_secret = secret, old_secret_until = ${oldUntil}, secret = ${sealed}
    where environment_id = ${row.environment_id} and id = ${row.id}`.execute(db);
}

/** Removes it with all of its calls. To be called with the row locked, so that no new call comes in between. */
export async function removeWebhookSubscription(db: Db, environmentId: string, id: string): Promise<void> {
  await db
    .deleteFrom('webhook_call')
    .where('environment_id', '=', environmentId)
    .where('subscription_id', '=', id)
    .execute();
  await db
    .deleteFrom('webhook_subscription')
    .where('environment_id', '=', environmentId)
    .where('id', '=', id)
    .execute();
}

/** The types of events that enabled subscriptions of an environment are for; all of them where one asks for all. */
export async function subscribedTypes(db: Db, environmentId: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ type: string }>`
    select distinct unnest(types) as type from webhook_subscription
    where environment_id = ${environmentId} and enabled`.execute(db);
  const types = rows.map((row) => row.type);
  return new Set(types.includes(EVERY_EVENT) ? WEBHOOK_EVENTS : types);
}

/** A call of these subscriptions went well. */
export async function endFailing(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`update webhook_subscription set failing_since = null
    where id = any(${ids}::uuid[]) and failing_since is not null`.execute(db);
}

/** A call of these subscriptions failed where none had before. */
export async function beginFailing(db: Db, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await sql`update webhook_subscription set failing_since = ${now}
    where id = any(${ids}::uuid[]) and failing_since is null`.execute(db);
}

/** Answers whether it was enabled until now. */
export async function disableWebhookSubscription(
  db: Db,
  row: Pick<WebhookSubscriptionRow, 'environment_id' | 'id'>,
  reason: WebhookDisabledReason,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_subscription')
    .set({ enabled: false, disabled_at: now, disabled_reason: reason, updated_at: now })
    .where('environment_id', '=', row.environment_id)
    .where('id', '=', row.id)
    .where('enabled', '=', true)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
