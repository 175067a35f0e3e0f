import { sql } from 'kysely';
import { derivedId } from '../base/ids.js';
import type { Db } from './database.js';
import type { NewNotification } from './notifications.js';

/** A notification that somebody gets in the place of an absent person. */
export interface StandIn extends NewNotification {
  readonly delegated_from: string;
  readonly tenant: string | null;
}

/**
 * Answers the ids that were new. They begin at revision 1, so that their send is read anew: a cancel that ran beside this commit
 * has not seen them, and could not move them.
 */
export async function insertStandIns(db: Db, rows: readonly StandIn[]): Promise<Set<string>> {
  const { rows: written } = await sql<{ id: string }>`
    insert into notification (environment_id, id, send_id, recipient_id, category_key, state, revision, delegated_from)
    select n.environment_id, n.id, n.send_id, n.recipient_id, n.category_key, 'PENDING', 1, n.delegated_from
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as n (environment_id uuid, id uuid, send_id uuid, recipient_id uuid, category_key text, delegated_from uuid)
    order by n.id
    on conflict do nothing returning id`.execute(db);
  return new Set(written.map((row) => row.id));
}

/** The id of the notification that a colleague gets in the place of this one: always the same, so that it comes once. */
export function standInId(notificationId: string): string {
  return derivedId(notificationId, 'stand-in');
}
