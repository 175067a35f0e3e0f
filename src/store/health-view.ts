import { sql } from 'kysely';
import type { Db } from './database.js';
import type { HealthRow } from './health.js';

/** Whether an integration is used right now. */
export const INTEGRATION_STATES = ['HEALTHY', 'OPEN', 'HALF_OPEN', 'MISCONFIGURED', 'PAUSED'] as const;
export type IntegrationState = (typeof INTEGRATION_STATES)[number];

/** What is shown of a row. */
export type ShownHealth = Pick<HealthRow, 'failures' | 'open_reason' | 'opened_at' | 'open_until' | 'paused_until'>;

/** An integration's health at one moment. */
export interface HealthView {
  readonly state: IntegrationState;
  readonly since: Date | null;
  readonly until: Date | null;
  readonly failures: number;
}

/** A row at an instant; no row: nothing ever went wrong. What is open is open, whatever pause was asked for besides. */
export function healthAt(row: ShownHealth | undefined, now: Date): HealthView {
  if (!row) return { state: 'HEALTHY', since: null, until: null, failures: 0 };
  const { failures, opened_at: since, open_until: openUntil, paused_until: pausedUntil } = row;
  if (openUntil && openUntil > now) {
    const state = row.open_reason === 'MISCONFIGURED' ? 'MISCONFIGURED' : 'OPEN';
    return { state, since, until: openUntil, failures };
  }
  if (pausedUntil && pausedUntil > now) return { state: 'PAUSED', since: null, until: pausedUntil, failures };
  if (openUntil) return { state: 'HALF_OPEN', since, until: null, failures };
  return { state: 'HEALTHY', since: null, until: null, failures };
}

/** How many notifications wait for each of these integrations; one for which none waits is left out. */
export async function countWaiting(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ integration_id: string; waiting: number }>`
    select integration_id, count(*) as waiting from timer
    where environment_id = ${environmentId} and integration_id = any(${ids}::uuid[])
    group by integration_id`.execute(db);
  return new Map(rows.map((row) => [row.integration_id, row.waiting]));
}
