import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ChannelName } from '../base/names.js';
import type { SendAttachment } from './attachments.js';
import type { AudienceRule } from './audiences.js';
import type { Db } from './database.js';
import { notificationRows, type NewNotification } from './notifications.js';

/** Content in place: literal text, no template language. */
export interface InlineContent {
  title: string;
  body: string;
  url: string | null;
  data: Record<string, unknown> | null;
}

export const IdempotencyKeyTable = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_key',
  properties: {
    environmentId: p.uuid().primary(),
    operation: p.text().primary(),
    key: p.text().primary(),
    requestHash: p.blob(),
    answer: p.json().$type<Record<string, unknown>>(),
    createdAt: p.datetime(),
    recipientId: p.uuid().nullable(),
  },
});

export const SendTable = defineEntity({
  name: 'Send',
  tableName: 'send',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    categoryKey: p.text(),
    templateKey: p.text().nullable(),
    templateVersion: p.integer().nullable(),
    data: p.json().$type<Record<string, unknown>>(),
    content: p.json().$type<InlineContent>().nullable(),
    channels: p.array().$type<ChannelName[]>().nullable(),
    brand: p.text().nullable(),
    topicId: p.uuid().nullable(),
    sendAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
    tags: p.array().$type<string[]>(),
    expandedThrough: p.uuid().nullable(),
    expanded: p.boolean(),
    createdAt: p.datetime(),
    canceledAt: p.datetime().nullable(),
    tenant: p.text().nullable(),
    audience: p.json().$type<AudienceRule>().nullable(),
    recipientCount: p.integer(),
    attachments: p.json().$type<SendAttachment[]>().nullable(),
    sendWindow: p.json().$type<Record<string, unknown>>().nullable(),
    digestId: p.uuid().nullable(),
    throttle: p.json().$type<Record<string, unknown>>().nullable(),
    digestKey: p.text().nullable(),
    inbox: p.json().$type<Record<string, unknown>>().nullable(),
    contentGoneAt: p.datetime().nullable(),
  },
});

export interface SendRow {
  environment_id: string;
  id: string;
  category_key: string;
  template_key: string | null;
  template_version: number | null;
  data: Record<string, unknown>;
  content: InlineContent | null;
  channels: ChannelName[] | null;
  brand: string | null;
  topic_id: string | null;
  send_at: Date | null;
  expires_at: Date | null;
  tags: string[];
  expanded_through: string | null;
  expanded: boolean;
  created_at: Date;
  canceled_at: Date | null;
  /** The caller's customer that this is for: work takes turns between them. */
  tenant: string | null;
  /** Whom it goes to, as the rule was when it was accepted. */
  audience: AudienceRule | null;
  /** Notifications made of it so far. */
  recipient_count: number;
  /** Files that go with it; null: none. */
  attachments: SendAttachment[] | null;
  /** Local times at which it may go: routing/profile.ts; null: the category's. */
  send_window: Record<string, unknown> | null;
  /** The digest that it is; null: it is none. */
  digest_id: string | null;
  /** At most so many of a key in so long: routing/profile.ts; null: as many as come. */
  throttle: Record<string, unknown> | null;
  /** What it may be gathered with in one digest: the caller's own; null: everything of the category. */
  digest_key: string | null;
  /** What it says of the item in the inbox alone: send/inbox-options; null: nothing. */
  inbox: Record<string, unknown> | null;
  /** Since when `data`, `content` and `attachments` are empty, because their time was over; null: they are as they were sent. */
  content_gone_at: Date | null;
}

/** Stores sends and what is named in them, in one statement: a round trip is what a small send pays for most. */
export async function insertSends(
  db: Db,
  rows: readonly SendRow[],
  notifications: readonly NewNotification[],
): Promise<void> {
  if (rows.length === 0) return;
  // Through jsonb, arrays of text arrive as JSON arrays; jsonb_populate_recordset turns them back.
  await sql`with sends as (
      insert into send select * from jsonb_populate_recordset(null::send, ${JSON.stringify(rows)}::jsonb))
    ${notificationRows(notifications)}`.execute(db);
}

export async function findSends(db: Db, environmentId: string, ids: readonly string[]): Promise<SendRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<SendRow>`
    select * from send where environment_id = ${environmentId} and id = any(${ids}::uuid[])`.execute(db);
  return rows;
}

/** Newest first. `before`: the id of the last row of the page before. */
export async function listSends(
  db: Db,
  environmentId: string,
  before: string | null,
  limit: number,
): Promise<SendRow[]> {
  const older = before === null ? sql`` : sql`and id < ${before}::uuid`;
  const { rows } = await sql<SendRow>`
    select * from send where environment_id = ${environmentId} ${older} order by id desc limit ${limit}`.execute(db);
  return rows;
}

