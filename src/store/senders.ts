import { defineEntity, p } from '@mikro-orm/postgresql';
import type { CategoryClass } from '../base/names.js';
import type { Db } from './database.js';

export const SenderTable = defineEntity({
  name: 'Sender',
  tableName: 'sender',
  properties: {
    environmentId: p.uuid().primary(),
    key: p.text().primary(),
    address: p.text(),
    replyTo: p.text().nullable(),
    classes: p.array().$type<CategoryClass[]>().nullable(),
    brand: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** Who e-mail is from. `classes` and `brand` say for what; null: for any. */
export interface SenderRow {
  environment_id: string;
  key: string;
  /** `Name <a@b>` or a bare address. */
  address: string;
  reply_to: string | null;
  classes: CategoryClass[] | null;
  brand: string | null;
  created_at: Date;
  updated_at: Date;
}

/** All of an environment, by key. */
export async function listSenders(db: Db, environmentId: string): Promise<SenderRow[]> {
  return db.selectFrom('sender').selectAll().where('environment_id', '=', environmentId).orderBy('key').execute();
}

export async function upsertSender(db: Db, row: SenderRow): Promise<SenderRow> {
  const { environment_id: _environment, key: _key, created_at: _created, ...changes } = row;
  return db
    .insertInto('sender')
    .values(row)
    .onConflict((conflict) => conflict.columns(['environment_id', 'key']).doUpdateSet(changes))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Answers whether there was one. */
export async function deleteSender(db: Db, environmentId: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('sender')
    .where('environment_id', '=', environmentId)
    .where('key', '=', key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
