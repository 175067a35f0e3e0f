import { describe, expect, it } from 'vitest';
import type { Callback } from '../../src/providers/callback.js';
import { vonage } from '../../src/providers/vonage.js';
import { NOON } from '../support/arbitraries.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { describeCallbacks, toCallback } from '../support/callback-contract.js';
import { asJson, receipt, SECRETS, SETTINGS, sign, vonageCallbacks } from '../support/callbacks/vonage.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const part = (status: string, id: string | null) => ({
  to: '14155550123',
  status,
  ...(id === null ? { 'error-text': 'no' } : { 'message-id': id }),
});
const parts = (...all: object[]): Reply => json(200, { 'message-count': String(all.length), messages: all });
const yes = (): Reply => parts(part('0', '0C01'));
const formOf = (request: LoggedRequest) => new URLSearchParams(request.body);

const FIXTURE: Fixture = {
  name: 'vonage',
  channel: 'SMS',
  address: '+14155550123',
  open: (baseUrl) => vonage(noon).open({ ...SETTINGS, baseUrl }, SECRETS),
  yes,
  providerId: '0C01',
  unauthorized: parts(part('4', null)),
  rejected: parts(part('6', null)),
  limited: { status: 429, body: '' },
  sent: (request) => ({ to: `+${formOf(request).get('to')}`, texts: [formOf(request).get('text') ?? ''] }),
  attemptIn: (request) => formOf(request).get('client-ref') ?? undefined,
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

const read = (callback: Callback, secrets: object = SECRETS) =>
  vonage(noon).read?.(callback, SETTINGS, secrets as typeof SECRETS);

describeCallbacks({ ...vonageCallbacks, read: (callback) => read(callback) as never });

describe('vonage, when it calls back', () => {
  it.each<[string, string, string | null]>([
    ['accepted', '0', 'ACCEPTED'],
    ['buffered', '0', 'DEFERRED'],
    ['unknown', '0', null],
    ['failed', '1', 'SOFT_BOUNCED'],
    ['undeliverable', '3', 'BOUNCED'],
    ['rejected', '6', 'REJECTED'],
    ['failed', '12', 'BOUNCED'],
    ['failed', '99', 'SOFT_BOUNCED'],
    ['expired', '0', 'SOFT_BOUNCED'],
    ['failed', '', 'REJECTED'],
  ])('with "%s" and error %s means %s', (status, code, means) =>
    expect(read(asJson(receipt(status, code)))).toMatchObject({ events: [{ type: status, means }] }),
  );

  it('may do so by GET, or with a form', () => {
    const query = new URLSearchParams(sign(receipt('delivered', '0'), NOON) as Record<string, string>).toString();
    const url = `https://tidings.example.com/webhooks/int_1?${query}`;
    const get = toCallback({ body: Buffer.alloc(0), method: 'GET', url });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = toCallback({ body: Buffer.from(query), headers });
    for (const callback of [get, post])
      expect(read(callback)).toMatchObject({ events: [{ means: 'DELIVERED', attemptId: 'ntf_of-ana.0.1' }] });
  });

  it('is not believed where we do not know its signature secret', () =>
    expect(read(asJson(receipt('delivered', '0')), { apiKey: 'a', apiSecret: 'b' })).toMatchObject({ kind: 'forged' }));
});

describe('vonage', () => {
  async function send(mode: ProviderServer['mode'], body = 'It is on its way.', callbackUrl?: null) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('SMS', '+14155550123', callbackUrl === null ? { callbackUrl } : {});
    const carrier = vonage(noon).open({ ...SETTINGS, baseUrl: server.url }, SECRETS);
    const answer = await carrier.send(
      { ...message, content: { ...message.content, body } },
      AbortSignal.timeout(8_000),
    );
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked with our key, by numbers without +, and told where to report', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/sms/json']);
    expect(Object.fromEntries(formOf(request))).toEqual({
      api_key: 'of-ana',
      api_secret: 'hush',
      from: '15005550006',
      to: '14155550123',
      text: 'Your order\nIt is on its way.',
      'client-ref': call('SMS', '').attemptId,
      callback: call('SMS', '').callbackUrl,
    });
    expect(formOf((await send('ok', 'x', null)).request).has('callback')).toBe(false);
  });

  it.each([
    ['plain @ £ € [ä]', null],
    ['日本', 'unicode'],
    ['ç', 'unicode'],
    ['🐎', 'unicode'],
  ])('is told what "%s" is written in: %s', async (text, type) =>
    expect(formOf((await send('ok', text)).request).get('type')).toBe(type),
  );

  it.each<[string, object]>([
    ['1', { kind: 'retry', rateLimited: true }],
    ['3', { kind: 'rejected' }],
    ['5', { kind: 'retry', rateLimited: false }],
    ['7', { kind: 'rejected' }],
    ['9', { kind: 'misconfigured' }],
    ['10', { kind: 'retry', rateLimited: true }],
    ['15', { kind: 'misconfigured' }],
    ['29', { kind: 'rejected' }],
    ['33', { kind: 'gone' }],
    ['77', { kind: 'rejected' }],
  ])('answers 200 with status %s: %j', async (status, outcome) =>
    expect((await send(parts(part(status, null)))).answer).toMatchObject({ ...outcome, code: status, detail: 'no' }),
  );

  it('takes a long text by all its parts; one that it refuses leaves all in doubt', async () => {
    expect((await send(parts(part('0', '0C01'), part('0', '0C02')))).answer).toMatchObject({
      kind: 'accepted',
      providerId: '0C01',
    });
    expect((await send(parts(part('0', '0C01'), part('1', null)))).answer).toMatchObject({
      kind: 'unknown',
      code: '1',
      detail: 'taken in part',
    });
    expect((await send(json(200, { messages: [] }))).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' });
  });

  it('that answers 404 is a wrong host, not a dead phone', async () =>
    expect((await send({ status: 404, body: 'not here' })).answer.kind).toBe('misconfigured'));
});
