import type { Gate } from './gate.js';

/**
 * Writes people as `upsertRecipient` does, in bulk: `<name>-0`, `<name>-1` and so on, with an e-mail address or without,
 * and subscribes them to a topic that has their name.
 */
export async function addCrowd(
  gate: Gate,
  environment: string,
  name: string,
  count: number,
  options: { addresses: boolean } = { addresses: true },
): Promise<void> {
  await gate.rows(
    `with person as (
       insert into recipient (environment_id, id, external_id, attributes, created_at, updated_at)
       select e.id, gen_random_uuid(), $2 || '-' || n, '{}', now(), now()
       from environment e, generate_series(0, $3::integer - 1) n where e.key = $1
       returning environment_id, id, external_id),
     topic as (
       insert into topic (environment_id, id, key, created_at)
       select id, gen_random_uuid(), $2, now() from environment where key = $1 returning environment_id, id),
     addresses as (
       insert into endpoint (environment_id, recipient_id, channel, address, created_at)
       select environment_id, id, 'EMAIL', external_id || '@example.com', now() from person where $4)
     insert into topic_subscription (environment_id, topic_id, recipient_id, created_at)
     select t.environment_id, t.id, p.id, now() from topic t join person p on p.environment_id = t.environment_id`,
    [environment, name, count, options.addresses],
  );
}
