import { generateKeyPairSync } from 'node:crypto';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { importSPKI, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { apns } from '../../src/providers/apns.js';
import { decodeId } from '../../src/base/ids.js';
import type { Call, Carrier } from '../../src/providers/provider.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import type { LoggedRequest, Mode, Reply } from '../support/provider-server.js';
import { PushServer } from '../support/push-server.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const SECRETS = { key: privateKey, keyId: 'ABC123DEFG', teamId: 'TEAM123456' };
const TOKEN = '0a1b2c3d'.repeat(8);
/** The attempt's own name, as a UUID. */
const APNS_ID = 'f06babbb-dfb0-80fd-b4b7-2ff0691c1522';

/** Apple says yes with a header, and names the request by the id that came with it. */
const yes = (request: LoggedRequest): Reply => ({
  status: 200,
  headers: { 'apns-id': String(request.headers['apns-id']).toUpperCase() },
  body: '',
});

function refusal(status: number, reason: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'apns-id': APNS_ID, ...headers }, body: JSON.stringify({ reason }) };
}

function open(baseUrl: string, settings: object = {}, clock = noon): Carrier {
  const provider = apns(clock);
  return provider.open(
    provider.settings.parse({ topic: 'com.example.app', baseUrl, ...settings }),
    provider.credentials.parse(SECRETS),
  );
}

interface Payload extends Record<string, unknown> {
  aps: { alert: { title?: string; body: string }; sound: string };
  url?: string;
}

function payloadOf(request: LoggedRequest): Payload {
  return JSON.parse(request.body) as Payload;
}

describeProvider({
  name: 'apns',
  channel: 'MOBILE_PUSH',
  address: TOKEN,
  open,
  start: PushServer.start,
  yes,
  providerId: APNS_ID,
  unauthorized: refusal(403, 'InvalidProviderToken'),
  rejected: refusal(413, 'PayloadTooLarge'),
  limited: refusal(429, 'TooManyProviderTokenUpdates'),
  sent: (request) => {
    const { aps, url } = payloadOf(request);
    return { to: request.path.replace('/3/device/', ''), texts: [aps.alert.title ?? '', aps.alert.body, url ?? ''] };
  },
  attemptIn: (request) => payloadOf(request)['tidings_attempt'] as string,
});

const push = call('MOBILE_PUSH', TOKEN);
const soon = () => AbortSignal.timeout(8_000);

