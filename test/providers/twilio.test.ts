import { describe, expect, it } from 'vitest';
import { twilio } from '../../src/providers/twilio.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const SECRETS = { accountSid: 'AC00000000000000000000000000000001', authToken: 'of-ana' };

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => json(201, { sid: 'SM01', status: 'queued', body: 'x' });

function open(baseUrl: string, from = '+15005550006') {
  return twilio(noon).open({ from, baseUrl }, SECRETS);
}

describeProvider({
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
