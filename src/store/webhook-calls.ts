import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { plus } from '../base/clock.js';
import { uuidv7Floor } from '../base/ids.js';
import type { WebhookCallState, WebhookEvent } from '../base/names.js';
import type { Db } from './database.js';
import { EVERY_EVENT, type WebhookSubscriptionRow } from './webhook-subscriptions.js';

export const WebhookCallTable = defineEntity({
  name: 'WebhookCall',
  tableName: 'webhook_call',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    subscriptionId: p.uuid(),
    type: p.text().$type<WebhookEvent>(),
    payload: p.json().$type<WebhookPayload>(),
    state: p.text().$type<WebhookCallState>(),
    tries: p.smallint(),
    nextAt: p.datetime().nullable(),
    lastStatus: p.integer().nullable(),
    lastDetail: p.text().nullable(),
    createdAt: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
});

/** What a receiver gets. */
export interface WebhookPayload {
  type: WebhookEvent;
  /** When it happened, ISO 8601. */
  timestamp: string;
  data: Record<string, unknown>;
}

/** One event for one subscription: its id is what receivers tell repetitions by. */
export interface WebhookCallRow {
  environment_id: string;
  id: string;
  subscription_id: string;
  type: WebhookEvent;
  payload: WebhookPayload;
  state: WebhookCallState;
  /** Calls begun so far. */
  tries: number;
  /** When it is due; while a process calls, the end of its lease. Null: it has ended. */
  next_at: Date | null;
  last_status: number | null;
  last_detail: string | null;
  created_at: Date;
  ended_at: Date | null;
}

