import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ChannelName } from '../base/names.js';
import type { Db } from './database.js';

/** One variant of a template: Liquid sources for one channel and locale. */
export interface TemplateContent {
  channel: ChannelName;
  locale: string;
  title: string | null;
  body: string;
  html: string | null;
}

export const TemplateTable = defineEntity({
  name: 'Template',
  tableName: 'template',
  properties: {
    environmentId: p.uuid().primary(),
    key: p.text().primary(),
    name: p.text(),
    publishedVersion: p.integer().nullable(),
    draftVersion: p.integer().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export const TemplateVersionTable = defineEntity({
  name: 'TemplateVersion',
  tableName: 'template_version',
  properties: {
    environmentId: p.uuid().primary(),
    templateKey: p.text().primary(),
    number: p.integer().primary(),
    contents: p.json().$type<TemplateContent[]>(),
    createdAt: p.datetime(),
    publishedAt: p.datetime().nullable(),
  },
});

export interface TemplateRow {
  environment_id: string;
  key: string;
  name: string;
  published_version: number | null;
  draft_version: number | null;
}

export async function findTemplate(
  db: Db,
  environmentId: string,
  key: string,
  options: { lock?: boolean } = {},
): Promise<TemplateRow | undefined> {
  const query = db
    .selectFrom('template')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('key', '=', key);
  return (options.lock ? query.forUpdate() : query).executeTakeFirst();
}

export async function listTemplates(
  db: Db,
  environmentId: string,
  afterKey: string | null,
  limit: number,
): Promise<TemplateRow[]> {
  let query = db.selectFrom('template').selectAll().where('environment_id', '=', environmentId);
  if (afterKey !== null) query = query.where('key', '>', afterKey);
  return query.orderBy('key').limit(limit).execute();
}

/** Creates the template when it is new, and locks its row either way, so that drafts are numbered one by one. */
export async function lockTemplate(
  db: Db,
  environmentId: string,
  key: string,
  name: string,
  now: Date,
): Promise<TemplateRow> {
  await db
    .insertInto('template')
    .values({
      environment_id: environmentId,
      key,
      name,
      published_version: null,
      draft_version: null,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.columns(['environment_id', 'key']).doNothing())
    .execute();
  const row = await findTemplate(db, environmentId, key, { lock: true });
  if (!row) throw new Error(`template ${key} vanished while it was locked`);
  return row;
}

export async function saveTemplate(db: Db, row: TemplateRow, now: Date): Promise<void> {
  await db
    .updateTable('template')
    .set({
      name: row.name,
      published_version: row.published_version,
      draft_version: row.draft_version,
      updated_at: now,
    })
    .where('environment_id', '=', row.environment_id)
    .where('key', '=', row.key)
    .execute();
}

/** Writes a draft version, over the same number if it is still a draft. */
export async function saveTemplateVersion(
  db: Db,
  row: { environmentId: string; key: string; number: number; contents: readonly TemplateContent[] },
  now: Date,
): Promise<void> {
  const contents = JSON.stringify(row.contents);
  await sql`
    insert into template_version (environment_id, template_key, number, contents, created_at, published_at)
    values (${row.environmentId}, ${row.key}, ${row.number}, ${contents}::jsonb, ${now}, null)
    on conflict (environment_id, template_key, number) do update set contents = excluded.contents
    where template_version.published_at is null`.execute(db);
}

export async function publishTemplateVersion(
  db: Db,
  environmentId: string,
  key: string,
  number: number,
  now: Date,
): Promise<void> {
  await db
    .updateTable('template_version')
    .set({ published_at: now })
    .where('environment_id', '=', environmentId)
    .where('template_key', '=', key)
    .where('number', '=', number)
    .execute();
}

export async function findTemplateContents(
  db: Db,
  environmentId: string,
  key: string,
  number: number,
): Promise<TemplateContent[] | undefined> {
  const row = await db
    .selectFrom('template_version')
    .select('contents')
    .where('environment_id', '=', environmentId)
    .where('template_key', '=', key)
    .where('number', '=', number)
    .executeTakeFirst();
  return row?.contents;
}
