import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Db } from './database.js';

export const AlertTable = defineEntity({
  name: 'Alert',
  tableName: 'alert',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    type: p.text(),
    integrationKey: p.text().nullable(),
    detail: p.text(),
    createdAt: p.datetime(),
  },
});

/** Something that operators want to hear of. `type` is a word of its own list, which will grow. */
export interface AlertRow {
  environment_id: string;
  id: string;
  type: string;
  integration_key: string | null;
  detail: string;
  created_at: Date;
}

/** Stores alerts; one that is there already (by its id) stays as it is. */
export async function insertAlerts(db: Db, rows: readonly AlertRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into alert select * from jsonb_populate_recordset(null::alert, ${JSON.stringify(rows)}::jsonb)
    on conflict do nothing`.execute(db);
}

/** Stores an alert unless the latest one of these types whose detail begins with `about` says the same. */
export async function insertChange(db: Db, row: AlertRow, types: readonly string[], about: string): Promise<void> {
  await sql`insert into alert select * from jsonb_populate_recordset(null::alert, ${JSON.stringify([row])}::jsonb) new
    where new.type is distinct from (select type from alert
      where environment_id = ${row.environment_id} and type = any(${types}::text[]) and starts_with(detail, ${about})
      order by id desc limit 1)
    on conflict do nothing`.execute(db);
}

/** Stores that something is over, if the latest alert of either type whose detail begins with `about` is that it `began`. */
export async function insertAllClear(db: Db, row: AlertRow, began: string, about: string): Promise<void> {
  await sql`insert into alert select * from jsonb_populate_recordset(null::alert, ${JSON.stringify([row])}::jsonb) new
    where ${began} = (select type from alert
      where environment_id = ${row.environment_id} and type = any(${[row.type, began]}::text[]) and starts_with(detail, ${about})
      order by id desc limit 1)
    on conflict do nothing`.execute(db);
}

/** Newest first. `before`: the id of the last row of the page before. */
export async function listAlerts(
  db: Db,
  environmentId: string,
  before: string | null,
  limit: number,
): Promise<AlertRow[]> {
  let query = db.selectFrom('alert').selectAll().where('environment_id', '=', environmentId);
  if (before !== null) query = query.where('id', '<', before);
  return query.orderBy('id', 'desc').limit(limit).execute();
}
