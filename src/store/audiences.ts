import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { AttributeTestName, ChannelName } from '../base/names.js';
import { ruleSql } from './audience-sql.js';
import type { Db } from './database.js';

/** A rule over people: exactly one of the fields. `all` of nothing is everybody. */
export type AudienceRule =
  | { readonly all: readonly AudienceRule[] }
  | { readonly any: readonly AudienceRule[] }
  | { readonly not: AudienceRule }
  | { readonly attribute: AttributeTest }
  /** Language tags, each with all that are more precise: `de` holds `de-AT`. */
  | { readonly locale: readonly string[] }
  /** IANA names. */
  | { readonly timeZone: readonly string[] }
  /** A live address on the channel. */
  | { readonly hasChannel: ChannelName }
  /** Subscribed to the topic with this key. */
  | { readonly topic: string };

/** A test of one attribute; `path` leads through nested objects. A missing attribute fulfils only `exists: false`. */
export interface AttributeTest {
  readonly path: readonly string[];
  readonly test: AttributeTestName;
  readonly value: unknown;
}

export const AudienceTable = defineEntity({
  name: 'Audience',
  tableName: 'audience',
  properties: {
    environmentId: p.uuid().primary(),
    key: p.text().primary(),
    name: p.text(),
    rule: p.json().$type<AudienceRule>(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export interface AudienceRow {
  key: string;
  name: string;
  rule: AudienceRule;
  created_at: Date;
  updated_at: Date;
}

export async function findAudiences(db: Db, environmentId: string, keys: readonly string[]): Promise<AudienceRow[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<AudienceRow>`
    select key, name, rule, created_at, updated_at from audience
    where environment_id = ${environmentId} and key = any(${keys}::text[])`.execute(db);
  return rows;
}

export async function listAudiences(
  db: Db,
  environmentId: string,
  afterKey: string | null,
  limit: number,
): Promise<AudienceRow[]> {
  const { rows } = await sql<AudienceRow>`
    select key, name, rule, created_at, updated_at from audience
    where environment_id = ${environmentId} and key > ${afterKey ?? ''} order by key limit ${limit}`.execute(db);
  return rows;
}

/** A missing name stays as it is; a new audience takes its key. */
export async function upsertAudience(
  db: Db,
  environmentId: string,
  audience: { key: string; name: string | null; rule: AudienceRule },
  now: Date,
): Promise<AudienceRow> {
  const { key, name, rule } = audience;
  const { rows } = await sql<AudienceRow>`
    insert into audience as a (environment_id, key, name, rule, created_at, updated_at)
    values (${environmentId}, ${key}, ${name ?? key}, ${JSON.stringify(rule)}::jsonb, ${now}, ${now})
    on conflict (environment_id, key) do update
      set name = coalesce(${name}::text, a.name), rule = excluded.rule, updated_at = excluded.updated_at
    returning key, name, rule, created_at, updated_at`.execute(db);
  return rows[0] as AudienceRow;
}

/** Answers the audience as it was; undefined when there was none. */
export async function deleteAudience(db: Db, environmentId: string, key: string): Promise<AudienceRow | undefined> {
  const { rows } = await sql<AudienceRow>`
    delete from audience where environment_id = ${environmentId} and key = ${key}
    returning key, name, rule, created_at, updated_at`.execute(db);
  return rows[0];
}

/** How many people a rule selects now: reads every person of the environment. */
export async function countPeople(db: Db, environmentId: string, rule: AudienceRule): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from recipient r
    where r.environment_id = ${environmentId} and r.erased_at is null and ${ruleSql(rule)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** People looked at in one query, so that a rule that selects hardly anybody does not hold a transaction for minutes. */
const LOOK = 50_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** The next people whom a rule selects, in the order of their ids, and how far it looked. Null: nobody is left. */
export async function peopleAfter(
  db: Db,
  environmentId: string,
  rule: AudienceRule,
  after: string | null,
  limit: number,
  look: number = LOOK,
): Promise<{ ids: string[]; through: string | null }> {
  const from = after ?? FIRST;
  const { rows: ends } = await sql<{ id: string }>`
    select id from recipient where environment_id = ${environmentId} and id > ${from}::uuid
    order by id offset ${look - 1} limit 1`.execute(db);
  const end = ends[0]?.id ?? null;
  const { rows } = await sql<{ id: string }>`
    select r.id from recipient r
    where r.environment_id = ${environmentId} and r.id > ${from}::uuid and r.erased_at is null
      and (${end}::uuid is null or r.id <= ${end}::uuid) and ${ruleSql(rule)}
    order by r.id limit ${limit}`.execute(db);
  const ids = rows.map((row) => row.id);
  return { ids, through: ids.length === limit ? (ids.at(-1) as string) : end };
}
