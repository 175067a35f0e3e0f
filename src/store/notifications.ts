import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type {
  Cadence,
  ChannelName,
  DeliveryState,
  NotificationState,
  Platform,
  PresenceState,
  SuppressionReason,
} from '../base/names.js';
import type { Db } from './database.js';
import { MOST_PRESENT } from './presence-reports.js';
import { addressHashIn } from './suppressions.js';

export const NotificationTable = defineEntity({
  name: 'Notification',
  tableName: 'notification',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    sendId: p.uuid(),
    recipientId: p.uuid(),
    categoryKey: p.text(),
    state: p.text().$type<NotificationState>(),
    reason: p.text().nullable(),
    plan: p.json().$type<Record<string, unknown>>().nullable(),
    revision: p.integer(),
    wakeAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    delegatedFrom: p.uuid().nullable(),
  },
});

export const DeliveryTable = defineEntity({
  name: 'Delivery',
  tableName: 'delivery',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    ordinal: p.smallint().primary(),
    channel: p.text().$type<ChannelName>(),
    address: p.text().nullable(),
    state: p.text().$type<DeliveryState>(),
    reason: p.text().nullable(),
    integration: p.text().nullable(),
    provider: p.text().nullable(),
    providerId: p.text().nullable(),
    updatedAt: p.datetime(),
  },
});

export const EventTable = defineEntity({
  name: 'Event',
  tableName: 'event',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    seq: p.integer().primary(),
    at: p.datetime(),
    type: p.text(),
    ordinal: p.smallint().nullable(),
    data: p.json().$type<Record<string, unknown>>(),
  },
});

export interface NewNotification {
  environment_id: string;
  id: string;
  send_id: string;
  recipient_id: string;
  category_key: string;
}

export interface EventRow {
  notification_id: string;
  seq: number;
  at: Date;
  type: string;
  ordinal: number | null;
  data: Record<string, unknown>;
}

export interface DeliveryRow {
  notification_id: string;
  ordinal: number;
  channel: ChannelName;
  address: string | null;
  state: DeliveryState;
  reason: string | null;
  integration: string | null;
  provider: string | null;
  provider_id: string | null;
}

export async function insertNotifications(db: Db, rows: readonly NewNotification[]): Promise<void> {
  if (rows.length > 0) await notificationRows(rows).execute(db);
}

/** The statement that inserts them. */
export function notificationRows(rows: readonly NewNotification[]): RawBuilder<unknown> {
  return sql`
    insert into notification (environment_id, id, send_id, recipient_id, category_key, state, revision)
    select n.environment_id, n.id, n.send_id, n.recipient_id, n.category_key, 'PENDING', 0
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as n (environment_id uuid, id uuid, send_id uuid, recipient_id uuid, category_key text)`;
}

/** What deciding needs of a notification and its person, in one row. */
export interface SituationRow {
  id: string;
  sendId: string;
  recipientId: string;
  externalId: string;
  recipientName: string | null;
  locale: string | null;
  attributes: Record<string, unknown>;
  categoryKey: string;
  revision: number;
  /** When its timer is due; null: it has none. */
  timerAt: Date | null;
  endpoints: {
    channel: ChannelName;
    address: string;
    retired: boolean;
    suppressed: SuppressionReason | null;
    service: string | null;
  }[];
  /** Choices for this category. */
  choices: { channel: ChannelName; enabled: boolean | null; cadence: Cadence | null }[];
  /** What the person chose besides, as JSON: routing/profile.ts. */
  profile: Record<string, unknown>;
  timeZone: string | null;
  country: string | null;
  /** Whose it was before it came to this person; null: it was this person's from the start. */
  delegatedFrom: string | null;
  /** Nothing goes to the person any more, and nothing of the person is written. */
  erased: boolean;
  /** Where the person is, as far as anybody knows. */
  presence: { platform: Platform; connected: boolean; state: PresenceState | null }[];
}

/** Addresses, opt-outs and presence of the recipient `r`. */
function person(categoryKey: RawBuilder<unknown>, now: Date): RawBuilder<unknown> {
  return sql`
    coalesce((select jsonb_agg(jsonb_build_object('channel', e.channel, 'address', e.address, 'retired', e.retired_at is not null,
          'service', e.service, 'suppressed', (select x.reason from suppression x where x.environment_id = e.environment_id
            and x.channel = e.channel and x.address_hash = ${addressHashIn(sql`e.address`)}))
        order by e.main desc, e.created_at, e.address) from endpoint e
      where e.environment_id = r.environment_id and e.recipient_id = r.id), '[]') as endpoints,
    coalesce((select jsonb_agg(jsonb_build_object('channel', p.channel, 'enabled', p.enabled, 'cadence', p.cadence))
      from preference p where p.environment_id = r.environment_id and p.recipient_id = r.id
        and p.category_key = ${categoryKey}), '[]') as choices,
    r.profile, r.time_zone as "timeZone", r.country,
    coalesce((select jsonb_agg(to_jsonb(k) order by k.platform) from (
      select platform, bool_or(connected) as connected, ${MOST_PRESENT} as state from (
        select c.platform, true as connected, null as client, null as state from connection c join instance i on i.id = c.instance_id
        where c.environment_id = r.environment_id and c.recipient_id = r.id and i.lease_until > now()
        union all
        select s.platform, false, s.client, s.state from presence_report s
        where s.environment_id = r.environment_id and s.recipient_id = r.id and s.expires_at > ${now}) known
      group by platform) k), '[]') as presence`;
}

