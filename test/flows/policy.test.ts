import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('news', { channels: ['INBOX', 'EMAIL'] });
});

afterAll(() => app[Symbol.asyncDispose]());

test('what a person switched off is not sent; mandatory and security categories are', async () => {
  const { development } = app;
  await development.person('ana', { email: 'ana@example.com' });
  const ana = await development.as('ana');
  const rules = [{ category: 'news', channel: 'EMAIL', enabled: false }];
  const { preferences } = await ana.mutate<{ preferences: { rules: object[] } }>(
    'updatePreferences',
    { rules },
    'preferences { rules { category { key } channel enabled editable } }',
  );
  expect(preferences.rules).toContainEqual({
    category: { key: 'news' },
    channel: 'EMAIL',
    enabled: false,
    editable: true,
  });
  const silenced = await development.sendAndFinish({ externalId: 'ana' }, 'news');
  expect(silenced).toMatchObject({
    state: 'SUPPRESSED',
    plan: { steps: [{ reason: 'RECIPIENT_OFFLINE' }, { reason: 'CATEGORY_OPT_OUT' }] },
  });

  await development.category('sign-in', { class: 'SECURITY', channels: ['EMAIL'] });
  const refused = await ana.attempt(
    'updatePreferences',
    { rules: [{ category: 'sign-in', channel: 'EMAIL', enabled: false }] },
    'preferences { rules { enabled } }',
  );
  expect(refused.userErrors).toMatchObject([{ field: ['input', 'rules', '0', 'enabled'], code: 'NOT_EDITABLE' }]);
  expect((await development.sendAndFinish({ externalId: 'ana' }, 'sign-in')).state).toBe('COMPLETED');
});