/** An event as it is stored for each subscription that wants it. */
export interface NewEvent {
  readonly id: string;
  readonly type: WebhookEvent;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Makes one call for each subscription that wants each event; answers their ids. An id is the event's but for its last 12
 * digits, so calls sort in the order of their events. A subscription that is being switched off or removed is waited for.
 *
 * @param only this subscription, whatever it lists
 */
export async function insertEvents(
  db: Db,
  environmentId: string,
  events: readonly NewEvent[],
  now: Date,
  only?: string,
): Promise<string[]> {
  if (events.length === 0) return [];
  const wants = only === undefined ? sql`s.types && array[e.type, ${EVERY_EVENT}]` : sql`s.id = ${only}`;
  const { rows } = await sql<{ id: string }>`
    insert into webhook_call (environment_id, id, subscription_id, type, payload, state, tries, next_at, created_at)
    select s.environment_id, (left(e.id, 24) || left(md5(e.id || s.id::text), 12))::uuid, s.id, e.type,
      jsonb_build_object('type', e.type, 'timestamp', e.at, 'data', jsonb_build_object('environment',
        (select v.key from environment v where v.id = ${environmentId})) || e.data), 'WAITING', 0, ${now}, ${now}
    from webhook_subscription s
    cross join jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as e (id text, type text, at text, data jsonb)
    where s.environment_id = ${environmentId} and s.enabled and ${wants}
    order by s.id, e.id for share of s
    returning id`.execute(db);
  return rows.map((row) => row.id);
}

/** A call is one process's for so long: more than it can take, by more than any pause of a process. */
export const WEBHOOK_LEASE_MS = 45_000;

/** A call in hand, with what it takes to make it. */
export type ClaimedCall = Pick<
  WebhookCallRow,
  'environment_id' | 'id' | 'subscription_id' | 'type' | 'payload' | 'tries'
> &
  Pick<WebhookSubscriptionRow, 'url' | 'key' | 'secret' | 'old_secret' | 'old_secret_until'>;

/**
 * Takes calls that are due: each is this process's until `leaseUntil`, and due again then if nothing was recorded. The
 * slowest receiver holds its own share alone.
 *
 * @param share calls that one subscription may have in hand
 * @param inHand calls by subscription that this process has in hand
 */
export async function claimCalls(
  db: Db,
  at: { now: Date; leaseUntil: Date },
  limits: { limit: number; share: number; inHand: ReadonlyMap<string, number> },
): Promise<ClaimedCall[]> {
  const { rows } = await sql<ClaimedCall>`
    with due as (
      select c.environment_id, c.id from webhook_subscription s
      cross join lateral (
        select * from webhook_call w where w.subscription_id = s.id and w.next_at <= ${at.now} order by w.next_at
        limit greatest(0, ${limits.share}::integer
          - coalesce((${JSON.stringify(Object.fromEntries(limits.inHand))}::jsonb ->> s.id::text)::integer, 0))
        for update skip locked) c
      where s.enabled order by c.next_at limit ${limits.limit})
    update webhook_call c set tries = c.tries + 1, next_at = ${at.leaseUntil}
    from due, webhook_subscription s
    where c.environment_id = due.environment_id and c.id = due.id
      and s.environment_id = c.environment_id and s.id = c.subscription_id
    returning c.environment_id, c.id, c.subscription_id, c.type, c.payload, c.tries, s.url, s.key, s.secret,
      s.old_secret, s.old_secret_until`.execute(db);
  return rows;
}

/** How a call went. */
export interface CallEnd {
  environment_id: string;
  id: string;
  /** Of the call that this is the end of: a process that was frozen says nothing about a later one. */
  tries: number;
  state: WebhookCallState;
  /** WAITING alone: when it is called again. */
  next_at: Date | null;
  status: number | null;
  detail: string | null;
}

/** A success stands whoever had it; a failure counts while its call is the latest one. */
export async function recordCallEnds(db: Db, ends: readonly CallEnd[], now: Date): Promise<void> {
  if (ends.length === 0) return;
  await sql`
    update webhook_call c set state = e.state, next_at = e.next_at, last_status = e.status, last_detail = e.detail,
      ended_at = case when e.state = 'WAITING' then null else ${now}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(ends)}::jsonb) as e (environment_id uuid, id uuid, tries smallint,
      state text, next_at timestamptz, status integer, detail text)
    where c.environment_id = e.environment_id and c.id = e.id
      and case when e.state = 'DONE' then c.state <> 'DONE' else c.state = 'WAITING' and c.tries = e.tries end`.execute(
    db,
  );
}

/** Gives back a call that was cut off by the stop of its process: it counts for nothing, and is due now. */
export async function releaseCalls(db: Db, calls: readonly ClaimedCall[], now: Date): Promise<void> {
  if (calls.length === 0) return;
  const rows = calls.map(({ environment_id, id, tries }) => ({ environment_id, id, tries }));
  await sql`update webhook_call c set tries = c.tries - 1, next_at = ${now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e (environment_id uuid, id uuid, tries smallint)
    where c.environment_id = e.environment_id and c.id = e.id and c.tries = e.tries and c.state = 'WAITING'`.execute(
    db,
  );
}

/** What waits for a subscription that is called no more ends, to be replayed one day. */
export async function giveUpCalls(
  db: Db,
  row: Pick<WebhookSubscriptionRow, 'environment_id' | 'id'>,
  detail: string,
  now: Date,
): Promise<void> {
  await sql`update webhook_call set state = 'FAILED', next_at = null, ended_at = ${now},
      last_detail = coalesce(last_detail, ${detail})
    where environment_id = ${row.environment_id} and subscription_id = ${row.id} and state = 'WAITING'`.execute(db);
}

/** Newest first. `before`: the id of the last row of the page before. */
export async function listCalls(
  db: Db,
  subscription: Pick<WebhookSubscriptionRow, 'environment_id' | 'id'>,
  state: WebhookCallState | null,
  before: string | null,
  limit: number,
): Promise<WebhookCallRow[]> {
  let query = db
    .selectFrom('webhook_call')
    .selectAll()
    .where('environment_id', '=', subscription.environment_id)
    .where('subscription_id', '=', subscription.id);
  if (state !== null) query = query.where('state', '=', state);
  if (before !== null) query = query.where('id', '<', before);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

/** Which calls to make again; every part narrows. */
export interface Replay {
  readonly ids: readonly string[] | null;
  /** Events from this moment on, and before that one. */
  readonly since: Date | null;
  readonly until: Date | null;
  /** Those that failed, or wait to be tried again; else also those that went well. */
  readonly onlyFailed: boolean;
}

/**
 * Makes calls due now, under their old ids and with a new schedule; answers how many. What a process may have in hand is
 * left alone.
 */
export async function replayCalls(
  db: Db,
  subscription: Pick<WebhookSubscriptionRow, 'environment_id' | 'id'>,
  replay: Replay,
  now: Date,
): Promise<number> {
  const where: RawBuilder<unknown>[] = [
    sql`environment_id = ${subscription.environment_id} and subscription_id = ${subscription.id}`,
    sql`(state = 'FAILED' or ${!replay.onlyFailed} and state = 'DONE'
      or state = 'WAITING' and tries > 0 and next_at > ${plus(now, WEBHOOK_LEASE_MS)})`,
  ];
  if (replay.ids) where.push(sql`id = any(${replay.ids}::uuid[])`);
  if (replay.since) where.push(sql`id >= ${uuidv7Floor(replay.since)}::uuid`);
  if (replay.until) where.push(sql`id < ${uuidv7Floor(replay.until)}::uuid`);
  const { numAffectedRows } = await sql`update webhook_call
    set state = 'WAITING', tries = 0, next_at = ${now}, ended_at = null
    where ${sql.join(where, sql` and `)}`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
