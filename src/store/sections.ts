import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Db } from './database.js';

/** Headings under which people see categories. */
export const SectionTable = defineEntity({
  name: 'Section',
  tableName: 'section',
  properties: {
    environmentId: p.uuid().primary(),
    key: p.text().primary(),
    name: p.text(),
    position: p.integer(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export interface SectionRow {
  environment_id: string;
  key: string;
  name: string;
  /** Lower stands first; of several alike, the first by key. */
  position: number;
  created_at: Date;
  updated_at: Date;
}

/** In the order in which people see them. */
export async function listSections(db: Db, environmentId: string): Promise<SectionRow[]> {
  return db
    .selectFrom('section')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .orderBy('position')
    .orderBy('key')
    .execute();
}

export async function findSection(db: Db, environmentId: string, key: string): Promise<SectionRow | undefined> {
  return db
    .selectFrom('section')
    .selectAll()
    .where('environment_id', '=', environmentId)
    .where('key', '=', key)
    .executeTakeFirst();
}

export async function upsertSection(db: Db, row: SectionRow): Promise<SectionRow> {
  const { name, position, updated_at } = row;
  return db
    .insertInto('section')
    .values(row)
    .onConflict((conflict) => conflict.columns(['environment_id', 'key']).doUpdateSet({ name, position, updated_at }))
    .returningAll()
    .executeTakeFirstOrThrow();
}
