import { sql, type RawBuilder } from 'kysely';
import type { NotificationState } from '../base/names.js';
import type { Db } from './database.js';
import type { DeliveryRow, EventRow } from './notifications.js';
import type { TimerRow } from './timers.js';

/** One notification's step: what it was when it was read (`expected`), and all that changes in this commit. */
export interface StepRow {
  id: string;
  expected: number;
  revision: number;
  state: NotificationState;
  reason: string | null;
  plan: object;
  wake_at: Date | null;
  finished_at: Date | null;
}

/** Everything that steps change in one commit. */
export interface StepRows {
  readonly steps: readonly StepRow[];
  readonly events: readonly EventRow[];
  /** Those that have no row yet, and those that have one. */
  readonly begun: readonly DeliveryRow[];
  readonly changed: readonly DeliveryRow[];
  readonly timers: readonly TimerRow[];
  /** Notifications that end and have a timer. */
  readonly over: readonly string[];
}

/**
 * Writes steps: state, events, deliveries and timers together, only where the notification is still at the revision that
 * the decision was made on. Answers the ids that were written; the others moved meanwhile and must be read again.
 */
export async function writeSteps(
  db: Db,
  environmentId: string,
  { steps, events, begun, changed, timers, over }: StepRows,
  now: Date,
): Promise<Set<string>> {
  if (steps.length === 0) return new Set();
  const ids = steps.map((step) => step.id);
  // What is not there is not planned either: planning is a good part of what a small step costs.
  const parts = [
    events.length === 0
      ? null
      : sql`written_events as (
      insert into event (environment_id, notification_id, seq, at, type, ordinal, data)
      select ${environmentId}, e.* from jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
        as e (notification_id uuid, seq integer, at timestamptz, type text, ordinal smallint, data jsonb)
      where e.notification_id in (select id from moved))`,
    begun.length === 0
      ? null
      : sql`begun_deliveries as (
      insert into delivery (environment_id, notification_id, ordinal, channel, address, state, reason, integration, provider,
        provider_id, updated_at)
      select ${environmentId}, d.*, ${now} from ${deliveryRows(begun)}
      where d.notification_id in (select id from moved))`,
    changed.length === 0
      ? null
      : sql`changed_deliveries as (
      update delivery o set state = d.state, reason = d.reason, integration = d.integration, provider = d.provider,
        provider_id = d.provider_id, updated_at = ${now}
      from ${deliveryRows(changed)}
      where o.environment_id = ${environmentId} and o.notification_id = d.notification_id and o.ordinal = d.ordinal
        and o.notification_id = any(${changed.map((row) => row.notification_id)}::uuid[])
        and d.notification_id in (select id from moved))`,
    timers.length === 0
      ? null
      : sql`written_timers as (
      insert into timer (environment_id, notification_id, at, lane, tenant, integration_id)
      select ${environmentId}, t.* from jsonb_to_recordset(${JSON.stringify(timers)}::jsonb)
        as t (notification_id uuid, at timestamptz, lane text, tenant text, integration_id uuid)
      where t.notification_id in (select id from moved)
      order by t.notification_id
      on conflict (environment_id, notification_id) do update set at = excluded.at, lane = excluded.lane,
        integration_id = excluded.integration_id)`,
    over.length === 0
      ? null
      : sql`cleared_timers as (
      delete from timer where environment_id = ${environmentId} and notification_id = any(${over}::uuid[])
        and notification_id in (select id from moved))`,
  ].filter((part) => part !== null);
  const { rows } = await sql<{ id: string }>`
    with step as (
      select * from jsonb_to_recordset(${JSON.stringify(steps)}::jsonb) as s (id uuid, expected integer, revision integer,
        state text, reason text, plan jsonb, wake_at timestamptz, finished_at timestamptz)),
    moved as (
      update notification n set revision = s.revision, state = s.state, reason = s.reason, plan = s.plan,
        wake_at = s.wake_at, finished_at = s.finished_at
      from step s
      where n.environment_id = ${environmentId} and n.id = s.id and n.revision = s.expected and n.id = any(${ids}::uuid[])
      returning n.id)
    ${parts.length > 0 ? sql`, ${sql.join(parts)}` : sql``}
    select id from moved`.execute(db);
  return new Set(rows.map((row) => row.id));
}

function deliveryRows(rows: readonly DeliveryRow[]): RawBuilder<unknown> {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as d (notification_id uuid, ordinal smallint, channel text,
    address text, state text, reason text, integration text, provider text, provider_id text)`;
}