/** The send under a row lock, for expanding it or canceling it: whoever comes second sees what the first did. */
export async function lockSend(db: Db, environmentId: string, id: string): Promise<SendRow | undefined> {
  const { rows } = await sql<SendRow>`
    select * from send where environment_id = ${environmentId} and id = ${id} for update`.execute(db);
  return rows[0];
}

export async function saveExpansion(
  db: Db,
  environmentId: string,
  id: string,
  progress: { through: string | null; expanded: boolean; added: number },
): Promise<void> {
  await sql`
    update send set expanded_through = ${progress.through}, expanded = ${progress.expanded},
      recipient_count = recipient_count + ${progress.added}
    where environment_id = ${environmentId} and id = ${id}`.execute(db);
}

/** What is not expanded yet never will be. */
export async function markSendCanceled(db: Db, environmentId: string, id: string, now: Date): Promise<void> {
  await db
    .updateTable('send')
    .set({ canceled_at: now, expanded: true })
    .where('environment_id', '=', environmentId)
    .where('id', '=', id)
    .execute();
}

export interface IdempotencyRow {
  environment_id: string;
  operation: string;
  key: string;
  /** SHA-256 of the canonical input, as hex. */
  request_hash: string;
  answer: Record<string, unknown>;
}

/**
 * Claims keys for a commit. Answers those that were taken already, with what was stored then; waits for a concurrent
 * commit that holds the same key. Keys older than `keptSince` count as free.
 */
export async function claimIdempotencyKeys(
  db: Db,
  rows: readonly IdempotencyRow[],
  now: Date,
  keptSince: Date,
): Promise<IdempotencyRow[]> {
  if (rows.length === 0) return [];
  const json = JSON.stringify(rows);
  const { rows: claimed } = await sql<{ environment_id: string; operation: string; key: string }>`
    insert into idempotency_key as k (environment_id, operation, key, request_hash, answer, created_at)
    select c.environment_id, c.operation, c.key, decode(c.request_hash, 'hex'), c.answer, ${now}
    from jsonb_to_recordset(${json}::jsonb)
      as c (environment_id uuid, operation text, key text, request_hash text, answer jsonb)
    order by c.environment_id, c.operation, c.key
    on conflict (environment_id, operation, key) do update
      set request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at
      where k.created_at < ${keptSince}
    returning environment_id, operation, key`.execute(db);
  const mine = new Set(claimed.map((row) => `${row.environment_id} ${row.operation} ${row.key}`));
  const others = rows.filter((row) => !mine.has(`${row.environment_id} ${row.operation} ${row.key}`));
  if (others.length === 0) return [];
  const { rows: stored } = await sql<IdempotencyRow>`
    select k.environment_id, k.operation, k.key, encode(k.request_hash, 'hex') as request_hash, k.answer
    from idempotency_key k
    join jsonb_to_recordset(${JSON.stringify(others)}::jsonb) as c (environment_id uuid, operation text, key text)
      on c.environment_id = k.environment_id and c.operation = k.operation and c.key = k.key`.execute(db);
  return stored;
}

/** Was a key claimed since then? An answer that a claim of the same moment may overtake. */
export async function isKeyTaken(
  db: Db,
  row: Pick<IdempotencyRow, 'environment_id' | 'operation' | 'key'>,
  since: Date,
): Promise<boolean> {
  const found = await db
    .selectFrom('idempotency_key')
    .select('key')
    .where('environment_id', '=', row.environment_id)
    .where('operation', '=', row.operation)
    .where('key', '=', row.key)
    .where('created_at', '>', since)
    .executeTakeFirst();
  return found !== undefined;
}

export async function dropIdempotencyKeys(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('idempotency_key').where('created_at', '<', before).execute();
}

/** What a claimed key answers from this commit on. `recipient_id`: whom the answer speaks of; null: nobody. */
export async function saveIdempotencyAnswer(
  db: Db,
  row: Pick<IdempotencyRow, 'environment_id' | 'operation' | 'key' | 'answer'> & { recipient_id: string | null },
): Promise<void> {
  await sql`
    update idempotency_key set answer = ${JSON.stringify(row.answer)}::jsonb, recipient_id = ${row.recipient_id}
    where environment_id = ${row.environment_id} and operation = ${row.operation} and key = ${row.key}`.execute(db);
}

export async function releaseIdempotencyKeys(
  db: Db,
  rows: readonly Pick<IdempotencyRow, 'environment_id' | 'operation' | 'key'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    delete from idempotency_key k using jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as f (environment_id uuid, operation text, key text)
    where k.environment_id = f.environment_id and k.operation = f.operation and k.key = f.key`.execute(db);
}
