import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Db } from './database.js';

export const AttachmentTable = defineEntity({
  name: 'Attachment',
  tableName: 'attachment',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    storeKey: p.text(),
    filename: p.text(),
    contentType: p.text(),
    contentId: p.text().nullable(),
    size: p.integer(),
    sha256: p.blob(),
    createdAt: p.datetime(),
    keptUntil: p.datetime(),
  },
});

/** What a send says of a file: enough to route by and to show. */
export interface SendAttachment {
  id: string;
  filename: string;
  contentType: string;
  /** Bytes. */
  size: number;
}

/** A file, besides its bytes, which lie in the attachment store. */
export interface AttachmentRow {
  environment_id: string;
  id: string;
  /** Where the bytes lie in the store. */
  store_key: string;
  filename: string;
  content_type: string;
  content_id: string | null;
  size: number;
  /** As hex. */
  sha256: string;
}

/** Names of bytes that are about to be stored, so that they are found and dropped should nothing come of them. */
export async function insertAttachments(
  db: Db,
  rows: readonly AttachmentRow[],
  now: Date,
  keptUntil: Date,
): Promise<void> {
  await sql`
    insert into attachment (environment_id, id, store_key, filename, content_type, content_id, size, sha256, created_at, kept_until)
    select a.environment_id, a.id, a.store_key, a.filename, a.content_type, a.content_id, a.size, decode(a.sha256, 'hex'),
      ${now}, ${keptUntil}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as a (environment_id uuid, id uuid, store_key text,
      filename text, content_type text, content_id text, size integer, sha256 text)`.execute(db);
}

/** Keeps files for longer. Throws when one is gone already. */
export async function keepAttachments(
  db: Db,
  rows: readonly { environment_id: string; id: string; kept_until: Date }[],
): Promise<void> {
  if (rows.length === 0) return;
  const { rows: kept } = await sql<{ id: string }>`
    update attachment a set kept_until = k.kept_until
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as k (environment_id uuid, id uuid, kept_until timestamptz)
    where a.environment_id = k.environment_id and a.id = k.id
    returning a.id`.execute(db);
  if (kept.length !== rows.length) throw new Error('an attachment was dropped before its send was stored');
}

export async function findAttachments(db: Db, environmentId: string, ids: readonly string[]): Promise<AttachmentRow[]> {
  const { rows } = await sql<AttachmentRow>`
    select environment_id, id, store_key, filename, content_type, content_id, size, encode(sha256, 'hex') as sha256
    from attachment where environment_id = ${environmentId} and id = any(${ids}::uuid[])`.execute(db);
  return rows;
}

/** A file as far as dropping it needs to know. */
export type DroppedAttachment = Pick<AttachmentRow, 'environment_id' | 'id' | 'store_key'>;

/** Files that need not be kept any more, the oldest first, under lock: a send that is being stored with them waits. */
export async function lockStaleAttachments(db: Db, now: Date, limit: number): Promise<DroppedAttachment[]> {
  const { rows } = await sql<DroppedAttachment>`
    select environment_id, id, store_key from attachment where kept_until < ${now}
    order by kept_until limit ${limit} for update skip locked`.execute(db);
  return rows;
}

export async function deleteAttachments(
  db: Db,
  rows: readonly Pick<AttachmentRow, 'environment_id' | 'id'>[],
): Promise<void> {
  await sql`
    delete from attachment a using jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d (environment_id uuid, id uuid)
    where a.environment_id = d.environment_id and a.id = d.id`.execute(db);
}
