import { defineEntity, p } from '@mikro-orm/postgresql';
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

/** Something that an operator should know. */
export interface AlertRow {
  environment_id: string;
  id: string;
  type: string;
  integration_key: string | null;
  detail: string;
  created_at: Date;
}

export async function insertAlerts(db: Db, rows: readonly AlertRow[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insertInto('alert')
      .values([...rows])
      .execute();
}
