import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { EnvironmentMode } from '../base/names.js';
import type { Db } from './database.js';

export const EnvironmentTable = defineEntity({
  name: 'Environment',
  tableName: 'environment',
  properties: {
    id: p.uuid().primary(),
    key: p.text(),
    name: p.text(),
    mode: p.text().$type<EnvironmentMode>(),
    tokenSecret: p.blob(),
    compliance: p.json().$type<Compliance>(),
    retention: p.json().$type<RetentionSetting>(),
    emptiedThrough: p.uuid().nullable(),
    createdAt: p.datetime(),
  },
});

export const ApiKeyTable = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    name: p.text(),
    prefix: p.text(),
    secretHash: p.blob(),
    createdAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
  },
});

export const SettingTable = defineEntity({
  name: 'Setting',
  tableName: 'setting',
  properties: { key: p.text().primary(), value: p.blob() },
});

/** What an environment says for the law of advertising; missing: not said. */
export interface Compliance {
  /** In one line, as it stands under advertising by e-mail. */
  readonly postalAddress?: string | null;
  /** ISO 3166-1 alpha-2: where people are of whom nobody knows it. */
  readonly defaultCountry?: string | null;
  /** ISO 3166-1 alpha-2: where nobody looks at what people open and click. */
  readonly trackingOffIn?: readonly string[] | null;
  readonly termsUrl?: string | null;
  readonly privacyUrl?: string | null;
}

/** How long kinds of data stay, in milliseconds; null: for ever; a kind that is missing: as long as its default says. */
export type RetentionSetting = Readonly<Record<string, number | null>>;

export interface EnvironmentRow {
  id: string;
  key: string;
  name: string;
  mode: EnvironmentMode;
  token_secret: Uint8Array;
  created_at: Date;
}

export interface ApiKeyRow {
  environment_id: string;
  id: string;
  name: string;
  prefix: string;
  secret_hash: Uint8Array;
  created_at: Date;
}

export async function insertEnvironment(db: Db, row: EnvironmentRow): Promise<boolean> {
  const result = await db
    .insertInto('environment')
    .values({ ...row, compliance: {}, retention: {} })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .execute();
  return result.length === 1;
}

export async function findEnvironment(
  db: Db,
  by: { id: string } | { key: string },
): Promise<EnvironmentRow | undefined> {
  const query = db.selectFrom('environment').selectAll();
  return 'id' in by
    ? query.where('id', '=', by.id).executeTakeFirst()
    : query.where('key', '=', by.key).executeTakeFirst();
}

export async function findEnvironmentsByKey(db: Db, keys: readonly string[]): Promise<EnvironmentRow[]> {
  return db.selectFrom('environment').selectAll().where('key', 'in', keys).execute();
}

export async function findCompliance(db: Db, id: string): Promise<Compliance> {
  const row = await db.selectFrom('environment').select('compliance').where('id', '=', id).executeTakeFirst();
  return row?.compliance ?? {};
}

/** Fields that are given are written, null clears them; the others stay. Answers all of them. */
export async function saveCompliance(db: Db, id: string, change: Compliance): Promise<Compliance> {
  const { rows } = await sql<{ compliance: Compliance }>`
    update environment set compliance = jsonb_strip_nulls(compliance || ${JSON.stringify(change)}::jsonb)
    where id = ${id} returning compliance`.execute(db);
  return rows[0]?.compliance ?? {};
}

export async function saveTokenSecret(db: Db, id: string, tokenSecret: Uint8Array): Promise<void> {
  await db.updateTable('environment').set({ token_secret: tokenSecret }).where('id', '=', id).execute();
}

export async function countEnvironments(db: Db): Promise<number> {
  const rows = await db.selectFrom('environment').select('id').limit(1).execute();
  return rows.length;
}

export async function insertApiKey(db: Db, row: ApiKeyRow): Promise<boolean> {
  const result = await db
    .insertInto('api_key')
    .values({ ...row, revoked_at: null })
    .onConflict((conflict) => conflict.column('secret_hash').doNothing())
    .returning('id')
    .execute();
  return result.length === 1;
}

export async function findApiKeyName(db: Db, environmentId: string, id: string): Promise<string | undefined> {
  const query = db
    .selectFrom('api_key')
    .select('name')
    .where('environment_id', '=', environmentId)
    .where('id', '=', id);
  return (await query.executeTakeFirst())?.name;
}

/** How many keys an environment got since then. */
export async function countApiKeys(db: Db, environmentId: string, since: Date): Promise<number> {
  const { count } = await db
    .selectFrom('api_key')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('environment_id', '=', environmentId)
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow();
  return count;
}

export interface KeyOwner {
  keyId: string;
  environmentId: string;
  mode: EnvironmentMode;
}

/**
 * The environments that keys open, by the hash in base64url. Looked up by hash: a 256-bit secret needs no slow hash, and no
 * comparison leaks.
 */
export async function findKeyOwners(db: Db, secretHashes: readonly Uint8Array[]): Promise<Map<string, KeyOwner>> {
  const { rows } = await sql<KeyOwner & { hash: Uint8Array }>`
    select k.secret_hash as hash, k.id as "keyId", k.environment_id as "environmentId", e.mode
    from api_key k join environment e on e.id = k.environment_id
    where k.secret_hash = any(${secretHashes}::bytea[]) and k.revoked_at is null`.execute(db);
  return new Map(rows.map(({ hash, ...owner }) => [Buffer.from(hash).toString('base64url'), owner]));
}

/** Stores the value if none is there; answers the one that counts. Safe when several processes start at once. */
export async function settingOnce(db: Db, key: string, value: Uint8Array): Promise<Uint8Array> {
  await db
    .insertInto('setting')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirstOrThrow();
  return row.value;
}

export async function findSetting(db: Db, key: string): Promise<Uint8Array | undefined> {
  return (await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value;
}
