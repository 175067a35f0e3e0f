import { getNamedType, isInputObjectType, type GraphQLInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSchema } from '../../src/graphql/schema.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import { Gateway } from '../support/gateway.js';

const schema = await makeSchema();

/** What makes something, by its name. */
const CREATING = /^(upsert|create|publish|rotate|subscribe|send|record(?!Eng)|request|erase)/;
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).filter((field) =>
  CREATING.test(field.name),
);

interface Case {
  /** An input that is taken, and one of the same mutation that is taken but says something else. */
  readonly input: object;
  readonly other: object;
  /** Refused, and then the key is free for `input`. */
  readonly refused: object;
  readonly selection: string;
  /** Makes what the inputs need. */
  readonly before?: () => Promise<unknown>;
  /** How often the work was done: rows, versions, whatever rises by one each time. Null: the answer alone tells. */
  readonly done?: string;
}

let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await app.development.category('orders', { channels: ['EMAIL'] });
  await app.development.person('ana', { email: 'ana@example.com' });
  await app.development.person('ben');
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const contents = (title: string) => [{ channel: 'EMAIL', locale: 'en', title, body: 'B' }];
const send = (title: string, category = 'orders') => ({
  to: [{ externalId: 'ana' }],
  category,
  content: { title, body: 'B' },
});

