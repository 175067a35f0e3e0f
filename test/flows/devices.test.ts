import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';
import { PushServer } from '../support/push-server.js';
import { until } from '../support/until.js';

const IPHONE = '0a1b2c3d'.repeat(8);
const PIXEL = 'pixel-of-ana:APA91bHun4MxP5egoKMwt2KZFBaFUH';
const CHROME = 'chrome-of-ana:APA91bF0Y8qkJx1nVv2cPq7zQb3tR';
const DEVICES = [
  { address: IPHONE, platform: 'IOS', service: 'apns' },
  { address: PIXEL, platform: 'ANDROID', service: 'fcm' },
  { address: CHROME, platform: 'WEB', service: 'fcm' },
];

let app: TestApp;
let apple: PushServer;
let google: ProviderServer;
/** Tokens whose app was removed from the device. */
const removed = new Set<string>();

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const tokenIn = ({ body }: LoggedRequest) => (JSON.parse(body) as { message: { token: string } }).message.token;

/** Google's token endpoint and FCM, by their paths. */
function asGoogle(request: LoggedRequest): Reply {
  if (request.path === '/token')
    return json(200, { access_token: 'ya29.of-ana', expires_in: 3599, token_type: 'Bearer' });
  if (!removed.has(tokenIn(request)))
    return json(200, { name: `projects/shop-1234/messages/0:${google.requests.length}` });
  const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'UNREGISTERED' }];
  return json(404, { error: { code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND', details } });
}

function asApple({ headers }: LoggedRequest): Reply {
  return { status: 200, headers: { 'apns-id': String(headers['apns-id']).toUpperCase() }, body: '' };
}

function pem(type: 'ec' | 'rsa'): string {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

beforeAll(async () => {
  [app, apple, google] = await Promise.all([startTestApp(), PushServer.start(asApple), ProviderServer.start(asGoogle)]);
  const serviceAccount = {
    type: 'service_account',
    project_id: 'shop-1234',
    client_email: 'push@shop-1234.iam.gserviceaccount.com',
    private_key: pem('rsa'),
    token_uri: `${google.url}/token`,
  };
  const ofApple = { key: pem('ec'), keyId: 'ABC123DEFG', teamId: 'TEAM123456' };
  const push = { channel: 'MOBILE_PUSH' };
  await app.production.integration(
    'apple',
    'apns',
    { topic: 'com.example.app', baseUrl: apple.url },
    { ...push, order: 0, credentials: ofApple },
  );
  await app.production.integration(
    'google',
    'firebase',
    { baseUrl: google.url },
    { ...push, order: 1, credentials: { serviceAccount } },
  );
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await apple[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

/** Ana signs in on all her devices; each app adds its own token. */
async function signIn(gateway: Gateway): Promise<Gateway> {
  await gateway.category('orders', { channels: ['MOBILE_PUSH'] });
  await gateway.person('ana');
  const ana = await gateway.as('ana');
  for (const { address, platform } of DEVICES)
    await ana.mutate('addEndpoint', { channel: 'MOBILE_PUSH', address, platform }, 'created');
  return ana;
}

const sent = (gateway: Gateway) => gateway.sendAndFinish({ externalId: 'ana' }, 'orders');
const outcomes = ({ deliveries }: NotificationView) =>
  deliveries.map(({ address, provider, state }) => ({ address, provider, state }));
const pushed = () => google.requests.filter(({ path }) => path.endsWith('/messages:send')).map(tokenIn);

interface Endpoint {
  address: string;
  platform: string;
  service: string;
  retiredAt: string | null;
}

async function endpoints(gateway: Gateway): Promise<Endpoint[]> {
  const { recipient } = await gateway.query<{ recipient: { endpoints: Endpoint[] } }>(
    '{ recipient(ref: { externalId: "ana" }) { endpoints { address platform service retiredAt } } }',
  );
  return recipient.endpoints;
}

test('one push reaches a person’s iPhone, Android phone and browser, each through the service that its token is of', async () => {
  await signIn(app.production);
  expect(await endpoints(app.production)).toEqual(DEVICES.map((device) => ({ ...device, retiredAt: null })));
  const notification = await sent(app.production);
  expect(notification.state).toBe('COMPLETED');
  // Taken, and no more: that it was shown, nobody has said.
  expect(outcomes(notification)).toEqual([
    { address: IPHONE, provider: 'apns', state: 'SENT' },
    { address: PIXEL, provider: 'firebase', state: 'SENT' },
    { address: CHROME, provider: 'firebase', state: 'SENT' },
  ]);
  expect(apple.requests.map(({ path }) => path)).toEqual([`/3/device/${IPHONE}`]);
  expect(pushed()).toEqual([PIXEL, CHROME]);
});

test('a push that was opened is known as such once the app says so', async () => {
  const ana = await app.production.as('ana');
  const { id, timeline, deliveries } = await sent(app.production);
  expect(timeline.map(({ type }) => type)).not.toContain('engagement.recorded');
  expect(new Set(deliveries.map(({ state }) => state))).toEqual(new Set(['SENT']));
  // What the app was handed with the push.
  const { tidings_notification: carried } = JSON.parse(apple.requests.at(-1)?.body ?? '') as Record<string, string>;
  expect(carried).toBe(id);
  const opened = { notification: carried, kind: 'OPENED' };
  expect(await ana.mutate('recordEngagement', opened, 'recorded')).toMatchObject({ recorded: true });
  const after = await until(async () => {
    const now = await app.production.notification(id);
    return now.timeline.some(({ type }) => type === 'engagement.recorded') && now;
  }, 'the opening to be recorded');
  expect(after.timeline.at(-1)).toMatchObject({
    type: 'engagement.recorded',
    detail: expect.stringContaining('OPENED'),
  });
  const query = 'query($id: ID!) { notification(id: $id) { engagements { kind } } }';
  expect(await app.production.query(query, { id })).toEqual({ notification: { engagements: [{ kind: 'OPENED' }] } });
});

test('a device whose app is gone is retired, and the others get it all the same', async () => {
  removed.add(PIXEL);
  const first = await sent(app.production);
  expect(first.state).toBe('COMPLETED');
  expect(outcomes(first).map(({ address, state }) => [address, state])).toEqual([
    [IPHONE, 'SENT'],
    [PIXEL, 'UNDELIVERED'],
    [CHROME, 'SENT'],
  ]);
  expect(first.deliveries[1]?.attempts).toMatchObject([{ outcome: 'REJECTED', code: 'UNREGISTERED', httpStatus: 404 }]);
  const known = await endpoints(app.production);
  expect(known.filter(({ retiredAt }) => retiredAt !== null).map(({ address }) => address)).toEqual([PIXEL]);
  expect(outcomes(await sent(app.production)).map(({ address }) => address)).toEqual([IPHONE, CHROME]);
  expect(pushed().filter((token) => token === PIXEL)).toHaveLength(3);
  expect(apple.requests.every(({ path }) => path === `/3/device/${IPHONE}`)).toBe(true);
});

test('a TEST environment simulates all of it: nobody is called', async () => {
  await signIn(app.development);
  const calls = [apple.requests.length, google.requests.length];
  const notification = await sent(app.development);
  expect(notification.state).toBe('COMPLETED');
  expect(notification.deliveries.map(({ address, state }) => [address, state])).toEqual(
    DEVICES.map(({ address }) => [address, 'SIMULATED']),
  );
  for (const { address } of DEVICES) expect(await app.development.outbox(address)).toHaveLength(1);
  expect([apple.requests.length, google.requests.length]).toEqual(calls);
});
