import { sql, type RawBuilder } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';
import type { PersonRef } from './erasing.js';

/** One record of personal data as the database has it. */
export interface AccessRow {
  /** Unique within its kind, and what it is listed by, last first. */
  readonly key: string;
  readonly at: Date;
  readonly data: Record<string, unknown>;
}

/** Which records of a person. */
export interface AccessPage extends PersonRef {
  /** Of what happened, nothing older; what simply holds has no such limit. */
  readonly since: Date;
  /** Key of the last row of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

type Query = (page: AccessPage) => RawBuilder<AccessRow>;

/** Rows listed by a text; `from` says key, at and data. */
function byText(from: (own: RawBuilder<boolean>, page: AccessPage) => RawBuilder<unknown>): Query {
  return (page) => {
    const own = sql<boolean>`environment_id = ${page.environmentId} and recipient_id = ${page.recipientId}`;
    const older = page.after === null ? sql`true` : sql`r.key collate "C" < ${page.after}`;
    return sql<AccessRow>`select r.key, r.at, r.data from (${from(own, page)}) r where ${older}
      order by r.key collate "C" desc limit ${page.limit}`;
  };
}

/** Rows of a table `t` listed by a UUID, newest first. */
function byId(
  id: RawBuilder<unknown>,
  from: RawBuilder<unknown>,
  at: RawBuilder<unknown>,
  data: RawBuilder<unknown>,
): Query {
  return (page) => {
    const older = page.after === null ? sql`true` : sql`${id} < ${page.after}::uuid`;
    return sql<AccessRow>`select ${id}::text as key, ${at} as at, ${data} as data from ${from}
      where t.environment_id = ${page.environmentId} and t.recipient_id = ${page.recipientId}
        and ${id} >= ${uuidv7Floor(page.since)}::uuid and ${older} order by ${id} desc limit ${page.limit}`;
  };
}

/** The time in a UUIDv7. */
function timeIn(id: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`to_timestamp(('x' || translate(left(${id}::text, 13), '-', ''))::bit(48)::bigint / 1000.0)`;
}

const withSend = sql`notification t join send s on s.environment_id = t.environment_id and s.id = t.send_id`;

const deliveries = sql`(select coalesce(jsonb_agg(jsonb_build_object('channel', d.channel, 'address', d.address,
    'state', d.state, 'reason', d.reason, 'provider', d.provider, 'integration', d.integration, 'providerId', d.provider_id)
    order by d.ordinal), '[]') from delivery d where d.environment_id = t.environment_id and d.notification_id = t.id)`;

const events = sql`(select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'type', e.type) || e.data order by e.seq), '[]')
    from event e where e.environment_id = t.environment_id and e.notification_id = t.id)`;

const outbox = sql`(select coalesce(jsonb_agg(jsonb_build_object('channel', o.channel, 'address', o.address,
    'title', o.title, 'body', o.body)), '[]')
    from outbox_message o where o.environment_id = t.environment_id and o.notification_id = t.id)`;

/** How the records of each kind are read; what hangs on notifications under the names that the API gives them is not here. */
export const ACCESS_QUERIES = {
  PROFILE: byText(
    (_own, { environmentId, recipientId }) => sql`select id::text as key, updated_at as at, jsonb_build_object(
      'externalId', external_id, 'name', name, 'locale', locale, 'timeZone', time_zone, 'country', country,
      'attributes', attributes) as data
    from recipient where environment_id = ${environmentId} and id = ${recipientId}`,
  ),
  ADDRESSES: byText(
    (own) => sql`select md5(channel || ' ' || address) as key, created_at as at, jsonb_build_object('channel', channel,
      'address', address, 'platform', platform, 'service', service, 'retiredAt', retired_at,
      'retiredReason', retired_reason) as data from endpoint where ${own}`,
  ),
  PREFERENCES: byText(
    (own, { environmentId, recipientId }) => sql`select category_key || ' ' || channel as key, updated_at as at,
      jsonb_build_object('category', category_key, 'channel', channel, 'enabled', enabled, 'cadence', cadence) as data
      from preference where ${own}
    union all select 'profile', updated_at, profile from recipient
      where environment_id = ${environmentId} and id = ${recipientId} and profile <> '{}'`,
  ),
  TOPICS: byText(
    (_own, { environmentId, recipientId }) => sql`select t.id::text as key, s.created_at as at,
      jsonb_build_object('topic', t.key) as data from topic_subscription s
      join topic t on t.environment_id = s.environment_id and t.id = s.topic_id
      where s.environment_id = ${environmentId} and s.recipient_id = ${recipientId}`,
  ),
  CONSENTS: byText(
    (own) => sql`select id::text as key, at, jsonb_build_object('channel', channel, 'purpose', purpose, 'state', state,
      'method', method, 'source', source, 'wording', wording, 'version', version, 'address', address, 'actor', actor,
      'evidence', data) as data from consent where ${own}`,
  ),
  NOTIFICATIONS: byId(
    sql`t.id`,
    withSend,
    sql`s.created_at`,
    sql`jsonb_build_object('category', t.category_key, 'state', t.state, 'reason', t.reason, 'finishedAt', t.finished_at,
      'deliveries', ${deliveries}, 'history', ${events})`,
  ),
  CONTENT: byId(
    sql`t.id`,
    withSend,
    sql`s.created_at`,
    sql`jsonb_build_object('template', s.template_key, 'data', s.data, 'content', s.content, 'inbox', s.inbox, 'tags', to_jsonb(s.tags),
      'outbox', ${outbox})`,
  ),
  INBOX: byId(
    sql`t.id`,
    sql`inbox_item t`,
    sql`t.created_at`,
    sql`to_jsonb(t) - array['environment_id', 'recipient_id', 'version', 'added_version']`,
  ),
  DIGESTS: byId(
    sql`t.id`,
    sql`digest t`,
    sql`t.opened_at`,
    sql`jsonb_build_object('category', t.category_key, 'channel', t.channel, 'key', t.key, 'closesAt', t.closes_at,
      'closedAt', t.closed_at)`,
  ),
  CAPS: byText(
    (own, { since }) => sql`select scope || ' ' || notification_id as key, at, jsonb_build_object('scope', scope,
      'waits', waits) as data from cap_use where ${own} and at >= ${since}`,
  ),
  SUPPRESSIONS: byText(
    (_own, { environmentId, recipientId }) => sql`select encode(x.address_hash, 'hex') || ' ' || x.channel as key,
      x.created_at as at, jsonb_build_object('channel', x.channel, 'address', x.address, 'reason', x.reason,
        'integration', x.integration_key, 'detail', x.detail) as data
      from endpoint e join suppression x on x.environment_id = e.environment_id and x.channel = e.channel
        and x.address_hash = sha256(convert_to(lower(e.address collate "C"), 'UTF8'))
      where e.environment_id = ${environmentId} and e.recipient_id = ${recipientId}`,
  ),
  PRESENCE: byText(
    (own) => sql`select id::text as key, connected_at as at, jsonb_build_object('platform', platform) as data
      from connection where ${own}`,
  ),
  ANSWERS: byText(
    (own) => sql`select operation || ' ' || key as key, created_at as at, jsonb_build_object('operation', operation,
      'key', key) as data from idempotency_key where ${own}`,
  ),
} as const satisfies Readonly<Record<string, Query>>;

/** Kinds that are read from one table, or from what hangs on it. */
export type QueriedKind = keyof typeof ACCESS_QUERIES;

export async function listAccess(db: Db, kind: QueriedKind, page: AccessPage): Promise<AccessRow[]> {
  const { rows } = await ACCESS_QUERIES[kind](page).execute(db);
  return rows;
}

/** How many records there are; not more than `page.limit` are counted. */
export async function countAccess(db: Db, kind: QueriedKind, page: AccessPage): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from (${ACCESS_QUERIES[kind](page)}) q`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The next notifications of a person, newest first, for looking up what hangs on them. */
export async function listPersonsNotifications(db: Db, page: AccessPage): Promise<{ id: string; at: Date }[]> {
  const older = page.after === null ? sql`true` : sql`t.id < ${page.after}::uuid`;
  const { rows } = await sql<{ id: string; at: Date }>`
    select t.id, ${timeIn(sql`t.id`)} as at from notification t
    where t.environment_id = ${page.environmentId} and t.recipient_id = ${page.recipientId}
      and t.id >= ${uuidv7Floor(page.since)}::uuid and ${older} order by t.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** By notification, named as the API names it. */
interface Hanging {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** What vendors reported of notifications, a list each. */
export async function callbacksOf(db: Db, environmentId: string, named: readonly string[]): Promise<Hanging[]> {
  const { rows } = await sql<Hanging>`
    select left(attempt_id, 30) as name, jsonb_build_object('callbacks', jsonb_agg(jsonb_build_object('at', at,
      'type', type, 'providerId', provider_id, 'address', address, 'detail', detail) order by at)) as data
    from callback where environment_id = ${environmentId} and left(attempt_id, 30) = any(${named}::text[])
    group by 1`.execute(db);
  return rows;
}

/** What subscribed URLs were told of notifications, a list each. */
export async function webhookCallsOf(db: Db, environmentId: string, named: readonly string[]): Promise<Hanging[]> {
  const { rows } = await sql<Hanging>`
    select c.payload #>> '{data,notificationId}' as name, jsonb_build_object('calls', jsonb_agg(jsonb_build_object(
      'subscription', s.key, 'state', c.state, 'payload', c.payload) order by c.id)) as data
    from webhook_call c join webhook_subscription s on s.environment_id = c.environment_id and s.id = c.subscription_id
    where c.environment_id = ${environmentId} and c.payload #>> '{data,notificationId}' = any(${named}::text[])
    group by 1`.execute(db);
  return rows;
}

/** Files that went with notifications: by our id, not by name. */
export async function filesOf(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<{ id: string; data: Record<string, unknown> }[]> {
  const { rows } = await sql<{ id: string; data: Record<string, unknown> }>`
    select n.id, jsonb_build_object('files', s.attachments) as data from notification n
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where n.environment_id = ${environmentId} and n.id = any(${ids}::uuid[]) and s.attachments is not null`.execute(db);
  return rows;
}

/** Through whom a person's data went. */
export interface SharingRow {
  readonly provider: string;
  readonly integration: string;
  readonly channel: string;
  readonly categories: string[];
  readonly classes: string[];
  readonly count: number;
  readonly files: boolean;
  readonly first_at: Date;
  readonly last_at: Date;
}

/** Calls to providers for the newest `page.limit` notifications of the time, by integration. */
export async function sharingOf(db: Db, page: AccessPage): Promise<SharingRow[]> {
  const { environmentId, recipientId, since, limit } = page;
  const { rows } = await sql<SharingRow>`
    select e.data ->> 'provider' as provider, e.data ->> 'integration' as integration, e.data ->> 'channel' as channel,
      array_agg(distinct n.category_key) as categories, array_agg(distinct c.class) as classes, count(*)::integer as count,
      bool_or(s.attachments is not null) as files, min(e.at) as first_at, max(e.at) as last_at
    from (select * from notification where environment_id = ${environmentId} and recipient_id = ${recipientId}
        and id >= ${uuidv7Floor(since)}::uuid order by id desc limit ${limit}) n
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    join category c on c.environment_id = n.environment_id and c.key = n.category_key
    join event e on e.environment_id = n.environment_id and e.notification_id = n.id and e.type = 'attempt.started'
    group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows;
}
