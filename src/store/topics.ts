import { defineEntity, p } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Db } from './database.js';

export const TopicTable = defineEntity({
  name: 'Topic',
  tableName: 'topic',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    key: p.text(),
    createdAt: p.datetime(),
  },
});

export const TopicSubscriptionTable = defineEntity({
  name: 'TopicSubscription',
  tableName: 'topic_subscription',
  properties: {
    environmentId: p.uuid().primary(),
    topicId: p.uuid().primary(),
    recipientId: p.uuid().primary(),
    createdAt: p.datetime(),
  },
});

export async function findTopics(db: Db, environmentId: string, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await db
    .selectFrom('topic')
    .select(['id', 'key'])
    .where('environment_id', '=', environmentId)
    .where('key', 'in', [...keys])
    .execute();
  return new Map(rows.map((row) => [row.key, row.id]));
}

/** The topic of this key, made when it is new. */
export async function ensureTopic(
  db: Db,
  row: { environmentId: string; id: string; key: string },
  now: Date,
): Promise<string> {
  await db
    .insertInto('topic')
    .values({ environment_id: row.environmentId, id: row.id, key: row.key, created_at: now })
    .onConflict((conflict) => conflict.columns(['environment_id', 'key']).doNothing())
    .execute();
  const found = await findTopics(db, row.environmentId, [row.key]);
  return found.get(row.key) as string;
}

/** Answers how many were not subscribed before. */
export async function subscribe(
  db: Db,
  environmentId: string,
  topicId: string,
  recipientIds: readonly string[],
  now: Date,
): Promise<number> {
  const { rows } = await sql<{ recipient_id: string }>`
    insert into topic_subscription (environment_id, topic_id, recipient_id, created_at)
    select ${environmentId}, ${topicId}, id, ${now} from unnest(${recipientIds}::uuid[]) as id order by id
    on conflict do nothing returning recipient_id`.execute(db);
  return rows.length;
}

/** Answers how many were subscribed before. */
export async function unsubscribe(
  db: Db,
  environmentId: string,
  topicId: string,
  recipientIds: readonly string[],
): Promise<number> {
  const { rows } = await sql<{ recipient_id: string }>`
    delete from topic_subscription where environment_id = ${environmentId} and topic_id = ${topicId}
      and recipient_id = any(${recipientIds}::uuid[]) returning recipient_id`.execute(db);
  return rows.length;
}

/** The next slice of a topic's people, in the order of their ids. */
export async function subscribersAfter(
  db: Db,
  environmentId: string,
  topicId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ recipient_id: string }>`
    select recipient_id from topic_subscription
    where environment_id = ${environmentId} and topic_id = ${topicId}
      and recipient_id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
    order by recipient_id limit ${limit}`.execute(db);
  return rows.map((row) => row.recipient_id);
}
