import { describe, expect, it } from 'vitest';
import { twilio } from '../../src/providers/twilio.js';
import { NOON } from '../support/arbitraries.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { describeCallbacks } from '../support/callback-contract.js';
import {
  attemptId,
  callbackUrl,
  SECRETS,
  status,
  twilioCallbacks,
  URL_OF_ATTEMPT,
} from '../support/callbacks/twilio.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';
import { signedByTwilio } from '../support/twilio-signer.js';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => json(201, { sid: 'SM01', status: 'queued', body: 'x' });

function open(baseUrl: string, from = '+15005550006') {
  return twilio(noon).open({ from, baseUrl }, SECRETS);
}

const FIXTURE: Fixture = {
  name: 'twilio',
  channel: 'SMS',
  address: '+14155550123',
  open,
  yes,
  providerId: 'SM01',
  unauthorized: json(401, { code: 20003, message: 'Authenticate', status: 401 }),
  rejected: json(400, { code: 21211, message: "The 'To' number is not a valid phone number.", status: 400 }),
  limited: json(429, { code: 20429, message: 'Too Many Requests', status: 429 }),
  sent: (request) => {
    const form = new URLSearchParams(request.body);
    return { to: form.get('To') ?? '', texts: [form.get('Body') ?? ''] };
  },
  attemptIn: (request) => {
    const reports = new URLSearchParams(request.body).get('StatusCallback');
    return new URL(reports ?? '').searchParams.get('attempt') ?? undefined;
  },
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

function read(callback: Parameters<typeof signedByTwilio>[0], url = URL_OF_ATTEMPT, token = SECRETS.authToken) {
  const signed = signedByTwilio(callback, { token, url, now: NOON });
  return twilio(noon).read?.(signed, { from: '+15005550006' }, SECRETS);
}

describeCallbacks({
  ...twilioCallbacks,
  read: (callback) => twilio(noon).read?.(callback, { from: '+15005550006' }, SECRETS) as never,
});

describe('twilio, when it calls back', () => {
  it.each<[string, number | undefined, string | null]>([
    ['queued', undefined, 'ACCEPTED'],
    ['accepted', undefined, null],
    ['sending', undefined, null],
    ['sent', undefined, 'ACCEPTED'],
    ['read', undefined, 'READ'],
    ['canceled', undefined, 'REJECTED'],
    ['something-new', undefined, null],
    ['undelivered', 30003, 'SOFT_BOUNCED'],
    ['undelivered', 30004, 'REJECTED'],
    ['undelivered', 30005, 'BOUNCED'],
    ['undelivered', 30006, 'BOUNCED'],
    ['failed', 30007, 'REJECTED'],
    ['failed', 30034, 'REJECTED'],
    ['failed', undefined, 'REJECTED'],
  ])('with "%s" and error %s means %s', (name, code, means) =>
    expect(read(status(name, code))).toMatchObject({ kind: 'events', events: [{ type: name, means }] }),
  );

  it('reads an answer that tells it to do nothing', () =>
    expect(read(status('sent'))).toMatchObject({
      reply: { contentType: 'text/xml', body: expect.stringContaining('<Response/>') as string },
    }));

  it('may sign the URL with the port of its scheme, or without the port that it has', () => {
    const plain = signedByTwilio(status('sent'), {
      token: SECRETS.authToken,
      url: URL_OF_ATTEMPT.replace('.com/', '.com:443/'),
      now: NOON,
    });
    const carrier = twilio(noon);
    const settings = { from: '+15005550006' };
    expect(carrier.read?.({ ...plain, url: URL_OF_ATTEMPT }, settings, SECRETS)).toMatchObject({ kind: 'events' });
    const bare = signedByTwilio(status('sent'), { token: SECRETS.authToken, url: URL_OF_ATTEMPT, now: NOON });
    const ported = { ...bare, url: URL_OF_ATTEMPT.replace('.com/', '.com:8443/') };
    expect(carrier.read?.(ported, settings, SECRETS)).toMatchObject({ kind: 'events' });
    const elsewhere = { ...bare, url: URL_OF_ATTEMPT.replace('tidings.', 'other.') };
    expect(carrier.read?.(elsewhere, settings, SECRETS)).toMatchObject({ kind: 'forged' });
  });

  it('may say everything in the URL', () => {
    const url = `${URL_OF_ATTEMPT}&${status('delivered')}`;
    const get = { ...signedByTwilio('', { token: SECRETS.authToken, url, now: NOON }), method: 'GET' };
    expect(twilio(noon).read?.(get, { from: '+15005550006' }, SECRETS)).toMatchObject({
      events: [{ means: 'DELIVERED', attemptId }],
    });
  });

  it('cannot have another attempt put into its URL', () => {
    const good = signedByTwilio(status('sent'), { token: SECRETS.authToken, url: URL_OF_ATTEMPT, now: NOON });
    const bent = { ...good, url: `${callbackUrl}?attempt=ntf_of-ben` };
    expect(twilio(noon).read?.(bent, { from: '+15005550006' }, SECRETS)).toMatchObject({ kind: 'forged' });
  });

  it('is not believed with the token of another account', () =>
    expect(read(status('sent'), URL_OF_ATTEMPT, 'of-ben')).toMatchObject({ kind: 'forged' }));
});

describe('twilio', () => {
  async function send(mode: ProviderServer['mode'], from?: string) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const answer = await open(server.url, from).send(call('SMS', '+14155550123'), AbortSignal.timeout(8_000));
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at the address of our account, with our token', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual([
      'POST',
      `/2010-04-01/Accounts/${SECRETS.accountSid}/Messages.json`,
    ]);
    expect(request.headers.authorization).toBe(`Basic ${btoa(`${SECRETS.accountSid}:${SECRETS.authToken}`)}`);
    expect(new URLSearchParams(request.body).get('Body')).toBe('Your order\nIt is on its way.');
  });

  it('sends as a number, or as a messaging service', async () => {
    const form = async (from: string) => new URLSearchParams((await send('ok', from)).request.body);
    expect((await form('+15005550006')).get('From')).toBe('+15005550006');
    const service = await form('MG00000000000000000000000000000001');
    expect([service.get('MessagingServiceSid'), service.get('From')]).toEqual([
      'MG00000000000000000000000000000001',
      null,
    ]);
  });

  it('is not asked for reports where nobody could hear them', async () => {
    await using server = await ProviderServer.start(yes);
    await open(server.url).send(call('SMS', '+14155550123', { callbackUrl: null }), AbortSignal.timeout(8_000));
    expect(new URLSearchParams(server.requests[0]?.body).has('StatusCallback')).toBe(false);
  });

  it.each<[number, number, string]>([
    [400, 21211, 'rejected'],
    [400, 21610, 'rejected'],
    [400, 21612, 'rejected'],
    [400, 21614, 'gone'],
    [400, 21635, 'gone'],
    [400, 21408, 'misconfigured'],
    [400, 21606, 'misconfigured'],
    [401, 20003, 'misconfigured'],
    [404, 20404, 'misconfigured'],
    [400, 99999, 'rejected'],
  ])('says %d with code %d: %s', async (status, code, kind) =>
    expect((await send(json(status, { code, message: 'no', status }))).answer).toMatchObject({
      kind,
      httpStatus: status,
      code: String(code),
      detail: 'no',
    }),
  );

  it('that answers 404 in nobody’s words is a wrong host, not a dead phone', async () =>
    expect((await send({ status: 404, body: 'not here' })).answer.kind).toBe('misconfigured'));

  it('proves nothing by a sid that is none', async () =>
    expect((await send(json(201, { sid: 'AC01' }))).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }));

  it.each<[object, boolean]>([
    [{ from: '+15005550006' }, true],
    [{ from: '' }, false],
    [{ from: '+15005550006', baseUrl: 'ftp://example.com' }, false],
    [{ from: '+15005550006', other: 1 }, false],
  ])('takes settings %j: %s', (settings, taken) =>
    expect(twilio(noon).settings.safeParse(settings).success).toBe(taken),
  );
});