test('a later time holds it, and it goes then', async () => {
  const sendAt = new Date(Date.now() + 1_500).toISOString();
  const { notificationIds } = await app.development.send([{ externalId: 'ben', email: 'ben@example.com' }], 'news', {
    sendAt,
  });
  const id = notificationIds[0] as string;
  const held = await until(async () => {
    const notification = await app.development.notification(id);
    return notification.state === 'HELD' && notification;
  }, 'it to be held');
  expect(held.plan).toMatchObject({
    outcome: 'HOLD',
    sendAt,
    steps: [{ decision: 'HOLD', reason: 'SCHEDULED' }, { decision: 'HOLD' }],
  });
  const notification = await app.development.finished(id);
  const started = notification.timeline.find((entry) => entry.type === 'attempt.started');
  expect(Date.parse(started?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(sendAt));
  expect(notification.state).toBe('COMPLETED');
});

test('canceled before its time: nothing goes', async () => {
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  const { id, notificationIds } = await app.development.send([{ externalId: 'cy', email: 'cy@example.com' }], 'news', {
    sendAt,
  });
  const canceled = await app.development.mutate<{ canceledCount: number }>('cancelSend', { id }, 'canceledCount');
  expect(canceled.canceledCount).toBe(1);
  const notification = await app.development.finished(notificationIds[0] as string);
  expect(notification).toMatchObject({ state: 'CANCELED', deliveries: [] });
  expect(
    (await app.development.mutate<{ canceledCount: number }>('cancelSend', { id }, 'canceledCount')).canceledCount,
  ).toBe(0);
});

test('expiry wins over a retry', async () => {
  await app.development.mutate('setSimulatorBehavior', { address: 'dee@example.com', behavior: 'FAIL' }, 'behavior');
  await app.development.category('flash', {
    channels: ['EMAIL'],
    expiresAfter: 'PT2S',
    retry: { maxAttempts: 50, firstDelay: 'PT0.5S', maxDelay: 'PT30S', giveUpAfter: 'PT1H' },
  });
  const notification = await app.development.sendAndFinish({ externalId: 'dee', email: 'dee@example.com' }, 'flash');
  expect(notification).toMatchObject({ state: 'EXPIRED', deliveries: [{ state: 'EXPIRED' }] });
  expect(notification.deliveries[0]?.attempts.length).toBeGreaterThan(0);
});

test('a dry run says what would happen, and nothing happens', async () => {
  const input = {
    to: [{ externalId: 'eve-is-new', email: 'eve@example.com' }],
    category: 'news',
    content: { title: 'T', body: 'B' },
  };
  const query =
    'query($input: SendInput!) { explain(input: $input) { outcome recipient { id } steps { channel decision reason integration } } }';
  const { explain } = await app.development.query<{ explain: object[] }>(query, { input });
  expect(explain).toEqual([
    {
      outcome: 'SEND',
      recipient: null,
      steps: [
        { channel: 'INBOX', decision: 'SKIP', reason: 'RECIPIENT_OFFLINE', integration: null },
        { channel: 'EMAIL', decision: 'SEND', reason: 'SELECTED', integration: 'simulator' },
      ],
    },
  ]);
  expect(await app.development.query('{ recipient(ref: { externalId: "eve-is-new" }) { id } }')).toEqual({
    recipient: null,
  });
  const refused = await app.development.raw({ query, variables: { input: { ...input, category: 'none' } } });
  expect(refused.errors[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    userErrors: [{ code: 'UNKNOWN_CATEGORY' }],
  });
});

test('a template speaks the language of the person, and its published version counts', async () => {
  const { development } = app;
  const contents = [
    {
      channel: 'EMAIL',
      locale: 'en',
      title: 'Hi {{ recipient.name }}',
      body: 'Order {{ order.id }}',
      html: '<b>{{ order.id }}</b>',
    },
    {
      channel: 'EMAIL',
      locale: 'de',
      title: 'Hallo {{ recipient.name }}',
      body: 'Bestellung {{ order.id }}',
      html: '<b>{{ order.id }}</b>',
    },
  ];
  await development.mutate('upsertTemplate', { key: 'order', contents }, 'template { draftVersion publishedVersion }');
  const early = await development.attempt(
    'send',
    { to: [{ externalId: 'fay', email: 'fay@example.com' }], category: 'news', template: 'order', data: {} },
    'send { id }',
  );
  expect(early.userErrors[0]?.code).toBe('TEMPLATE_UNPUBLISHED');
  await development.mutate('publishTemplate', { key: 'order' }, 'template { publishedVersion }');
  await development.person('fay', { email: 'fay@example.com', name: 'Fay', locale: 'de-AT' });
  await development.sendAndFinish({ externalId: 'fay' }, 'news', { template: 'order', data: { order: { id: '<7>' } } });
  expect(await development.outbox('fay@example.com')).toMatchObject([
    { title: 'Hallo Fay', body: 'Bestellung <7>', html: '<b>&lt;7&gt;</b>' },
  ]);
  const missing = await development.sendAndFinish({ externalId: 'fay' }, 'news', { template: 'order', data: {} });
  expect(missing).toMatchObject({
    state: 'FAILED',
    deliveries: [{ reason: 'RENDER_ERROR', attempts: [{ code: 'RENDER_ERROR' }] }],
  });
});

test('a topic reaches everyone who is subscribed, and a cancel stops what has not gone', async () => {
  const { development } = app;
  const people = ['gus', 'hal', 'ida'];
  for (const name of people) await development.person(name, { email: `${name}@example.com` });
  const recipients = people.map((externalId) => ({ externalId }));
  expect(await development.mutate('subscribeToTopic', { topic: 'releases', recipients }, 'addedCount')).toMatchObject({
    addedCount: 3,
  });
  await development.mutate(
    'unsubscribeFromTopic',
    { topic: 'releases', recipients: [{ externalId: 'hal' }] },
    'removedCount',
  );
  await development.mutate(
    'send',
    { topic: 'releases', category: 'news', content: { title: 'v2', body: 'B' } },
    'send { id }',
  );
  await until(
    async () =>
      (await development.outbox('gus@example.com')).length === 1 &&
      (await development.outbox('ida@example.com')).length === 1,
    'both subscribers to be sent to',
  );
  expect(await development.outbox('hal@example.com')).toEqual([]);
});