describe('apns', () => {
  async function send(mode: Mode, more: Partial<Call> & { settings?: object } = {}) {
    await using server = await PushServer.start(yes);
    server.mode = mode;
    const { settings, ...rest } = more;
    const carrier = open(server.url, settings);
    const answer = await carrier.send({ ...push, ...rest }, soon());
    carrier.close?.();
    return { answer, request: server.requests[0] as LoggedRequest, requests: server.requests.length };
  }
  const content = (more: object) => ({ content: { ...push.content, ...more } });

  it('is told the app, the attempt and the notification, so that a repetition replaces what is there', async () => {
    const { request } = await send('ok');
    const id = payloadOf(request)['tidings_notification'] as string;
    expect(decodeId('notification', id)).toBe(push.notificationId);
    expect(request).toMatchObject({ method: 'POST', path: `/3/device/${TOKEN}` });
    expect(request.headers).toMatchObject({
      'apns-topic': 'com.example.app',
      'apns-id': APNS_ID,
      'apns-collapse-id': id,
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': String(noon.now().getTime() / 1000 + 86_400),
    });
    expect(Buffer.byteLength(id)).toBeLessThanOrEqual(64);
    const now = await send('ok', { settings: { ttlSeconds: 0 }, category: { key: 'news', class: 'MARKETING' } });
    expect(now.request.headers).toMatchObject({ 'apns-expiration': '0', 'apns-priority': '5' });
  });

  it('carries our own data beside what is shown, and never in its place', async () => {
    const { request } = await send('ok', content({ data: { order: 17, aps: { alert: 'forged' } }, title: null }));
    expect(payloadOf(request)).toMatchObject({ order: 17, tidings_attempt: push.attemptId });
    expect(payloadOf(request).aps).toEqual({ alert: { body: 'It is on its way.' }, sound: 'default' });
  });

  it('gets a long text as far as it fits, and nothing where data alone is too large', async () => {
    const { request } = await send('ok', content({ body: '🐎'.repeat(3_000) }));
    const size = Buffer.byteLength(request.body);
    expect(size).toBeLessThanOrEqual(4096);
    expect(size).toBeGreaterThan(4096 - 7);
    expect(payloadOf(request).aps.alert.body).toMatch(/^(🐎)+…$/u);
    const large = await send('ok', content({ data: { blob: 'x'.repeat(4096) } }));
    expect(large).toMatchObject({ answer: { kind: 'rejected', code: 'PAYLOAD_TOO_LARGE' }, requests: 0 });
  });

  it.each<[number, string, string]>([
    [410, 'Unregistered', 'gone'],
    [410, 'ExpiredToken', 'gone'],
    [400, 'BadDeviceToken', 'gone'],
    [400, 'DeviceTokenNotForTopic', 'misconfigured'],
    [400, 'TopicDisallowed', 'misconfigured'],
    [400, 'BadCollapseId', 'rejected'],
    [400, 'IdleTimeout', 'retry'],
    [403, 'BadCertificateEnvironment', 'misconfigured'],
    [404, 'BadPath', 'misconfigured'],
    [413, 'PayloadTooLarge', 'rejected'],
    [429, 'TooManyRequests', 'retry'],
    [500, 'InternalServerError', 'retry'],
    [503, 'ServiceUnavailable', 'retry'],
    [503, 'Shutdown', 'retry'],
    [400, 'SomethingNew', 'rejected'],
  ])('says %d %s: %s', async (status, reason, kind) =>
    expect((await send(refusal(status, reason))).answer).toMatchObject({ kind, httpStatus: status, code: reason }),
  );

  it('that has enough of one device is not too slow for the others', async () =>
    expect((await send(refusal(429, 'TooManyRequests', { 'retry-after': '30' }))).answer).toMatchObject({
      kind: 'retry',
      rateLimited: false,
      retryAt: new Date(noon.now().getTime() + 30_000),
    }));

  it.each<[string, Reply]>([
    ['without an id', { status: 200, body: '' }],
    ['with an id that is none', { status: 200, headers: { 'apns-id': 'x' }, body: '' }],
    ['with something to read', { status: 200, headers: { 'apns-id': APNS_ID }, body: '<h1>Welcome</h1>' }],
  ])('proves nothing %s', async (_name, mode) =>
    expect((await send(mode)).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }),
  );

  it('of nobody’s own words at 404 is a wrong host, not a dead device', async () =>
    expect((await send({ status: 404, body: 'not here' })).answer.kind).toBe('misconfigured'));

  it.each<[object, object, boolean]>([
    [{ topic: 'com.example.app' }, SECRETS, true],
    [{ topic: 'com.example.app', production: false, ttlSeconds: 0 }, SECRETS, true],
    [{}, SECRETS, false],
    [{ topic: 'com example' }, SECRETS, false],
    [{ topic: 'com.example.app', other: 1 }, SECRETS, false],
    [{ topic: 'com.example.app' }, { ...SECRETS, key: 'x' }, false],
    [{ topic: 'com.example.app' }, { ...SECRETS, keyId: 'short' }, false],
    [{ topic: 'com.example.app' }, { ...SECRETS, teamId: undefined }, false],
  ])('takes settings %j and credentials: %#', (settings, credentials, taken) => {
    const provider = apns(noon);
    const both = provider.settings.safeParse(settings).success && provider.credentials.safeParse(credentials).success;
    expect(both).toBe(taken);
  });
});

describe('the token by which Apple knows us', () => {
  const bearer = (request: LoggedRequest | undefined) => request?.headers.authorization?.replace('bearer ', '') ?? '';

  it('is signed with our key, kept for 50 minutes, and made anew before Apple’s hour is over', async () => {
    await using server = await PushServer.start(yes);
    let minutes = 0;
    const clock = { now: () => new Date(noon.now().getTime() + minutes * 60_000) };
    const carrier = open(server.url, {}, clock);
    for (minutes of [0, 49, 51]) await carrier.send(push, soon());
    const [first, second, third] = server.requests.map(bearer);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    const key = await importSPKI(publicKey, 'ES256');
    const { payload, protectedHeader } = await jwtVerify(third as string, key);
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: SECRETS.keyId });
    expect(payload).toEqual({ iss: SECRETS.teamId, iat: clock.now().getTime() / 1000 });
    carrier.close?.();
  });

  it('that Apple calls expired is made anew, but not before 20 minutes', async () => {
    await using server = await PushServer.start(yes);
    let minutes = 0;
    const clock = { now: () => new Date(noon.now().getTime() + minutes * 60_000) };
    const carrier = open(server.url, {}, clock);
    await carrier.send(push, soon());
    server.mode = refusal(403, 'ExpiredProviderToken');
    minutes = 25;
    expect(await carrier.send(push, soon())).toMatchObject({ kind: 'retry', rateLimited: false, retryAt: null });
    expect(await carrier.send(push, soon())).toMatchObject({
      kind: 'retry',
      retryAt: new Date(noon.now().getTime() + 45 * 60_000),
    });
    for (minutes of [44, 45]) await carrier.send(push, soon());
    const tokens = server.requests.map(bearer);
    expect(tokens.map((token) => tokens.indexOf(token))).toEqual([0, 0, 2, 2, 4]);
    carrier.close?.();
  });
});

