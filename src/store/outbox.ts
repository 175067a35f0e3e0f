import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ChannelName } from '../base/names.js';
import type { Db } from './database.js';

/** What the simulator does with an address. */
export const SIMULATOR_BEHAVIORS = ['ACCEPT', 'REJECT', 'FAIL', 'HANG', 'BOUNCE', 'GONE', 'RATE_LIMIT'] as const;
export type SimulatorBehavior = (typeof SIMULATOR_BEHAVIORS)[number];

export const OutboxMessageTable = defineEntity({
  name: 'OutboxMessage',
  tableName: 'outbox_message',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    channel: p.text().$type<ChannelName>(),
    address: p.text(),
    provider: p.text(),
    integration: p.text(),
    title: p.text().nullable(),
    body: p.text(),
    html: p.text().nullable(),
    notificationId: p.uuid(),
    createdAt: p.datetime(),
  },
});

export const SimulatorRuleTable = defineEntity({
  name: 'SimulatorRule',
  tableName: 'simulator_rule',
  properties: {
    environmentId: p.uuid().primary(),
    address: p.text().primary(),
    behavior: p.text().$type<SimulatorBehavior>(),
    delayMs: p.integer(),
    createdAt: p.datetime(),
  },
});

export interface OutboxRow {
  environment_id: string;
  id: string;
  channel: ChannelName;
  address: string;
  provider: string;
  integration: string;
  title: string | null;
  body: string;
  html: string | null;
  notification_id: string;
  created_at: Date;
}

/** What goes to somebody who was erased meanwhile leaves nothing behind. */
export async function insertOutbox(db: Db, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.notification_id);
  await sql`insert into outbox_message
    select o.* from jsonb_populate_recordset(null::outbox_message, ${JSON.stringify(rows)}::jsonb) o
    where not exists (select from notification n
      join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id
      where n.environment_id = o.environment_id and n.id = o.notification_id and n.id = any(${ids}::uuid[])
        and r.erased_at is not null)
    on conflict do nothing`.execute(db);
}

/** Newest first. */
export async function listOutbox(
  db: Db,
  environmentId: string,
  filter: { address: string | null; channel: ChannelName | null },
  before: string | null,
  limit: number,
): Promise<OutboxRow[]> {
  let query = db.selectFrom('outbox_message').selectAll().where('environment_id', '=', environmentId);
  if (filter.address !== null) query = query.where('address', '=', filter.address);
  if (filter.channel !== null) query = query.where('channel', '=', filter.channel);
  if (before !== null) query = query.where('id', '<', before);
  return query.orderBy('id', 'desc').limit(limit).execute();
}

export interface SimulatorRule {
  address: string;
  behavior: SimulatorBehavior;
  delayMs: number;
}

export async function findSimulatorRules(
  db: Db,
  keys: readonly { environmentId: string; address: string }[],
): Promise<(SimulatorRule & { environmentId: string })[]> {
  const { rows } = await sql<SimulatorRule & { environmentId: string }>`
    select s.environment_id as "environmentId", s.address, s.behavior, s.delay_ms as "delayMs" from simulator_rule s
    join jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k ("environmentId" uuid, address text)
      on k."environmentId" = s.environment_id and k.address = s.address`.execute(db);
  return rows;
}

/** ACCEPT without a delay is what the simulator does anyway: it removes the rule. */
export async function saveSimulatorRule(db: Db, environmentId: string, rule: SimulatorRule, now: Date): Promise<void> {
  if (rule.behavior === 'ACCEPT' && rule.delayMs === 0) {
    await db
      .deleteFrom('simulator_rule')
      .where('environment_id', '=', environmentId)
      .where('address', '=', rule.address)
      .execute();
    return;
  }
  const row = { behavior: rule.behavior, delay_ms: rule.delayMs };
  await db
    .insertInto('simulator_rule')
    .values({ environment_id: environmentId, address: rule.address, ...row, created_at: now })
    .onConflict((conflict) => conflict.columns(['environment_id', 'address']).doUpdateSet(row))
    .execute();
}
