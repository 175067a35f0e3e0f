import { sql } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';
import type { Owned } from './transaction.js';

/**
 * Notifications made between two instants that have not ended and that no timer stands for. Reads whole days: no index
 * covers a state, so that changes of state stay cheap.
 */
export async function findOrphans(db: Db, from: Date, to: Date, limit: number): Promise<Owned[]> {
  const { rows } = await sql<Owned>`
    select n.environment_id, n.id as notification_id, c.lane, s.tenant
    from notification n
    join category c on c.environment_id = n.environment_id and c.key = n.category_key
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where n.id >= ${uuidv7Floor(from)}::uuid and n.id < ${uuidv7Floor(to)}::uuid and n.finished_at is null
      and not exists (select from timer t where t.environment_id = n.environment_id and t.notification_id = n.id)
    limit ${limit}`.execute(db);
  return rows;
}
