import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gateway } from '../support/gateway.js';

let app: TestApp;
let staging: Gateway;

beforeAll(async () => {
  app = await startTestApp();
  await app.production.mutate('createEnvironment', { key: 'staging', mode: 'TEST' }, 'environment { id mode }');
  const { secret } = await app.production.mutate<{ secret: string }>(
    'createApiKey',
    { name: 'ci', environment: 'staging' },
    'secret',
  );
  staging = new Gateway(app.app.port, secret);
});

afterAll(() => app[Symbol.asyncDispose]());

test('nothing of one environment can be read, named or changed from another', async () => {
  const home = app.development;
  await home.category('orders', { channels: ['INBOX', 'EMAIL'] });
  const anaId = await home.person('ana', { email: 'ana@example.com' });
  const { id: sendId, notificationIds } = await home.send([{ externalId: 'ana' }], 'orders');
  const [notificationId] = notificationIds as [string];
  await home.finished(notificationId);

  const foreign = await staging.query<Record<string, unknown>>(
    `query($n: ID!, $s: ID!, $r: ID!) {
      notification(id: $n) { id }
      notifications(filter: { sendId: $s }) { nodes { id } }
      recipient(ref: { id: $r }) { id }
      categories { key }
      outbox { nodes { id } }
    }`,
    { n: notificationId, s: sendId, r: anaId },
  );
  expect(foreign).toEqual({
    notification: null,
    notifications: { nodes: [] },
    recipient: null,
    categories: [],
    outbox: { nodes: [] },
  });

  const canceled = await staging.attempt<{ canceledCount: number }>('cancelSend', { id: sendId }, 'canceledCount');
  expect(canceled).toMatchObject({ canceledCount: 0, userErrors: [{ code: 'NOT_FOUND' }] });
  await staging.category('orders');
  const sent = await staging.attempt<{ send: null }>(
    'send',
    { to: [{ id: anaId }], category: 'orders', content: { title: 'T', body: 'B' } },
    'send { id }',
  );
  expect(sent.userErrors).toMatchObject([{ field: ['input', 'to', '0', 'id'], code: 'UNKNOWN_RECIPIENT' }]);
});

test('a recipient token opens its own person in its own environment, and nothing of a service', async () => {
  await app.development.person('ben');
  await staging.person('ben');
  const ben = await staging.as('ben');
  expect((await ben.query<{ inbox: object }>('{ inbox { version } }')).inbox).toEqual({ version: 0 });
  for (const query of [
    '{ notifications { nodes { id } } }',
    '{ integrations { key } }',
    '{ recipient(ref: { externalId: "ben" }) { id } }',
    '{ inbox(recipient: { externalId: "ana" }) { version } }',
  ]) {
    const answer = await ben.raw({ query });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
  }
});

test('a host may sign recipient tokens itself, with the secret of its environment alone', async () => {
  await staging.person('cy');
  const { secret } = await staging.mutate<{ secret: string }>('rotateTokenSecret', {}, 'secret');
  const sign = (kid: string): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid })
      .setIssuer('tidings')
      .setAudience(kid)
      .setSubject('cy')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(Buffer.from(secret, 'base64url'));
  const own = new Gateway(app.app.port, await sign('staging'));
  expect(await own.query('{ inbox { version } }')).toEqual({ inbox: { version: 0 } });
  await app.development.person('cy');
  const foreign = await new Gateway(app.app.port, await sign('development')).raw({ query: '{ inbox { version } }' });
  expect([foreign.status, foreign.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test('a key that nobody made opens nothing', async () => {
  const stranger = new Gateway(app.app.port, 'tdg_live_guess');
  const answer = await stranger.raw({ query: '{ categories { key } }' });
  expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
});
