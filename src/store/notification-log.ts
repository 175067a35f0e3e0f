import { sql, type RawBuilder } from 'kysely';
import { uuidv7Floor } from '../base/ids.js';
import type { ChannelName, DeliveryState, NotificationState } from '../base/names.js';
import type { Db } from './database.js';
import { loadEvents, type EventRow } from './notifications.js';
import type { Owned } from './transaction.js';

/** A notification as the API shows it. */
export interface NotificationRow {
  id: string;
  environment_id: string;
  send_id: string;
  recipient_id: string;
  category_key: string;
  state: NotificationState;
  reason: string | null;
  plan: StoredPlan | null;
  wake_at: Date | null;
  finished_at: Date | null;
  /** Whose it was before, where it is a stand-in's; null: nobody else's. */
  delegated_from: string | null;
  send_at: Date | null;
  tags: string[];
  created_at: Date;
  /** The window of the digest that it is; null: it is none. */
  digest_id: string | null;
}

/** Outcome, time, then four cells a step: channel, integration, decision, reason. */
export type StoredPlan = readonly (string | null)[];

interface DeliveryView {
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

/** Every field narrows; lists mean "any of". */
export interface NotificationFilter {
  recipientId?: string;
  email?: string;
  states?: readonly NotificationState[];
  channels?: readonly ChannelName[];
  deliveryStates?: readonly DeliveryState[];
  categories?: readonly string[];
  templates?: readonly string[];
  integrations?: readonly string[];
  sendId?: string;
  tag?: string;
  from?: Date;
  to?: Date;
}

const COLUMNS = sql`n.*, s.send_at, s.tags, s.created_at, s.digest_id`;

export async function findNotifications(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<NotificationRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<NotificationRow>`
    select ${COLUMNS} from notification n join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where n.environment_id = ${environmentId} and n.id = any(${ids}::uuid[])`.execute(db);
  return rows;
}

/** Newest first. `before`: the id of the last row of the page before. */
export async function listNotifications(
  db: Db,
  environmentId: string,
  filter: NotificationFilter,
  before: string | null,
  limit: number,
): Promise<NotificationRow[]> {
  const where: RawBuilder<unknown>[] = [sql`n.environment_id = ${environmentId}`];
  if (before !== null) where.push(sql`n.id < ${before}::uuid`);
  // Ids carry their time, so a span of time is a span of ids.
  if (filter.from) where.push(sql`n.id >= ${uuidv7Floor(filter.from)}::uuid`);
  if (filter.to) where.push(sql`n.id < ${uuidv7Floor(filter.to)}::uuid`);
  if (filter.recipientId) where.push(sql`n.recipient_id = ${filter.recipientId}`);
  if (filter.sendId) where.push(sql`n.send_id = ${filter.sendId}`);
  if (filter.states) where.push(sql`n.state = any(${filter.states}::text[])`);
  if (filter.categories) where.push(sql`n.category_key = any(${filter.categories}::text[])`);
  if (filter.templates) where.push(sql`s.template_key = any(${filter.templates}::text[])`);
  if (filter.tag !== undefined) where.push(sql`s.tags @> array[${filter.tag}]::text[] and s.tags <> '{}'`);
  if (filter.email !== undefined)
    where.push(sql`n.recipient_id in (select e.recipient_id from endpoint e
      where e.environment_id = ${environmentId} and e.address = ${filter.email})`);
  const delivery: RawBuilder<unknown>[] = [];
  if (filter.channels) delivery.push(sql`d.channel = any(${filter.channels}::text[])`);
  if (filter.deliveryStates) delivery.push(sql`d.state = any(${filter.deliveryStates}::text[])`);
  if (filter.integrations) delivery.push(sql`d.integration = any(${filter.integrations}::text[])`);
  if (delivery.length > 0)
    where.push(sql`exists (select 1 from delivery d where d.environment_id = n.environment_id
      and d.notification_id = n.id and ${sql.join(delivery, sql` and `)})`);
  const { rows } = await sql<NotificationRow>`
    select ${COLUMNS} from notification n join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where ${sql.join(where, sql` and `)} order by n.id desc limit ${limit}`.execute(db);
  return rows;
}

/** A page of one send's notifications: those after an id, or the first. */
export interface SendPage {
  readonly sendId: string;
  readonly after: string | null;
  readonly limit: number;
}

/** Pages of sends, each oldest first, in one query: a batch of a thousand sends asks for a thousand of them. */
export async function listSendNotifications(
  db: Db,
  environmentId: string,
  pages: readonly SendPage[],
): Promise<NotificationRow[][]> {
  const found = pages.map((): NotificationRow[] => []);
  const wanted = pages.map(({ sendId, after, limit }, nth) => ({
    nth,
    sendId,
    after: after ?? '00000000-0000-0000-0000-000000000000',
    size: limit,
  }));
  const { rows } = await sql<NotificationRow & { nth: number }>`
    select w.nth, page.* from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb)
      as w (nth integer, "sendId" uuid, after uuid, size integer)
    cross join lateral (
      select ${COLUMNS} from notification n join send s on s.environment_id = n.environment_id and s.id = n.send_id
      where n.environment_id = ${environmentId} and n.send_id = w."sendId" and n.id > w.after
      order by n.id limit w.size) page
    order by w.nth, page.id`.execute(db);
  for (const { nth, ...row } of rows) found[nth]?.push(row);
  return found;
}

/** How many notifications of sends are in which state, without those of stand-ins: reads every one of them. */
export async function countStates(
  db: Db,
  environmentId: string,
  sendIds: readonly string[],
): Promise<{ sendId: string; state: NotificationState; count: number }[]> {
  if (sendIds.length === 0) return [];
  const { rows } = await sql<{ sendId: string; state: NotificationState; count: number }>`
    select send_id as "sendId", state, count(*)::integer as count from notification
    where environment_id = ${environmentId} and send_id = any(${sendIds}::uuid[]) and delegated_from is null
    group by send_id, state order by send_id, state`.execute(db);
  return rows;
}

/** What has become of a notification so far, all of one moment. */
export interface NotificationStory {
  /** When it goes on by itself; null when it has ended, or waits for nothing. */
  readonly wakeAt: Date | null;
  readonly deliveries: readonly DeliveryView[];
  readonly events: readonly EventRow[];
}

/**
 * The stories of notifications, by id; those that this environment has not are missing. Read in one snapshot: a worker that
 * commits between two statements would leave an attempt that has ended beside a delivery that is still going out.
 */
export async function loadStories(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, NotificationStory>> {
  if (ids.length === 0) return new Map();
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      const { rows: found } = await sql<{ id: string; wake_at: Date | null }>`
        select id, wake_at from notification
        where environment_id = ${environmentId} and id = any(${ids}::uuid[])`.execute(snapshot);
      const { rows } = await sql<DeliveryView>`
        select notification_id, ordinal, channel, address, state, reason, integration, provider, provider_id from delivery
        where environment_id = ${environmentId} and notification_id = any(${ids}::uuid[])
        order by notification_id, ordinal`.execute(snapshot);
      const deliveries = Map.groupBy(rows, (row) => row.notification_id);
      const histories = await loadEvents(snapshot, environmentId, ids);
      const story = ({ id, wake_at: wakeAt }: (typeof found)[number]): NotificationStory => ({
        wakeAt,
        deliveries: deliveries.get(id) ?? [],
        events: histories.get(id) ?? [],
      });
      return new Map(found.map((row) => [row.id, story(row)]));
    });
}

/** A notification that is ours until the commit, with whose it is. */
export interface LockedNotification extends Owned {
  readonly recipient_id: string;
}

/**
 * Takes the locks of notifications, in the order of their ids, until the commit: what is read of their histories from here
 * on does not change meanwhile. A statement of its own, so that whoever reads next sees what was committed before the lock.
 */
export async function lockNotifications(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<LockedNotification[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<LockedNotification>`
    select n.environment_id, n.id as notification_id, n.recipient_id, c.lane, s.tenant from notification n
    join category c on c.environment_id = n.environment_id and c.key = n.category_key
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    where n.environment_id = ${environmentId} and n.id = any(${ids}::uuid[])
    order by n.id for update of n`.execute(db);
  return rows;
}