const CASES: Readonly<Record<string, Case>> = {
  send: {
    input: send('One'),
    other: send('Two'),
    refused: send('One', 'none'),
    selection: 'send { id createdAt }',
    done: `select 1 from send where content ->> 'title' = 'One'`,
  },
  sendBatch: {
    input: { sends: [send('Batch'), send('Batch 2')] },
    other: { sends: [send('Other batch')] },
    refused: { sends: [] },
    selection: 'results { index send { id } userErrors { code } }',
    done: `select 1 from send where content ->> 'title' = 'Batch'`,
  },
  recordConsent: {
    input: { recipient: { externalId: 'ana' }, channel: 'SMS', purpose: 'DEVICE', state: 'GRANTED', method: 'FORM' },
    other: { recipient: { externalId: 'ana' }, channel: 'SMS', purpose: 'DEVICE', state: 'WITHDRAWN', method: 'FORM' },
    refused: { recipient: { externalId: 'ana' }, channel: 'SMS', purpose: 'none', state: 'GRANTED', method: 'FORM' },
    selection: 'consent { id at state evidence }',
    done: `select 1 from consent where method = 'FORM' and state = 'GRANTED'`,
  },
  requestConsent: {
    before: async () => {
      await app.development.person('dee', { phone: '+14155550177' });
      const words = { description: 'News', expected: 'One a week', termsUrl: 'https://example.com/terms' };
      for (const key of ['news', 'ads'])
        await app.development.category(key, { class: 'MARKETING', channels: ['SMS'], ...words });
    },
    input: { recipient: { externalId: 'dee' }, channel: 'SMS', category: 'news' },
    other: { recipient: { externalId: 'dee' }, channel: 'SMS', category: 'ads' },
    refused: { recipient: { externalId: 'dee' }, channel: 'SMS', category: 'orders' },
    selection: 'sendId consents { id purpose at wording }',
    done: `select 1 from consent where purpose = 'news' and state = 'PENDING'`,
  },
  eraseRecipient: {
    before: async () => {
      for (const name of ['eve', 'fay']) await app.development.person(name, { email: `${name}@example.com` });
    },
    input: { recipient: { externalId: 'eve' }, reason: 'she asked for it' },
    other: { recipient: { externalId: 'fay' }, reason: 'she asked for it' },
    refused: { recipient: { externalId: 'nobody' } },
    selection: 'erasure { id recipientId actor reason requestedAt finishedAt counts { kind count } }',
  },
  upsertRecipient: {
    input: { externalId: 'cy', email: 'cy@example.com', attributes: { age: 7, plan: { name: 'pro' } } },
    other: { externalId: 'cy', email: null },
    refused: { externalId: 'cy', email: 'nowhere' },
    selection: 'created recipient { id externalId email attributes online }',
  },
  createRecipientToken: {
    input: { recipient: { externalId: 'ana' }, expiresIn: 'PT5M' },
    other: { recipient: { externalId: 'ben' }, expiresIn: 'PT5M' },
    refused: { recipient: { externalId: 'nobody' } },
    selection: 'token expiresAt',
  },
  createPreferencesLink: {
    input: { recipient: { externalId: 'ana' }, expiresIn: 'P7D' },
    other: { recipient: { externalId: 'ben' }, expiresIn: 'P7D' },
    refused: { recipient: { externalId: 'nobody' } },
    selection: 'url expiresAt',
  },
  upsertCategory: {
    input: { key: 'digest', name: 'Digest', expiresAfter: 'PT1H' },
    other: { key: 'digest', name: 'Digest', expiresAfter: null },
    refused: { key: 'digest', channels: [] },
    selection: 'category { key name expiresAfter retry { maxAttempts } }',
  },
  upsertSection: {
    input: { key: 'activity', name: 'Activity', position: 2 },
    other: { key: 'activity', name: 'What happened' },
    refused: { key: 'Activity!' },
    selection: 'section { key name position }',
    done: `select 1 from section where key = 'activity'`,
  },
  upsertTemplate: {
    input: { key: 'hello', contents: contents('Hello') },
    other: { key: 'hello', contents: contents('Hello again') },
    refused: { key: 'hello', contents: contents('{{ broken') },
    selection: 'template { key draftVersion publishedVersion }',
  },
  publishTemplate: {
    before: () =>
      app.development.mutate('upsertTemplate', { key: 'letter', contents: contents('Hi') }, 'template { key }'),
    input: { key: 'letter' },
    other: { key: 'hello' },
    refused: { key: 'none' },
    selection: 'template { key draftVersion publishedVersion }',
    done: `select 1 from template_version where template_key = 'letter' and published_at is not null`,
  },
  upsertIntegration: {
    input: {
      key: 'mail',
      provider: 'smtp',
      channel: 'EMAIL',
      settings: { host: 'localhost', port: 25, from: 'a@example.com' },
    },
    other: {
      key: 'mail',
      provider: 'smtp',
      channel: 'EMAIL',
      order: 1,
      settings: { host: 'localhost', port: 25, from: 'a@example.com' },
    },
    refused: { key: 'mail', provider: 'pigeon', channel: 'EMAIL' },
    selection: 'integration { id key order enabled } generatedCredentials',
  },
  upsertSender: {
    input: { key: 'news', from: 'News <news@example.com>', classes: ['MARKETING'] },
    other: { key: 'news', from: 'news@example.com' },
    refused: { key: 'news', from: 'nowhere' },
    selection: 'sender { key from replyTo classes createdAt updatedAt } warnings',
  },
  upsertAudience: {
    input: { key: 'all', rule: { all: [] } },
    other: { key: 'all', rule: { locale: ['de'] } },
    refused: { key: 'all', rule: { any: [] } },
    selection: 'audience { key rule createdAt updatedAt }',
  },
  subscribeToTopic: {
    input: { topic: 'releases', recipients: [{ externalId: 'ana' }, { externalId: 'ben' }] },
    other: { topic: 'releases', recipients: [{ externalId: 'ana' }] },
    refused: { topic: 'releases', recipients: [{ externalId: 'nobody' }] },
    selection: 'addedCount',
  },
  createEnvironment: {
    input: { key: 'staging', mode: 'TEST' },
    other: { key: 'staging-2', mode: 'TEST' },
    refused: { key: 'production', mode: 'LIVE' },
    selection: 'environment { id key mode }',
    done: `select 1 from environment where key = 'staging'`,
  },
  createApiKey: {
    input: { name: 'checkout' },
    other: { name: 'billing' },
    refused: { name: 'checkout', environment: 'none' },
    selection: 'apiKey { id name prefix } secret',
    done: `select 1 from api_key where name = 'checkout'`,
  },
  rotateTokenSecret: {
    input: { environment: 'production' },
    other: { environment: 'development' },
    refused: { environment: 'none' },
    selection: 'secret',
  },
  upsertWebhookSubscription: {
    input: { key: 'hook', url: 'https://example.com/hook', events: ['*'] },
    other: { key: 'hook', url: 'https://example.com/other', events: ['*'] },
    refused: { key: 'hook', url: 'https://10.0.0.1/', events: ['*'] },
    selection: 'subscription { id key url createdAt } secret',
    done: `select 1 from webhook_subscription where key = 'hook'`,
  },
  rotateWebhookSecret: {
    before: async () => {
      const more = { url: 'https://example.com/hook', events: ['*'] };
      for (const key of ['turning', 'turning-too'])
        await app.development.mutate('upsertWebhookSubscription', { key, ...more }, 'secret');
    },
    input: { key: 'turning' },
    other: { key: 'turning-too' },
    refused: { key: 'none' },
    selection: 'secret',
  },
};

