import { sql, type RawBuilder } from 'kysely';
import type { Db } from './database.js';
import type { PersonRef } from './erasing.js';
import type { ErasedAddress } from './erasures.js';

/** A notification that is ours until the commit. */
export interface ErasedNotification {
  readonly id: string;
  readonly send_id: string;
  readonly open: boolean;
  /** Whose it was before; null: nobody else's. */
  readonly delegated_from: string | null;
}

/** A kept plan (recipients/plan.ts) without the details of its notes. */
const SCRUBBED_PLAN = sql`case when jsonb_typeof(n.plan) = 'array'
  then jsonb_set(n.plan, '{0}', to_jsonb(regexp_replace(n.plan ->> 0, '\\|([A-Z_]+) [^|]*', '|\\1', 'g'))) else n.plan end`;

/**
 * The next notifications of a person, in the order of their ids, under their locks and without details in their plans. Their
 * revision moves, so that what was decided on their histories as they were is not written.
 */
export async function takeNotifications(
  db: Db,
  { environmentId, recipientId }: PersonRef,
  after: string | null,
  limit: number,
): Promise<ErasedNotification[]> {
  const { rows } = await sql<ErasedNotification>`
    update notification n set revision = n.revision + 1, plan = ${SCRUBBED_PLAN}
    from (select environment_id, id from notification
      where environment_id = ${environmentId} and recipient_id = ${recipientId}
        and id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
      order by id limit ${limit} for update) next
    where n.environment_id = next.environment_id and n.id = next.id
    returning n.id, n.send_id, n.finished_at is null as open, n.delegated_from`.execute(db);
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Which fields of events stay as they are, and which become empty; the others become null. */
export interface FieldFates {
  readonly stay: readonly string[];
  readonly empty: readonly string[];
}

/** Takes what says something of the person out of histories and deliveries. Answers where they went. */
export async function scrubHistories(
  db: Db,
  environmentId: string,
  ids: readonly string[],
  { stay, empty }: FieldFates,
): Promise<ErasedAddress[]> {
  const { rows: addresses } = await sql<ErasedAddress>`
    select distinct channel, address from delivery
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[]) and address is not null`.execute(
    db,
  );
  await sql`update delivery set address = null, provider_id = null
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])
      and (address is not null or provider_id is not null)`.execute(db);
  await sql`update event e set data = (
      select jsonb_object_agg(d.key, case when d.key = any(${stay}::text[]) then d.value
        when d.key = any(${empty}::text[]) then '""' else 'null' end) from jsonb_each(e.data) d)
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])
      and exists (select from jsonb_each(e.data) d
        where d.key <> all(${stay}::text[]) and d.value <> '""' and d.value <> 'null')`.execute(db);
  await sql`update dead_letter set error = ''
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])`.execute(db);
  return addresses;
}

/**
 * Other people's notifications that name this person: those that a colleague has in the person's place, and those that came
 * to the person in a colleague's place. Their notes lose their details.
 *
 * @param standIns ids of the first kind
 */
export async function scrubNamesakes(
  db: Db,
  environmentId: string,
  standIns: readonly string[],
  taken: readonly ErasedNotification[],
): Promise<void> {
  const from = taken.filter((one) => one.delegated_from !== null);
  const { rows } = await sql<{ id: string }>`
    select id from notification where environment_id = ${environmentId} and id = any(${standIns}::uuid[])
    union select n.id from notification n
      join jsonb_to_recordset(${JSON.stringify(from)}::jsonb) as f (send_id uuid, delegated_from uuid)
        on f.send_id = n.send_id and f.delegated_from = n.recipient_id
      where n.environment_id = ${environmentId} order by id`.execute(db);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return;
  await sql`update notification n set revision = n.revision + 1, plan = ${SCRUBBED_PLAN}
    where n.environment_id = ${environmentId} and n.id = any(${ids}::uuid[])`.execute(db);
  await sql`update event set data = jsonb_set(data, '{why}', '""')
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[]) and data ? 'why'`.execute(db);
}

/** Takes items out of a person's inbox, with their counts. */
export async function deleteItems(
  db: Db,
  { environmentId, recipientId }: PersonRef,
  ids: readonly string[],
): Promise<number> {
  const own = sql`environment_id = ${environmentId} and recipient_id = ${recipientId}`;
  // The inbox first, as whoever marks items.
  await sql`select 1 from inbox where ${own} for update`.execute(db);
  const { rows } = await sql<{ count: number }>`
    with gone as (delete from inbox_item where ${own} and id = any(${ids}::uuid[])
      returning removed_at is null and archived_at is null and seen_at is null as unseen,
        removed_at is null and archived_at is null and read_at is null as unread),
    total as (select count(*)::integer as count, count(*) filter (where unseen)::integer as unseen,
      count(*) filter (where unread)::integer as unread from gone),
    counted as (update inbox b set unseen = b.unseen - t.unseen, unread = b.unread - t.unread from total t where ${own})
    select count from total`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Rows that went, of what is kept beside notifications. */
export interface ClearedBeside {
  readonly outbox: number;
  readonly calls: number;
  readonly callbacks: number;
}

/**
 * Takes away what the simulator, vendors and subscribed URLs were told of notifications; `named`: the same notifications as
 * the API names them.
 */
export async function clearBeside(
  db: Db,
  environmentId: string,
  ids: readonly string[],
  named: readonly string[],
): Promise<ClearedBeside> {
  const count = async (query: RawBuilder<unknown>): Promise<number> =>
    Number((await query.execute(db)).numAffectedRows ?? 0n);
  const outbox = await count(sql`delete from outbox_message
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])`);
  const calls = await count(sql`update webhook_call set last_detail = null,
      payload = jsonb_set(jsonb_set(jsonb_set(payload, '{data,recipient,externalId}', 'null', false),
        '{data,providerId}', 'null', false), '{data,tags}', '[]', false)
    where environment_id = ${environmentId} and payload #>> '{data,notificationId}' = any(${named}::text[])`);
  const callbacks = await count(sql`delete from callback
    where environment_id = ${environmentId} and left(attempt_id, 30) = any(${named}::text[])
      and (due_at is null or tries > 0)`);
  await sql`update digest set key = ''
    where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[]) and key <> ''`.execute(db);
  return { outbox, calls, callbacks };
}

/**
 * Empties sends that went to nobody who is still there; what others got as well stays theirs. Answers how many, and the
 * files that went with them, which may be dropped from now on.
 */
export async function clearSends(
  db: Db,
  environmentId: string,
  sendIds: readonly string[],
  now: Date,
): Promise<{ sends: number; files: number }> {
  const { rows } = await sql<{ id: string; attachments: { id: string }[] | null }>`
    select s.id, s.attachments from send s
    where s.environment_id = ${environmentId} and s.id = any(${sendIds}::uuid[]) and s.expanded
      and (s.data <> '{}' or s.content is not null or s.tags <> '{}' or s.attachments is not null
        or s.inbox is not null or s.throttle is not null or s.digest_key is not null)
      and (select n.id from notification n where n.environment_id = s.environment_id and n.send_id = s.id
        and exists (select from recipient r
          where r.environment_id = n.environment_id and r.id = n.recipient_id and r.erased_at is null) limit 1) is null
    order by s.id for update of s`.execute(db);
  const files = rows.flatMap((row) => row.attachments?.map((file) => file.id) ?? []);
  await sql`update send set data = '{}', content = null, tags = '{}', throttle = null, digest_key = null, inbox = null, attachments = null,
      content_gone_at = coalesce(content_gone_at, ${now})
    where environment_id = ${environmentId} and id = any(${rows.map((row) => row.id)}::uuid[])`.execute(db);
  await sql`update attachment set kept_until = ${now}
    where environment_id = ${environmentId} and id = any(${files}::uuid[])`.execute(db);
  return { sends: rows.length, files: files.length };
}
