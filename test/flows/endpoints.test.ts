import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrowserPush } from '../support/browser-push.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway } from '../support/gateway.js';
import { ProviderServer } from '../support/provider-server.js';

let app: TestApp;
/** The push service of ana's browser. */
let service: ProviderServer;

beforeAll(async () => {
  app = await startTestApp();
  service = await ProviderServer.start(() => ({
    status: 201,
    headers: { location: 'https://push.example.net/message/1' },
    body: '',
  }));
  for (const gateway of [app.development, app.production])
    for (const person of ['ana', 'ben']) await gateway.person(person);
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const APPLE = '0a1b2c3d'.repeat(8);
const GOOGLE = 'dGhlIHRva2Vu:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx';
const FIELDS = 'channel address platform service createdAt retiredAt retiredReason';

interface Endpoint {
  channel: string;
  address: string;
  platform: string | null;
  service: string | null;
  createdAt: string;
  retiredAt: string | null;
  retiredReason: string | null;
}

function add(gateway: Gateway, input: object) {
  return gateway.attempt<{ endpoint: Endpoint | null; created: boolean }>(
    'addEndpoint',
    input,
    `endpoint { ${FIELDS} } created`,
  );
}

function remove(gateway: Gateway, input: object) {
  return gateway.attempt<{ removed: boolean }>('removeEndpoint', input, 'removed');
}

async function endpointsOf(gateway: Gateway, externalId: string): Promise<Endpoint[]> {
  const { recipient } = await gateway.query<{ recipient: { endpoints: Endpoint[] } }>(
    `query($e: String!) { recipient(ref: { externalId: $e }) { endpoints { ${FIELDS} } } }`,
    { e: externalId },
  );
  return recipient.endpoints;
}

const ana = { externalId: 'ana' };
const codes = (answer: { userErrors: { field: string[]; code: string }[] }) =>
  answer.userErrors.map(({ field, code }) => `${field.join('.')}: ${code}`);

describe('addresses of a person', () => {
  test('are added once, and listed', async () => {
    const phone = { recipient: ana, channel: 'MOBILE_PUSH', address: APPLE, platform: 'IOS' };
    const first = await add(app.development, phone);
    expect(first).toMatchObject({
      created: true,
      userErrors: [],
      endpoint: { channel: 'MOBILE_PUSH', address: APPLE, platform: 'IOS', service: 'apns', retiredAt: null },
    });
    expect(await add(app.development, phone)).toEqual({ ...first, created: false });
    await add(app.development, { recipient: ana, channel: 'TELEGRAM', address: '4711' });
    expect(await endpointsOf(app.development, 'ana')).toMatchObject([
      { channel: 'MOBILE_PUSH', address: APPLE },
      { channel: 'TELEGRAM', address: '4711', platform: null, service: null },
    ]);
    expect(await endpointsOf(app.development, 'ben')).toEqual([]);
    expect(await endpointsOf(app.production, 'ana')).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a token of Apple', { address: APPLE, platform: 'IOS' }, 'apns'],
    ['a token of Firebase on iOS', { address: GOOGLE, platform: 'IOS' }, 'fcm'],
    ['a token that looks like Apple’s on Android', { address: APPLE, platform: 'ANDROID' }, 'fcm'],
    ['a web app’s token', { address: GOOGLE, platform: 'WEB' }, 'fcm'],
    ['what the caller says', { address: APPLE, platform: 'IOS', service: 'fcm' }, 'fcm'],
  ])('go to the push service that takes %s', async (_name, input, expected) => {
    const answer = await add(app.development, { recipient: { externalId: 'ben' }, channel: 'MOBILE_PUSH', ...input });
    expect(answer).toMatchObject({ userErrors: [], endpoint: { service: expected } });
  });

  test.each<[string, object, string[]]>([
    ['the inbox', { channel: 'INBOX', address: 'ana' }, ['input.channel: CHANNEL_HAS_NO_ADDRESSES']],
    ['a bad address', { channel: 'EMAIL', address: 'ana' }, ['input.address: INVALID_ADDRESS']],
    ['no subscription', { channel: 'WEB_PUSH', address: '{}' }, ['input.address: INVALID_ADDRESS']],
    [
      'an address without end',
      { channel: 'WEBHOOK', address: `https://example.com/${'a'.repeat(2_400)}` },
      ['input.address: INVALID_ADDRESS'],
    ],
    ['no platform', { channel: 'MOBILE_PUSH', address: GOOGLE }, ['input.platform: INVALID_PLATFORM']],
    [
      'a platform of mail',
      { channel: 'EMAIL', address: 'ana@example.com', platform: 'IOS', service: 'apns' },
      ['input.platform: INVALID_PLATFORM', 'input.service: INVALID_SERVICE'],
    ],
    [
      'an unknown service',
      { channel: 'MOBILE_PUSH', address: GOOGLE, platform: 'IOS', service: 'pigeon' },
      ['input.service: INVALID_SERVICE'],
    ],
    [
      'Apple for Android',
      { channel: 'MOBILE_PUSH', address: APPLE, platform: 'ANDROID', service: 'apns' },
      ['input.service: INVALID_SERVICE'],
    ],
    [
      'Apple for a token of Firebase',
      { channel: 'MOBILE_PUSH', address: GOOGLE, platform: 'IOS', service: 'apns' },
      ['input.service: INVALID_SERVICE'],
    ],
    [
      'nobody',
      { recipient: { externalId: 'nobody' }, channel: 'EMAIL', address: 'a@b.cz' },
      ['input.recipient: NOT_FOUND'],
    ],
  ])('are refused: %s', async (_name, input, expected) => {
    const answer = await add(app.development, { recipient: ana, ...input });
    expect(answer).toMatchObject({ endpoint: null, created: false });
    expect(codes(answer)).toEqual(expected);
  });

  test('are removed', async () => {
    const mail = { recipient: ana, channel: 'EMAIL', address: 'ana@example.com' };
    await add(app.development, mail);
    expect(await remove(app.development, { ...mail, address: ' ana@example.com ' })).toEqual({
      removed: true,
      userErrors: [],
    });
    expect(await remove(app.development, mail)).toEqual({ removed: false, userErrors: [] });
    expect(codes(await remove(app.development, { ...mail, channel: 'INBOX' }))).toEqual([
      'input.channel: CHANNEL_HAS_NO_ADDRESSES',
    ]);
  });

  test('are 50 on a channel at most, also of calls at once', async () => {
    await app.development.person('cy');
    const token = (nth: number) => ({
      recipient: { externalId: 'cy' },
      channel: 'MOBILE_PUSH',
      address: `token-${nth}`,
      platform: 'ANDROID',
    });
    const answers = await Promise.all(Array.from({ length: 52 }, (_, nth) => add(app.development, token(nth))));
    expect(answers.filter((answer) => answer.created)).toHaveLength(50);
    expect(answers.flatMap(codes)).toEqual(Array(2).fill('input.address: TOO_MANY_ENDPOINTS'));
    const [known] = await endpointsOf(app.development, 'cy');
    const nth = Number(known?.address.slice('token-'.length));
    // What is known can be said again, other channels have their own 50, and a removed one makes place.
    expect(codes(await add(app.development, token(nth)))).toEqual([]);
    expect(
      codes(await add(app.development, { ...token(0), channel: 'TELEGRAM', address: '1', platform: null })),
    ).toEqual([]);
    await remove(app.development, { recipient: { externalId: 'cy' }, channel: 'MOBILE_PUSH', address: `token-${nth}` });
    expect(codes(await add(app.development, token(99)))).toEqual([]);
  });

  test('of a device are taken away from whoever signed in there before', async () => {
    await Promise.all([app.development.person('gus'), app.development.person('hal')]);
    const [gus, hal] = [{ recipient: { externalId: 'gus' } }, { recipient: { externalId: 'hal' } }];
    const browser = JSON.stringify(new BrowserPush().subscription('https://push.example.net/send/shared'));
    const phone = { channel: 'MOBILE_PUSH', address: 'shared-token', platform: 'ANDROID' };
    const telegram = { channel: 'TELEGRAM', address: 'shared-token' };
    const shared = [phone, { channel: 'WEB_PUSH', address: browser }];
    const had = async (name: string) => (await endpointsOf(app.development, name)).map(({ channel }) => channel);
    for (const input of shared) await add(app.development, { ...gus, ...input });
    await add(app.development, { ...gus, ...telegram, address: '4711' });
    await add(await app.development.as('gus'), { ...phone, address: 'of-gus-alone' });
    await add(app.production, { recipient: ana, ...phone });

    for (const input of shared)
      expect(await add(await app.development.as('hal'), input)).toMatchObject({ created: true });
    await add(app.development, { ...hal, ...telegram, address: '4711' });
    expect(await had('hal')).toEqual(['MOBILE_PUSH', 'WEB_PUSH', 'TELEGRAM']);
    // What is no device’s may be of many; and another environment has devices of its own.
    expect(await endpointsOf(app.development, 'gus')).toMatchObject([
      { channel: 'TELEGRAM', address: '4711' },
      { channel: 'MOBILE_PUSH', address: 'of-gus-alone' },
    ]);
    expect((await endpointsOf(app.production, 'ana')).map(({ address }) => address)).toContain('shared-token');
    await remove(app.production, { recipient: ana, channel: 'MOBILE_PUSH', address: 'shared-token' });
  });

  test('of a device are one person’s also when two sign in at once', async () => {
    const names = ['jo', 'kim', 'lee', 'max'];
    for (const name of names) await app.development.person(name);
    for (let round = 0; round < 5; round += 1) {
      const token = { channel: 'MOBILE_PUSH', address: `race-${round}`, platform: 'ANDROID' };
      await Promise.all(names.map((name) => add(app.development, { recipient: { externalId: name }, ...token })));
      const all = await Promise.all(names.map((name) => endpointsOf(app.development, name)));
      expect(all.flat().filter(({ address }) => address === `race-${round}`)).toHaveLength(1);
    }
  });

  test('that are secrets are shown as hosts', async () => {
    await app.development.person('dan');
    const browser = JSON.stringify(new BrowserPush().subscription('https://push.example.net/send/secret'));
    const dan = { recipient: { externalId: 'dan' } };
    await add(app.development, { ...dan, channel: 'WEB_PUSH', address: browser });
    await add(app.development, { ...dan, channel: 'TEAMS', address: 'https://flow.example.com/run?sig=secret' });
    expect((await endpointsOf(app.development, 'dan')).map(({ channel, address }) => [channel, address])).toEqual([
      ['WEB_PUSH', 'https://push.example.net/…'],
      ['TEAMS', 'https://flow.example.com/…'],
    ]);
  });
});

describe('with a recipient token', () => {
  test('the person’s own app and browser are added and removed, and nothing else', async () => {
    await app.development.person('eve');
    const eve = await app.development.as('eve');
    const phone = { channel: 'MOBILE_PUSH', address: GOOGLE, platform: 'ANDROID' };
    expect(await add(eve, phone)).toMatchObject({ created: true, endpoint: { service: 'fcm' } });
    expect(await add(eve, { ...phone, recipient: { externalId: 'eve' } })).toMatchObject({ created: false });
    expect(await endpointsOf(app.development, 'eve')).toHaveLength(1);
    expect(await remove(eve, { channel: 'MOBILE_PUSH', address: GOOGLE })).toMatchObject({ removed: true });
    const query = 'mutation($input: AddEndpointInput!) { addEndpoint(input: $input) { created } }';
    for (const input of [
      { channel: 'EMAIL', address: 'eve@example.com' },
      { ...phone, recipient: ana },
      { ...phone, recipient: { externalId: 'nobody' } },
    ]) {
      const answer = await eve.raw({ query, variables: { input } });
      expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
    }
    const unnamed = await app.development.raw({ query, variables: { input: phone } });
    expect(unnamed.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('push to browsers', () => {
  const KEY = '{ webPushPublicKey }';
  const keyOf = async (gateway: Gateway) =>
    (await gateway.query<{ webPushPublicKey: string | null }>(KEY)).webPushPublicKey;

  test('works from the start, under a key of each environment’s own', async () => {
    const keys = [await keyOf(app.production), await keyOf(app.development)];
    for (const key of keys) expect(Buffer.from(key ?? '', 'base64url')).toHaveLength(65);
    expect(keys[0]).not.toBe(keys[1]);
    expect(await keyOf(await app.production.as('ana'))).toBe(keys[0]);
    expect((await app.production.raw({ query: KEY }, { authorization: '' })).errors[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('a new integration that is given no keys makes some; one that is changed keeps them', async () => {
    const before = await keyOf(app.development);
    const more = { channel: 'WEB_PUSH', order: 1 };
    await app.development.integration('second', 'web-push', { subject: 'mailto:ops@example.com' }, more);
    expect(await keyOf(app.development)).toBe(before);
    await app.development.integration('web-push', 'web-push', {}, { channel: 'WEB_PUSH', enabled: false });
    const second = await keyOf(app.development);
    expect(second).not.toBe(before);
    await app.development.integration('second', 'web-push', {}, more);
    expect(await keyOf(app.development)).toBe(second);
    await app.development.integration('second', 'web-push', {}, { ...more, enabled: false });
    expect(await keyOf(app.development)).toBeNull();
    await app.development.integration('web-push', 'web-push', {}, { channel: 'WEB_PUSH' });
    expect(await keyOf(app.development)).toBe(before);
    const answer = await app.development.attempt(
      'upsertIntegration',
      { key: 'phone', provider: 'apns', channel: 'MOBILE_PUSH', settings: { topic: 'com.example.app' } },
      'integration { id }',
    );
    expect(new Set(answer.userErrors.map(({ code }) => code))).toEqual(new Set(['INVALID_CREDENTIALS']));
  });

  test('a push is read by the browser, and its opening is recorded by the id that it carries', async () => {
    const browser = new BrowserPush();
    const anaHerself = await app.production.as('ana');
    const input = { channel: 'WEB_PUSH', address: JSON.stringify(browser.subscription(`${service.url}/1`)) };
    expect(await add(anaHerself, input)).toMatchObject({ created: true });
    await app.production.category('news', { channels: ['WEB_PUSH'] });
    const sent = await app.production.sendAndFinish(ana, 'news');
    expect(sent).toMatchObject({
      state: 'COMPLETED',
      deliveries: [{ channel: 'WEB_PUSH', state: 'SENT', provider: 'web-push', address: `${service.url}/…` }],
    });
    const payload = JSON.parse(browser.read(service.requests[0]?.bytes as Buffer)) as Record<string, string>;
    expect(payload).toMatchObject({ title: 'Hello', body: 'World', notificationId: sent.id });
    const opened = { notification: payload['notificationId'], kind: 'OPENED' };
    expect(await anaHerself.mutate('recordEngagement', opened, 'recorded')).toMatchObject({ recorded: true });
    const ben = await app.production.as('ben');
    expect(codes(await ben.attempt('recordEngagement', opened, 'recorded'))).toEqual(['input.notification: NOT_FOUND']);
  });

  test('a browser that is gone is retired, and in use again when it says so', async () => {
    service.mode = { status: 410, body: '' };
    const gone = await app.production.sendAndFinish(ana, 'news');
    expect(gone.deliveries).toMatchObject([{ state: 'UNDELIVERED' }]);
    const [retired] = await endpointsOf(app.production, 'ana');
    expect(retired?.retiredAt).toMatch(/^\d{4}-/);
    expect(retired?.retiredReason).toMatch(/\w/);
    service.mode = 'ok';
    const browser = new BrowserPush();
    const input = { channel: 'WEB_PUSH', address: JSON.stringify(browser.subscription(`${service.url}/2`)) };
    await add(await app.production.as('ana'), input);
    expect((await app.production.sendAndFinish(ana, 'news')).state).toBe('COMPLETED');
  });

  test('a retired address that is added again is in use again', async () => {
    await app.development.person('fay');
    const phone = { recipient: { externalId: 'fay' }, channel: 'MOBILE_PUSH', address: 'fay-1', platform: 'ANDROID' };
    const { endpoint } = await add(app.development, phone);
    await app.development.mutate('setSimulatorBehavior', { address: 'fay-1', behavior: 'GONE' }, 'behavior');
    await app.development.category('pings', { channels: ['MOBILE_PUSH'] });
    await app.development.sendAndFinish({ externalId: 'fay' }, 'pings');
    expect((await endpointsOf(app.development, 'fay'))[0]?.retiredAt).not.toBeNull();
    expect(await add(app.development, phone)).toEqual({ endpoint, created: false, userErrors: [] });
    await app.development.mutate('setSimulatorBehavior', { address: 'fay-1', behavior: 'ACCEPT' }, 'behavior');
    expect((await app.development.sendAndFinish({ externalId: 'fay' }, 'pings')).state).toBe('COMPLETED');
  });
});