/** People as deciding sees them, in the order of `ids`, for a dry run. */
export async function loadPeople(
  db: Db,
  environmentId: string,
  ids: readonly string[],
  categoryKey: string,
  now: Date,
): Promise<Pick<SituationRow, 'id' | 'endpoints' | 'choices' | 'presence' | 'profile' | 'timeZone' | 'country'>[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<
    Pick<SituationRow, 'id' | 'endpoints' | 'choices' | 'presence' | 'profile' | 'timeZone' | 'country'>
  >`
    select r.id, ${person(sql`${categoryKey}::text`, now)}
    from recipient r join unnest(${ids}::uuid[]) with ordinality as w (id, nth) on w.id = r.id
    where r.environment_id = ${environmentId} order by w.nth`.execute(db);
  return rows;
}

export async function loadSituations(
  db: Db,
  environmentId: string,
  ids: readonly string[],
  now: Date,
): Promise<SituationRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<SituationRow>`
    select n.id, n.send_id as "sendId", n.recipient_id as "recipientId", n.category_key as "categoryKey", n.revision,
      n.delegated_from as "delegatedFrom",
      (select t.at from timer t where t.environment_id = n.environment_id and t.notification_id = n.id) as "timerAt",
      r.external_id as "externalId", r.name as "recipientName", r.locale, r.attributes,
      r.erased_at is not null as erased,
      ${person(sql`n.category_key`, now)}
    from notification n
    cross join lateral (
      select * from recipient p where p.environment_id = n.environment_id and p.id = n.recipient_id limit 1) r
    where n.environment_id = ${environmentId} and n.id = any(${ids}::uuid[])`.execute(db);
  return rows;
}

/** States as the delivery rows have them; events from outside may have gone further. */
export async function loadDeliveryStates(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, Map<number, DeliveryState>>> {
  const states = new Map<string, Map<number, DeliveryState>>();
  if (ids.length === 0) return states;
  const { rows } = await sql<{ id: string; ordinal: number; state: DeliveryState }>`
    select notification_id as id, ordinal, state from delivery
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])`.execute(db);
  for (const row of rows) {
    const known = states.get(row.id) ?? new Map<number, DeliveryState>();
    states.set(row.id, known.set(row.ordinal, row.state));
  }
  return states;
}

/** Whole histories, oldest event first. */
export async function loadEvents(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, EventRow[]>> {
  const histories = new Map<string, EventRow[]>();
  if (ids.length === 0) return histories;
  const { rows } = await sql<EventRow>`
    select notification_id, seq, at, type, ordinal, data from event
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])
    order by notification_id, seq`.execute(db);
  for (const row of rows) {
    const history = histories.get(row.notification_id);
    if (history) history.push(row);
    else histories.set(row.notification_id, [row]);
  }
  return histories;
}

/** Moves the revision of everything of a send that has not ended: decisions made on what was read before are not written. */
export async function disturbSend(db: Db, environmentId: string, sendId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update notification n set revision = n.revision + 1
    from (select id from notification where environment_id = ${environmentId} and send_id = ${sendId}
          and finished_at is null order by id for update) open
    where n.environment_id = ${environmentId} and n.id = open.id
    returning n.id`.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Appends events that come from outside the loop (an acknowledgement, a report) under the row's lock, and moves the
 * revision, so that a decision made meanwhile on the old history is not written. Events
 * of one notification take their places in the order given: the place of the last is its new revision.
 */
export async function appendEvents(
  db: Db,
  environmentId: string,
  rows: readonly Omit<EventRow, 'seq'>[],
): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const ids = rows.map((row) => row.notification_id);
  const { rows: written } = await sql<{ notification_id: string }>`
    with said as (
      select e.*, row_number() over own as place, count(*) over (partition by e.notification_id) as many
      from rows from (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as (notification_id uuid, at timestamptz, type text, ordinal smallint, data jsonb)) with ordinality
        as e (notification_id, at, type, ordinal, data, nth)
      window own as (partition by e.notification_id order by e.nth)),
    moved as (
      update notification n set revision = n.revision + locked.many
      from (select k.id, s.many from notification k join (select distinct notification_id, many from said) s
              on s.notification_id = k.id
            where k.environment_id = ${environmentId} and k.id = any(${ids}::uuid[]) order by k.id for update of k) locked
      where n.environment_id = ${environmentId} and n.id = locked.id
      returning n.id, n.revision)
    insert into event (environment_id, notification_id, seq, at, type, ordinal, data)
    select ${environmentId}, s.notification_id, m.revision - s.many + s.place, s.at, s.type, s.ordinal, s.data
    from said s join moved m on m.id = s.notification_id
    returning notification_id`.execute(db);
  return new Set(written.map((row) => row.notification_id));
}