describe('the connection to Apple', () => {
  it('is kept: pushes share it, each on a stream of its own', async () => {
    await using server = await PushServer.start(yes);
    const carrier = open(server.url);
    await carrier.send(push, soon());
    const answers = await Promise.all(Array.from({ length: 20 }, () => carrier.send(push, soon())));
    expect(new Set(answers.map((answer) => answer.kind))).toEqual(new Set(['accepted']));
    expect(server.sessions).toHaveLength(1);
    carrier.close?.();
  });

  it('stays when one push comes to its deadline', async () => {
    await using server = await PushServer.start(yes);
    const carrier = open(server.url);
    server.mode = 'hang';
    const [first, second] = [new AbortController(), new AbortController()];
    let silent = 0;
    const both = new Promise<void>((resolve) => {
      server.onSilence = () => ++silent === 2 && resolve();
    });
    const sent = [first, second].map(({ signal }) => carrier.send(push, signal));
    await both;
    first.abort();
    expect((await sent[0])?.kind).toBe('unknown');
    expect(await server.requests[0]?.over).toEqual({ delivered: false });
    expect(server.sessions.map((session) => session.destroyed)).toEqual([false]);
    second.abort();
    expect((await sent[1])?.kind).toBe('unknown');
    server.mode = 'ok';
    expect((await carrier.send(push, soon())).kind).toBe('accepted');
    carrier.close?.();
  });

  it('on which Apple says goodbye in the middle of a push leaves its end unknown', async () => {
    await using server = await PushServer.start(yes);
    const carrier = open(server.url);
    server.meets = (stream) => {
      stream.session?.goaway(2);
      stream.session?.destroy();
      return true;
    };
    expect((await carrier.send(push, soon())).kind).toBe('unknown');
    server.meets = () => false;
    expect((await carrier.send(push, soon())).kind).toBe('accepted');
    expect(server.sessions).toHaveLength(2);
    carrier.close?.();
  });

  it.each<[string, (stream: ServerHttp2Stream) => void]>([
    ['that Apple did not look at', (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM)],
    ['after the last one that Apple looked at', (stream) => stream.session?.goaway(0, (stream.id ?? 0) - 2)],
  ])('a push %s is tried again', async (_name, meet) => {
    await using server = await PushServer.start(yes);
    const carrier = open(server.url);
    await carrier.send(push, soon());
    server.meets = (stream) => {
      meet(stream);
      return true;
    };
    expect((await carrier.send(push, soon())).kind).toBe('retry');
    server.meets = () => false;
    expect((await carrier.send(push, soon())).kind).toBe('accepted');
    carrier.close?.();
  });

  it('that ended while nobody used it is made anew', async () => {
    await using server = await PushServer.start(yes);
    const carrier = open(server.url);
    await carrier.send(push, soon());
    const [session] = server.sessions;
    const ended = new Promise((resolve) => session?.once('close', resolve));
    session?.close();
    await ended;
    // The goodbye may still be on its way: then the push was not looked at.
    const answers = [await carrier.send(push, soon()), await carrier.send(push, soon())].map(({ kind }) => kind);
    expect(answers).not.toContain('unknown');
    expect(answers[1]).toBe('accepted');
    expect(server.sessions).toHaveLength(2);
    carrier.close?.();
  });

  it('lets what runs end when it is closed', async () => {
    await using server = await PushServer.start(yes);
    const carrier = open(server.url);
    let go = (): void => undefined;
    const read = new Promise<void>((resolve) => {
      server.meets = (stream) => {
        go = () => {
          stream.respond({ ':status': 200, 'apns-id': APNS_ID });
          stream.end();
        };
        resolve();
        return true;
      };
    });
    const sent = carrier.send(push, soon());
    await read;
    carrier.close?.();
    go();
    expect((await sent).kind).toBe('accepted');
  });
});
