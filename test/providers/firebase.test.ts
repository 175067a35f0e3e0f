import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt, importSPKI, jwtVerify } from 'jose';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeId } from '../../src/base/ids.js';
import { firebase } from '../../src/providers/firebase.js';
import type { Call } from '../../src/providers/provider.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { deadUrl, ProviderServer, type LoggedRequest, type Mode, type Reply } from '../support/provider-server.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Google's token endpoint. */
const bearer = (): Reply => json(200, { access_token: 'ya29.of-ana', expires_in: 3599, token_type: 'Bearer' });
const google = await ProviderServer.start(bearer);
afterAll(() => google[Symbol.asyncDispose]());
beforeEach(() => {
  google.mode = 'ok';
});

const ACCOUNT = {
  type: 'service_account',
  project_id: 'shop-1234',
  client_email: 'push@shop-1234.iam.gserviceaccount.com',
  private_key: privateKey,
  private_key_id: 'k1',
  token_uri: google.url,
};

const NAME = 'projects/shop-1234/messages/0:1500415314455276%31bd1c96';
const yes = (): Reply => json(200, { name: NAME });

function open(baseUrl: string, account: object = ACCOUNT, settings: object = {}) {
  const provider = firebase(noon);
  return provider.open(
    provider.settings.parse({ baseUrl, ...settings }),
    provider.credentials.parse({ serviceAccount: account }),
  );
}

/** As FCM words its errors (google.rpc.Status). */
function problem(status: number, rpc: string, errorCode: string | null, more: object[] = []): Reply {
  const fcm = errorCode ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] : [];
  return json(status, { error: { code: status, message: 'no, said FCM', status: rpc, details: [...fcm, ...more] } });
}

interface Message {
  token: string;
  notification: { title?: string; body: string };
  data: Record<string, string>;
  android: { collapse_key: string; priority: string; ttl: string; notification: { tag: string } };
  apns: { headers: Record<string, string> };
  webpush: { headers: Record<string, string>; notification: object; fcmOptions?: { link: string } };
}

function messageOf(request: LoggedRequest): Message {
  return (JSON.parse(request.body) as { message: Message }).message;
}

