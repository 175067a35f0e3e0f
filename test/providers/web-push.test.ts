import { createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { egressTo } from '../../src/base/egress.js';
import { decodeId } from '../../src/base/ids.js';
import type { Call, Carrier } from '../../src/providers/provider.js';
import { webPush } from '../../src/providers/web-push.js';
import { BrowserPush } from '../support/browser-push.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Mode, type Reply } from '../support/provider-server.js';

const provider = webPush(noon, egressTo(['127.0.0.0/8']));
const KEYS = provider.generate?.() as { publicKey: string; privateKey: string };
const browser = new BrowserPush();

const LOCATION = 'https://push.example.net/message/qDIYHNcfAIPP_5ITvURr-d6BGt';
const yes = (): Reply => ({ status: 201, headers: { location: LOCATION }, body: '' });

function subscription(url: string): string {
  return JSON.stringify(browser.subscription(`${url}/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV`));
}

function open(settings: object = {}, of = provider): Carrier {
  return of.open(of.settings.parse({ subject: 'mailto:ops@example.com', ...settings }), of.credentials.parse(KEYS));
}

/** The one vendor whose address says where it is: what is sent to ana goes to her browser's server, wherever that is now. */
function openTo(baseUrl: string): Carrier {
  const carrier = open();
  return { ...carrier, send: (one, signal) => carrier.send({ ...one, address: subscription(baseUrl) }, signal) };
}

interface Payload extends Record<string, unknown> {
  title: string | null;
  body: string;
  url: string | null;
}

function payloadOf(request: LoggedRequest): Payload {
  return JSON.parse(browser.read(request.bytes)) as Payload;
}

describeProvider({
  name: 'web-push',
  channel: 'WEB_PUSH',
  address: 'the browser of ana',
  open: openTo,
  yes,
  providerId: LOCATION,
  unauthorized: { status: 403, body: JSON.stringify({ reason: 'BadJwtToken' }) },
  rejected: { status: 413, body: JSON.stringify({ code: 413, errno: 104, message: 'Data payload too large' }) },
  limited: { status: 429, body: '' },
  sent: (request) => {
    const { title, body, url } = payloadOf(request);
    return { to: 'the browser of ana', texts: [title ?? '', body, url ?? ''] };
  },
  attemptIn: (request) => payloadOf(request)['attemptId'] as string,
});

describe('web-push', () => {
  async function send(mode: Mode, more: Partial<Call> & { settings?: object } = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const { settings, ...rest } = more;
    const message = { ...call('WEB_PUSH', subscription(server.url)), ...rest };
    const answer = await open(settings).send(message, AbortSignal.timeout(8_000));
    return { answer, request: server.requests[0] as LoggedRequest, server, requests: server.requests.length };
  }
  const content = (more: object) => ({ content: { ...call('WEB_PUSH', '').content, ...more } });

  it('is told what to show, in a text that the browser alone can read, and by which notification and attempt', async () => {
    const { request } = await send('ok', content({ url: 'https://e.com/1', data: { order: 17 } }));
    const { notificationId, ...payload } = payloadOf(request);
    expect(decodeId('notification', notificationId as string)).toBe(call('WEB_PUSH', '').notificationId);
    expect(payload).toEqual({
      title: 'Your order',
      body: 'It is on its way.',
      url: 'https://e.com/1',
      data: { order: 17 },
      attemptId: call('WEB_PUSH', '').attemptId,
      tag: notificationId,
    });
    expect(request.bytes.includes('on its way')).toBe(false);
    expect(() => new BrowserPush().read(request.bytes)).toThrow(/authenticate/);
  });

  it('says how long, how urgent, and what a repetition replaces', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV']);
    expect(request.headers).toMatchObject({ ttl: '86400', urgency: 'high', 'content-encoding': 'aes128gcm' });
    expect(request.headers['topic']).toMatch(/^[A-Za-z0-9_-]{1,32}$/);
    expect(request.headers['topic']).toBe(payloadOf(request)['tag']);
    const other = await send('ok', { settings: { ttlSeconds: 0 }, category: { key: 'news', class: 'MARKETING' } });
    expect(other.request.headers).toMatchObject({ ttl: '0', urgency: 'normal' });
  });

  it('knows us by our VAPID keys (RFC 8292)', async () => {
    const { request, server } = await send('ok');
    const [, token, key] = /^vapid t=([^,]+), ?k=(.+)$/.exec(
      request.headers.authorization ?? '',
    ) as unknown as string[];
    expect(key).toBe(KEYS.publicKey);
    const point = Buffer.from(KEYS.publicKey, 'base64url');
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    };
    const { payload } = await jwtVerify(token as string, createPublicKey({ key: jwk, format: 'jwk' }));
    expect(payload).toMatchObject({ sub: 'mailto:ops@example.com', aud: `http://${request.headers.host}` });
    expect(server.requests).toHaveLength(1);
  });

  it('gets a long text as far as it fits, and nothing where data alone is too large', async () => {
    const { request } = await send('ok', content({ body: '日'.repeat(3_000) }));
    expect(request.bytes.length).toBeLessThanOrEqual(4096);
    expect(request.bytes.length).toBeGreaterThan(4096 - 6);
    expect(payloadOf(request).body).toMatch(/^日+…$/);
    const large = await send('ok', content({ data: { blob: 'x'.repeat(4096) } }));
    expect(large).toMatchObject({ answer: { kind: 'rejected', code: 'PAYLOAD_TOO_LARGE' }, requests: 0 });
  });

  it.each<[string, Reply, object]>([
    ['a subscription that ended', { status: 410, body: '{"code":410,"errno":106}' }, { kind: 'gone', code: '106' }],
    ['an unknown subscription', { status: 404, body: '' }, { kind: 'gone', code: '404' }],
    ['a bad signature', { status: 401, body: 'no' }, { kind: 'misconfigured', code: '401', detail: 'no' }],
    ['a push that is too large', { status: 413, body: '' }, { kind: 'rejected' }],
    ['a bad request', { status: 400, body: '{"reason":"BadTopic"}' }, { kind: 'rejected', code: 'BadTopic' }],
    [
      'keys that are not those of the subscription, at Apple’s',
      { status: 403, body: '{"reason":"VapidPkHashMismatch"}' },
      { kind: 'rejected', code: 'VapidPkHashMismatch' },
    ],
    [
      'keys that are not those of the subscription, at Google’s',
      {
        status: 403,
        body: 'the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.\n',
      },
      { kind: 'rejected', code: '403' },
    ],
    ['a yes that is for later', { status: 202, headers: { location: LOCATION }, body: '' }, { kind: 'accepted' }],
    ['a yes to nothing', { status: 202, body: '' }, { kind: 'unknown', code: 'NOT_PROVEN' }],
    ['a yes without an address', { status: 201, body: '' }, { kind: 'accepted', providerId: null }],
  ])('%s', async (_name, mode, expected) => expect((await send(mode)).answer).toMatchObject(expected));

  it('does not go where a browser must not send us', async () => {
    await using server = await ProviderServer.start(yes);
    const guarded = open({}, webPush(noon, egressTo([])));
    const inside = ['http://127.0.0.1', server.url, 'https://169.254.169.254', 'https://10.0.0.1'];
    for (const url of inside)
      expect(await guarded.send(call('WEB_PUSH', subscription(url)), AbortSignal.timeout(8_000))).toMatchObject({
        kind: 'rejected',
        code: 'EGRESS_REFUSED',
      });
    expect(server.requests).toHaveLength(0);
  });

  it('retires what is no subscription', async () =>
    expect((await send('ok', { address: 'ana' })).answer).toMatchObject({
      kind: 'gone',
      code: 'INVALID_SUBSCRIPTION',
    }));

  it('makes keys of its own, each time others', () => {
    const other = provider.generate?.() as typeof KEYS;
    expect(Buffer.from(other.publicKey, 'base64url')).toHaveLength(65);
    expect(Buffer.from(other.privateKey, 'base64url')).toHaveLength(32);
    expect(other).not.toEqual(KEYS);
    expect(provider.credentials.safeParse(other).success).toBe(true);
  });

  it.each<[object, object, boolean]>([
    [{}, KEYS, true],
    [{ subject: 'https://example.com/contact', ttlSeconds: 60 }, KEYS, true],
    [{ subject: 'ops@example.com' }, KEYS, false],
    [{ subject: 'http://example.com' }, KEYS, false],
    [{ other: 1 }, KEYS, false],
    [{}, {}, false],
    [{}, { ...KEYS, privateKey: provider.generate?.().privateKey }, false],
    [{}, { ...KEYS, privateKey: 'x' }, false],
    [{}, { ...KEYS, publicKey: 'x' }, false],
  ])('takes settings %j and keys: %#', (settings, keys, taken) => {
    const both = provider.settings.safeParse(settings).success && provider.credentials.safeParse(keys).success;
    expect(both).toBe(taken);
  });
});
