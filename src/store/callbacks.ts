import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Db } from './database.js';

export const CallbackTable = defineEntity({
  name: 'Callback',
  tableName: 'callback',
  properties: {
    environmentId: p.uuid().primary(),
    integrationId: p.uuid().primary(),
    key: p.text().primary(),
    type: p.text(),
    means: p.text().nullable(),
    at: p.datetime(),
    attemptId: p.text().nullable(),
    providerId: p.text().nullable(),
    address: p.text().nullable(),
    detail: p.text().nullable(),
    receivedAt: p.datetime(),
    dueAt: p.datetime().nullable(),
    tries: p.smallint(),
    outcome: p.text().nullable(),
  },
});

/** One thing that a vendor told us, in our own terms. */
export interface CallbackRow {
  environment_id: string;
  integration_id: string;
  /** The vendor's id of it. */
  key: string;
  type: string;
  means: string | null;
  at: Date;
  attempt_id: string | null;
  provider_id: string | null;
  address: string | null;
  detail: string | null;
  received_at: Date;
  /** When to fold it into the ledger; null: that is done, or there is nothing to fold. */
  due_at: Date | null;
  tries: number;
  outcome: CallbackOutcome | null;
}

/** IGNORED: it says nothing that we keep. UNMATCHED: it speaks of nothing that we have sent. FAILED: it could not be folded. */
export type CallbackOutcome = 'FOLDED' | 'IGNORED' | 'UNMATCHED' | 'FAILED';

/** Stores what is new; what came before under the same key is left out. Answers how many are due. */
export async function insertCallbacks(
  db: Db,
  rows: readonly Omit<CallbackRow, 'tries' | 'outcome'>[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { rows: written } = await sql<{ due_at: Date | null }>`
    insert into callback (environment_id, integration_id, key, type, means, at, attempt_id, provider_id, address, detail,
      received_at, due_at, outcome)
    select c.environment_id, c.integration_id, c.key, c.type, c.means, c.at, c.attempt_id, c.provider_id, c.address, c.detail,
      c.received_at, c.due_at, case when c.due_at is null then 'IGNORED' end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c (environment_id uuid, integration_id uuid, key text, type text,
      means text, at timestamptz, attempt_id text, provider_id text, address text, detail text, received_at timestamptz,
      due_at timestamptz)
    order by c.key
    on conflict do nothing
    returning due_at`.execute(db);
  return written.filter((row) => row.due_at !== null).length;
}

/** A callback with the integration that it came through. */
export interface DueCallback extends CallbackRow {
  integration_key: string;
  channel: string;
}

/** Locks what is due, oldest first, until the commit; what another process holds is left out. */
export async function lockDueCallbacks(db: Db, now: Date, limit: number): Promise<DueCallback[]> {
  const { rows } = await sql<DueCallback>`
    select c.*, i.key as integration_key, i.channel from callback c
    join integration i on i.environment_id = c.environment_id and i.id = c.integration_id
    where c.due_at <= ${now} order by c.due_at, c.at, c.key limit ${limit} for update of c skip locked`.execute(db);
  return rows;
}

/** What became of callbacks: done, or to be looked at again. */
export async function settleCallbacks(
  db: Db,
  rows: readonly Pick<CallbackRow, 'environment_id' | 'integration_id' | 'key' | 'due_at' | 'outcome'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`update callback c set due_at = s.due_at, outcome = s.outcome, tries = c.tries + 1
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as s (environment_id uuid, integration_id uuid, key text, due_at timestamptz, outcome text)
    where c.environment_id = s.environment_id and c.integration_id = s.integration_id and c.key = s.key`.execute(db);
}

/** Forgets what nobody should have told: that a person opened or clicked who does not want it looked at. */
export async function forgetCallbacks(
  db: Db,
  rows: readonly Pick<CallbackRow, 'environment_id' | 'integration_id' | 'key'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`delete from callback c
    using jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s (environment_id uuid, integration_id uuid, key text)
    where c.environment_id = s.environment_id and c.integration_id = s.integration_id and c.key = s.key`.execute(db);
}

/** Forgets callbacks that came before `before`: vendors have stopped repeating them long since. */
export async function dropCallbacks(db: Db, before: Date): Promise<void> {
  await sql`delete from callback where received_at < ${before} and due_at is null`.execute(db);
}