describeProvider({
  name: 'firebase',
  channel: 'MOBILE_PUSH',
  address: 'fcm-token-of-ana:APA91b',
  open,
  yes,
  providerId: NAME,
  unauthorized: problem(401, 'UNAUTHENTICATED', null),
  rejected: problem(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'),
  limited: problem(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'),
  sent: (request) => {
    const { token, notification, data } = messageOf(request);
    return { to: token, texts: [notification.title ?? '', notification.body, ...Object.values(data)] };
  },
  attemptIn: (request) => messageOf(request).data['tidings_attempt'],
});

describe('firebase', () => {
  async function send(mode: Mode, more: Partial<Call> & { settings?: object } = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const { settings, ...rest } = more;
    const carrier = open(server.url, ACCOUNT, settings);
    const answer = await carrier.send({ ...call('MOBILE_PUSH', 'token-of-ana'), ...rest }, AbortSignal.timeout(8_000));
    carrier.close?.();
    return { answer, request: server.requests[0] as LoggedRequest, requests: server.requests.length };
  }
  const content = (more: object) => ({ content: { ...call('MOBILE_PUSH', '').content, ...more } });

  it('is asked at the address of our project, with the token of our account', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/v1/projects/shop-1234/messages:send']);
    expect(request.headers.authorization).toBe('Bearer ya29.of-ana');
    const other = await send('ok', { settings: { projectId: 'other-1' } });
    expect(other.request.path).toBe('/v1/projects/other-1/messages:send');
  });

  it('is told by which notification and attempt, so that a repetition replaces what is there', async () => {
    const { request } = await send('ok', content({ url: 'https://e.com/1' }));
    const { data, android, apns, webpush } = messageOf(request);
    const id = data['tidings_notification'] as string;
    expect(id).toMatch(/^ntf_[0-9a-z]{26}$/);
    expect(decodeId('notification', id)).toBe(call('EMAIL', '').notificationId);
    expect(data).toMatchObject({ tidings_attempt: call('EMAIL', '').attemptId, url: 'https://e.com/1' });
    expect(android).toEqual({ collapse_key: id, priority: 'high', ttl: '86400s', notification: { tag: id } });
    expect(apns.headers).toEqual({
      'apns-collapse-id': id,
      'apns-priority': '10',
      'apns-expiration': String(noon.now().getTime() / 1000 + 86_400),
    });
    expect(webpush.headers).toEqual({ Topic: id, TTL: '86400', Urgency: 'high' });
    expect(webpush.fcmOptions).toEqual({ link: 'https://e.com/1' });
  });

  it('carries our own data as texts, and no link that it would refuse', async () => {
    const data = { order: 17, lines: [{ sku: 'a' }], note: 'x', none: null, tidings_attempt: 'forged' };
    const { request } = await send('ok', content({ url: 'http://e.com/1', data }));
    expect(messageOf(request).data).toMatchObject({
      order: '17',
      lines: '[{"sku":"a"}]',
      note: 'x',
      none: 'null',
      tidings_attempt: call('EMAIL', '').attemptId,
    });
    expect(messageOf(request).webpush.fcmOptions).toBeUndefined();
  });

  it('shows a title only where there is one, and does not wake anybody for marketing', async () => {
    const { request } = await send('ok', {
      ...content({ title: null }),
      category: { key: 'news', class: 'MARKETING' },
    });
    expect(messageOf(request).notification).toEqual({ body: 'It is on its way.' });
    expect(messageOf(request).android.priority).toBe('normal');
  });

  it('gets a long text as far as it fits, and nothing where data alone is too large', async () => {
    const { request } = await send('ok', content({ body: '日本'.repeat(3_000) }));
    const { notification, data } = messageOf(request);
    const bytes = Buffer.byteLength(JSON.stringify({ notification, data }));
    expect(bytes).toBeLessThanOrEqual(4096);
    expect(bytes).toBeGreaterThan(4096 - 6);
    expect(notification.body).toMatch(/^(日本)+日?…$/);
    const large = await send('ok', content({ data: { blob: 'x'.repeat(4096) } }));
    expect(large).toMatchObject({ answer: { kind: 'rejected', code: 'PAYLOAD_TOO_LARGE' }, requests: 0 });
  });

  const about = (field: string) => ({
    '@type': 'type.googleapis.com/google.rpc.BadRequest',
    fieldViolations: [{ field, description: 'Invalid' }],
  });

  it.each<[number, string, string | null, object[], string]>([
    [404, 'NOT_FOUND', 'UNREGISTERED', [], 'gone'],
    [403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH', [], 'rejected'],
    [403, 'PERMISSION_DENIED', null, [], 'misconfigured'],
    [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', [], 'rejected'],
    [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', [about('message.token')], 'gone'],
    [400, 'INVALID_ARGUMENT', null, [about('message.data[0].value')], 'rejected'],
    [401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR', [], 'misconfigured'],
    [500, 'INTERNAL', 'INTERNAL', [], 'retry'],
    [503, 'UNAVAILABLE', 'UNAVAILABLE', [], 'retry'],
    [404, 'NOT_FOUND', null, [], 'misconfigured'],
  ])('says %d %s %s %j: %s', async (status, rpc, code, details, kind) => {
    const { answer } = await send(problem(status, rpc, code, details));
    expect(answer).toMatchObject({ kind, httpStatus: status, code: code ?? rpc, detail: 'no, said FCM' });
  });

  it('proves nothing by a name that is none', async () =>
    expect((await send(json(200, { name: 'x' }))).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }));

  it.each<[object, object, boolean]>([
    [{}, { serviceAccount: ACCOUNT }, true],
    [{ projectId: 'shop-1234', ttlSeconds: 0 }, { serviceAccount: JSON.stringify(ACCOUNT) }, true],
    [{ projectId: 'Shop/1' }, { serviceAccount: ACCOUNT }, false],
    [{ ttlSeconds: 3_000_000 }, { serviceAccount: ACCOUNT }, false],
    [{}, { serviceAccount: '{' }, false],
    [{}, { serviceAccount: 'null' }, false],
    [{}, { serviceAccount: { ...ACCOUNT, private_key: 'x' } }, false],
    [{}, { serviceAccount: { ...ACCOUNT, client_email: undefined } }, false],
    [{ other: 1 }, { serviceAccount: ACCOUNT }, false],
    [{}, {}, false],
  ])('takes settings %j and credentials: %#', (settings, credentials, taken) => {
    const provider = firebase(noon);
    const both = provider.settings.safeParse(settings).success && provider.credentials.safeParse(credentials).success;
    expect(both).toBe(taken);
  });
});

describe('the access token of firebase', () => {
  const signal = () => AbortSignal.timeout(8_000);
  const push = call('MOBILE_PUSH', 'token-of-ana');

  it('is asked for once, in the name of the account, however many want it at once', async () => {
    await using server = await ProviderServer.start(yes);
    const before = google.requests.length;
    const carrier = open(server.url);
    const answers = await Promise.all([1, 2, 3].map(() => carrier.send(push, signal())));
    answers.push(await carrier.send(push, signal()));
    expect(answers.map((answer) => answer.kind)).toEqual(Array(4).fill('accepted'));
    expect(google.requests.length - before).toBe(1);
    const form = new URLSearchParams(google.requests[before]?.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const assertion = form.get('assertion') as string;
    const { payload, protectedHeader } = await jwtVerify(assertion, await importSPKI(publicKey, 'RS256'), {
      currentDate: noon.now(),
    });
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: 'k1' });
    expect(payload).toMatchObject({
      iss: ACCOUNT.client_email,
      aud: google.url,
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      exp: noon.now().getTime() / 1000 + 3600,
    });
    carrier.close?.();
  });

  it('is asked for again when it is about to end, or was refused', async () => {
    await using server = await ProviderServer.start(yes);
    let now = noon.now();
    const provider = firebase({ now: () => now });
    const carrier = provider.open(
      provider.settings.parse({ baseUrl: server.url }),
      provider.credentials.parse({ serviceAccount: ACCOUNT }),
    );
    const before = google.requests.length;
    const asked = async (minutes: number) => {
      now = new Date(noon.now().getTime() + minutes * 60_000);
      await carrier.send(push, signal());
      return google.requests.length - before;
    };
    expect([await asked(0), await asked(50), await asked(56)]).toEqual([1, 1, 2]);
    server.mode = problem(401, 'UNAUTHENTICATED', null);
    expect([await asked(57), await asked(57)]).toEqual([2, 3]);
    const issued = new URLSearchParams(google.requests.at(-1)?.body).get('assertion') as string;
    expect(decodeJwt(issued).iat).toBe(now.getTime() / 1000);
    carrier.close?.();
  });

  it.each<[string, Mode, object]>([
    [
      'a refused account',
      json(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }),
      { kind: 'misconfigured', code: 'invalid_grant', detail: 'no access token: Invalid JWT Signature.' },
    ],
    ['an unknown account', json(401, { error: 'invalid_client' }), { kind: 'misconfigured', code: 'invalid_client' }],
    ['a wrong address', { status: 404, body: 'not here' }, { kind: 'misconfigured', code: '404' }],
    ['trouble', { status: 503, body: '<h1>Oops</h1>' }, { kind: 'retry', rateLimited: false }],
    [
      'too many requests',
      { status: 429, headers: { 'retry-after': '30' }, body: '' },
      { kind: 'retry', rateLimited: true, retryAt: new Date(noon.now().getTime() + 30_000) },
    ],
    ['a page of some proxy', 'html 200', { kind: 'retry', code: '200' }],
    ['a cut connection', 'accept, then drop', { kind: 'retry', code: 'ECONNRESET' }],
  ])('%s: nothing has left', async (_name, mode, expected) => {
    await using server = await ProviderServer.start(yes);
    google.mode = mode;
    const carrier = open(server.url);
    expect(await carrier.send(push, signal())).toMatchObject(expected);
    expect(server.requests).toHaveLength(0);
    // What failed is not kept.
    google.mode = 'ok';
    expect(await carrier.send(push, signal())).toMatchObject({ kind: 'accepted' });
    carrier.close?.();
  });

  it('that nobody answers for is given up at the deadline, and its request with it', async () => {
    await using server = await ProviderServer.start(yes);
    const deadline = new AbortController();
    google.mode = 'hang';
    google.onSilence = () => deadline.abort();
    const carrier = open(server.url);
    const before = google.requests.length;
    expect(await carrier.send(push, deadline.signal)).toMatchObject({ kind: 'retry', code: 'DEADLINE' });
    expect(await google.requests[before]?.over).toEqual({ delivered: false });
    expect(server.requests).toHaveLength(0);
    carrier.close?.();
  });

  it('of an issuer that is not there is asked for again later', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = open(server.url, { ...ACCOUNT, token_uri: await deadUrl() });
    expect(await carrier.send(push, signal())).toMatchObject({ kind: 'retry', code: 'ECONNREFUSED' });
    carrier.close?.();
  });
});
