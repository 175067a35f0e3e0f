import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { encodeId, uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';
import type { Tx } from './transaction.js';

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

/** Stores alerts, and tells whoever has subscribed a URL to them. */
export async function raiseAlerts(tx: Pick<Tx, 'db' | 'emit'>, rows: readonly AlertRow[]): Promise<void> {
  await insertAlerts(tx.db, rows);
  for (const row of rows) emitAlert(tx, row);
}

function emitAlert(tx: Pick<Tx, 'emit'>, row: AlertRow): void {
  const { environment_id: environmentId, type, integration_key: integration, detail, created_at: at } = row;
  const data = { alertId: encodeId('alert', row.id), type, integration, detail };
  tx.emit(environmentId, [{ type: 'alert.raised', at, notificationId: null, data }]);
}

/** Raises an alert unless there is one of its type, about the same integration, since then. */
export async function raiseRarely(tx: Pick<Tx, 'db' | 'emit'>, row: AlertRow, since: Date): Promise<void> {
  const { numAffectedRows } =
    await sql`insert into alert select * from jsonb_populate_recordset(null::alert, ${JSON.stringify([row])}::jsonb) new
    where not exists (select 1 from alert old where old.environment_id = ${row.environment_id} and old.type = new.type
      and old.integration_key is not distinct from new.integration_key and old.id > ${uuidv7Floor(since)})
    on conflict do nothing`.execute(tx.db);
  if (numAffectedRows) emitAlert(tx, row);
}

/** Raises an alert unless the latest one of these types whose detail begins with `about` says the same. */
export async function raiseChange(
  tx: Pick<Tx, 'db' | 'emit'>,
  row: AlertRow,
  types: readonly string[],
  about: string,
): Promise<void> {
  const { numAffectedRows } =
    await sql`insert into alert select * from jsonb_populate_recordset(null::alert, ${JSON.stringify([row])}::jsonb) new
    where new.type is distinct from (select type from alert
      where environment_id = ${row.environment_id} and type = any(${types}::text[]) and starts_with(detail, ${about})
      order by id desc limit 1)
    on conflict do nothing`.execute(tx.db);
  if (numAffectedRows) emitAlert(tx, row);
}

/** Raises that something is over, if the latest alert of either type whose detail begins with `about` is that it `began`. */
export async function raiseAllClear(
  tx: Pick<Tx, 'db' | 'emit'>,
  row: AlertRow,
  began: string,
  about: string,
): Promise<void> {
  const { numAffectedRows } =
    await sql`insert into alert select * from jsonb_populate_recordset(null::alert, ${JSON.stringify([row])}::jsonb) new
    where ${began} = (select type from alert
      where environment_id = ${row.environment_id} and type = any(${[row.type, began]}::text[]) and starts_with(detail, ${about})
      order by id desc limit 1)
    on conflict do nothing`.execute(tx.db);
  if (numAffectedRows) emitAlert(tx, row);
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
