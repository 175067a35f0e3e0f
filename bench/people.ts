import type { Client } from 'pg';
import type { Caller } from './gateway.ts';

/**
 * `mail`: by e-mail, in the lane of single sends; `news`: the same in the bulk lane; `alarm`: in the critical one;
 * `toast`: in the app alone; `copy`: by e-mail with a copy in the inbox.
 */
const CATEGORIES = [
  { key: 'mail', channels: ['EMAIL'], lane: 'NORMAL' },
  { key: 'news', channels: ['EMAIL'], lane: 'BULK' },
  { key: 'alarm', channels: ['EMAIL'], lane: 'CRITICAL' },
  { key: 'toast', channels: ['INBOX'], lane: 'NORMAL', ackTimeout: 'PT60S' },
  { key: 'copy', channels: ['EMAIL', 'INBOX'], lane: 'BULK', inboxCopy: 'ALWAYS' },
];

export async function addCategories(caller: Caller): Promise<void> {
  for (const input of CATEGORIES)
    await caller.call(
      'mutation ($input: UpsertCategoryInput!) { upsertCategory(input: $input) { userErrors { code message } } }',
      { input },
    );
}

/** EMAIL over SendGrid's adapter, to the sink. */
export async function addIntegration(caller: Caller, baseUrl: string): Promise<void> {
  const settings = { from: 'bench@example.com', baseUrl };
  const input = { key: 'sink', provider: 'sendgrid', channel: 'EMAIL', settings, credentials: { apiKey: 'bench' } };
  await caller.call(
    'mutation ($input: UpsertIntegrationInput!) { upsertIntegration(input: $input) { userErrors { code message } } }',
    { input },
  );
}

/** Rows as `upsertRecipient` writes them, in bulk: people `p0` … with the e-mail address `p0@example.com` … */
export async function addPeople(database: Client, environment: string, count: number, prefix = 'p'): Promise<void> {
  await database.query(
    `with person as (
       insert into recipient (environment_id, id, external_id, attributes, created_at, updated_at)
       select v.id, gen_random_uuid(), $3 || n, '{}', now(), now()
       from environment v, generate_series(0, $2::integer - 1) n where v.key = $1
       returning environment_id, id, external_id)
     insert into endpoint (environment_id, recipient_id, channel, address, created_at)
     select environment_id, id, 'EMAIL', external_id || '@example.com', now() from person`,
    [environment, count, prefix],
  );
}

/** Subscribes the first `count` people to a topic: one by the API, which makes the topic, the rest as the API writes them. */
export async function subscribe(database: Client, caller: Caller, topic: string, count: number): Promise<void> {
  await caller.call(
    'mutation ($input: SubscribeToTopicInput!) { subscribeToTopic(input: $input) { userErrors { code message } } }',
    { input: { topic, recipients: [{ externalId: 'p0' }] } },
  );
  await database.query(
    `insert into topic_subscription (environment_id, topic_id, recipient_id, created_at)
     select s.environment_id, s.topic_id, r.id, now()
     from topic t join topic_subscription s on s.topic_id = t.id
     join recipient r on r.environment_id = s.environment_id
     join generate_series(1, $2::integer - 1) n on r.external_id = 'p' || n
     where t.key = $1 and (select count(*) from topic_subscription o where o.topic_id = t.id) = 1`,
    [topic, count],
  );
}