test('every mutation that makes something takes an idempotency key, and stands in this table', () => {
  expect(mutations.map((field) => field.name).sort()).toEqual(Object.keys(CASES).sort());
  const fields = mutations.map((field) => {
    const input = getNamedType(field.args[0]?.type as GraphQLInputObjectType);
    return [field.name, isInputObjectType(input) ? String(input.getFields()['idempotencyKey']?.type) : null];
  });
  expect(fields).toEqual(mutations.map((field) => [field.name, 'String']));
});

/** The answer, without `deduplicated`: all that get one answer get the same. */
function call(name: string, input: object, key: string | null) {
  return app.development.attempt<object>(name, { ...input, idempotencyKey: key }, CASES[name]?.selection ?? '');
}

describe.each(Object.entries(CASES))('%s', (name, { input, other, refused, before, done }) => {
  const key = `${name} key`;

  test('is done once for one key, also when all come at once, and answers the same again and again', async () => {
    await before?.();
    const answers = await Promise.all(Array.from({ length: 12 }, () => call(name, input, key)));
    expect(answers[0]).toMatchObject({ userErrors: [] });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await call(name, Object.fromEntries(Object.entries(input).reverse()), key)).toEqual(answers[0]);
    if (done) expect(await gate.rows(done)).toHaveLength(1);
  });

  test('with another input is a conflict, for as long as the key is kept', async () => {
    const conflict = await call(name, other, key);
    // A batch is many sends, each with a key of its own: it conflicts send by send.
    const codes = JSON.stringify(conflict);
    expect(codes).toContain('IDEMPOTENCY_CONFLICT');
    if (name !== 'sendBatch')
      expect(conflict.userErrors).toMatchObject([{ field: ['input', 'idempotencyKey'], code: 'IDEMPOTENCY_CONFLICT' }]);
    await gate.rows(`update idempotency_key set created_at = now() - interval '73 hours' where key like $1`, [
      `${key}%`,
    ]);
    expect(JSON.stringify(await call(name, other, key))).not.toContain('IDEMPOTENCY_CONFLICT');
  });

  test('leaves its key free when it was refused', async () => {
    const free = `${name} after a refusal`;
    const first = await call(name, refused, free);
    expect(first.userErrors.length).toBeGreaterThan(0);
    expect(await gate.rows('select 1 from idempotency_key where key like $1', [`${free}%`])).toEqual([]);
    await before?.();
    const again = name === 'createEnvironment' ? { ...input, key: 'third' } : input;
    expect(await call(name, again, free)).toMatchObject({ userErrors: [] });
  });

  test('refuses a key that is none', async () => {
    expect((await call(name, input, '')).userErrors).toMatchObject([
      { field: ['input', 'idempotencyKey'], code: 'INVALID_IDEMPOTENCY_KEY' },
    ]);
  });
});

// Sends are answered from their rows; of them nothing but an id is kept with the key.
test.each(Object.keys(CASES).filter((name) => !name.startsWith('send')))(
  '%s: the kept answer is sealed',
  async (name) => {
    await call(name, CASES[name]?.input ?? {}, `${name} key`);
    const rows = await gate.rows<{ answer: { sealed?: string } }>(
      'select answer from idempotency_key where operation = $1',
      [name],
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { answer } of rows) {
      expect(Object.keys(answer)).toEqual(['sealed']);
      expect(Buffer.from(answer.sealed ?? '', 'base64').toString('latin1')).not.toMatch(/"\w+":|tdg_test|example/);
    }
  },
);

test('a key belongs to one mutation of one environment', async () => {
  const shared = { idempotencyKey: 'shared' };
  await app.development.mutate('upsertAudience', { ...shared, key: 'here', rule: { all: [] } }, 'audience { key }');
  await app.development.mutate('upsertCategory', { ...shared, key: 'here' }, 'category { key }');
  await app.production.mutate('upsertAudience', { ...shared, key: 'there', rule: { all: [] } }, 'audience { key }');
});

test('a secret that is shown again opens what it opened', async () => {
  const ask = () =>
    app.development.mutate<{ secret: string }>('createApiKey', { name: 'cron', idempotencyKey: 'cron' }, 'secret');
  const [first, again] = [await ask(), await ask()];
  expect(again.secret).toBe(first.secret);
  expect(await new Gateway(app.app.port, again.secret).query('{ audience(key: "here") { key } }')).toEqual({
    audience: { key: 'here' },
  });
});
