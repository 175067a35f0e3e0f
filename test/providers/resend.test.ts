import { describe, expect, it } from 'vitest';
import type { Callback, CallbackAnswer } from '../../src/providers/callback.js';
import type { Call } from '../../src/providers/provider.js';
import { resend } from '../../src/providers/resend.js';
import { NOON } from '../support/arbitraries.js';
import { describeCallbacks } from '../support/callback-contract.js';
import { ID, resendCallbacks, SECRET, signed, told } from '../support/callbacks/resend.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const CREDENTIALS = { apiKey: 're_of_ana' };

interface Mail {
  from: string;
  to: string[];
  reply_to?: string;
  subject: string;
  text: string;
  html?: string;
  headers?: Record<string, string>;
  attachments?: { filename: string; content: string; content_type: string; content_id?: string }[];
  tags: { name: string; value: string }[];
}

function mailOf(request: LoggedRequest): Mail {
  return JSON.parse(request.body) as Mail;
}

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const problem = (statusCode: number, name: string, message: string): Reply =>
  json(statusCode, { statusCode, name, message });
const yes = (): Reply => json(200, { id: ID });

function open(baseUrl: string, from = 'Tidings <hello@example.com>') {
  return resend(noon).open({ from, baseUrl }, CREDENTIALS);
}

describeProvider({
  name: 'resend',
  channel: 'EMAIL',
  address: 'ana@example.com',
  open,
  yes,
  providerId: ID,
  unauthorized: problem(401, 'missing_api_key', 'Missing API Key'),
  rejected: problem(422, 'validation_error', 'Invalid `to` field.'),
  limited: problem(429, 'rate_limit_exceeded', 'Too many requests.'),
  sent: (request) => {
    const { to, subject, text } = mailOf(request);
    return { to: to[0] ?? '', texts: [subject, text] };
  },
  carriesFiles: true,
  attachmentsIn: (request) =>
    (mailOf(request).attachments ?? []).map(({ filename, content, content_type: contentType }) => ({
      filename,
      contentType,
      bytes: Buffer.from(content, 'base64'),
    })),
  mailIn: (request) => {
    const { from, reply_to: replyTo, headers } = mailOf(request);
    return {
      from: /<(.*)>/.exec(from)?.[1] ?? '',
      replyTo: replyTo ?? '',
      header: headers?.['List-Unsubscribe'] ?? '',
    };
  },
  hasKey: true,
  keyIn: (request) => request.headers['idempotency-key'] as string | undefined,
});

describe('resend', () => {
  async function send(mode: ProviderServer['mode'], more: Partial<Call> = {}, from?: string) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const answer = await open(server.url, from).send(
      call('EMAIL', 'ana@example.com', more),
      AbortSignal.timeout(8_000),
    );
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at the address of mails, with our key, by a program that says its name', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/emails']);
    expect(request.headers).toMatchObject({ authorization: 'Bearer re_of_ana', 'user-agent': 'tidings' });
  });

  it.each([
    ['hello@example.com', 'hello@example.com'],
    ['Tidings <hello@example.com>', 'Tidings <hello@example.com>'],
    ['"Ana at Acme" <hello@example.com>', 'Ana at Acme <hello@example.com>'],
    ['Žofie 日本 <hello@example.com>', 'Žofie 日本 <hello@example.com>'],
  ])('gets a sender whose name stands in no quotes: %s', async (from, sent) =>
    expect(mailOf((await send('ok', {}, from)).request).from).toBe(sent),
  );

  it('gets HTML beside the text, and pictures for it by their names', async () => {
    const file = { contentType: 'image/png', bytes: Buffer.from('x') };
    const attachments = [
      { ...file, filename: 'a.png', contentId: null },
      { ...file, filename: 'b.png', contentId: 'logo' },
    ];
    const html = '<img src="cid:logo">';
    const content = { ...call('EMAIL', '').content, html, url: 'https://e.com/1', attachments };
    expect(mailOf((await send('ok', { content })).request)).toMatchObject({
      text: 'It is on its way.\n\nhttps://e.com/1',
      html,
      attachments: [
        { filename: 'a.png', content: 'eA==', content_type: 'image/png' },
        { filename: 'b.png', content: 'eA==', content_type: 'image/png', content_id: 'logo' },
      ],
    });
  });

  it('gets the same to the byte for every attempt of a delivery: else it refuses the key', async () => {
    const attempts = ['ntf_a.0.1', 'ntf_a.0.2'].map((attemptId) => send('ok', { attemptId, deliveryKey: 'ntf_a.0' }));
    const [first, again] = (await Promise.all(attempts)).map(({ request }) => request);
    expect(again?.body).toBe(first?.body);
    expect(again?.headers['idempotency-key']).toBe('ntf_a.0');
    expect(mailOf(first as LoggedRequest).tags).toEqual([{ name: 'tidings_delivery', value: 'ntf_a-0' }]);
  });

  it('gets tags of nothing but what it allows', async () => {
    for (const { name, value } of mailOf((await send('ok')).request).tags)
      for (const text of [name, value]) expect(text).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
  });

  it.each<[number, string, object]>([
    [400, 'validation_error', { kind: 'rejected' }],
    [400, 'invalid_idempotency_key', { kind: 'rejected' }],
    [401, 'restricted_api_key', { kind: 'misconfigured' }],
    [403, 'invalid_api_key', { kind: 'misconfigured' }],
    [403, 'suspended_api_key', { kind: 'misconfigured' }],
    [403, 'invalid_from_address', { kind: 'misconfigured' }],
    [422, 'invalid_from_address', { kind: 'misconfigured' }],
    // The domain is not verified, or one may write to oneself only.
    [403, 'validation_error', { kind: 'misconfigured' }],
    [404, 'not_found', { kind: 'misconfigured' }],
    [405, 'method_not_allowed', { kind: 'misconfigured' }],
    [409, 'concurrent_idempotent_requests', { kind: 'retry', rateLimited: false, retryAt: null }],
    [409, 'invalid_idempotent_request', { kind: 'unknown' }],
    [422, 'invalid_access', { kind: 'misconfigured' }],
    [422, 'invalid_attachment', { kind: 'rejected' }],
    [422, 'missing_required_field', { kind: 'rejected' }],
    [422, 'something_new', { kind: 'rejected' }],
    [429, 'daily_quota_exceeded', { kind: 'retry', rateLimited: true, retryAt: new Date(NOON.getTime() + 3_600_000) }],
    [429, 'monthly_quota_exceeded', { kind: 'misconfigured' }],
    [451, 'security_error', { kind: 'rejected' }],
    [500, 'application_error', { kind: 'retry', rateLimited: false }],
  ])('says %d %s', async (status, name, outcome) =>
    expect((await send(problem(status, name, 'because'))).answer).toMatchObject({
      ...outcome,
      httpStatus: status,
      code: name,
      detail: 'because',
    }),
  );

  it('that answers 404 in nobody’s words is a wrong host', async () =>
    expect((await send({ status: 404, body: 'not here' })).answer).toMatchObject({
      kind: 'misconfigured',
      code: '404',
    }));

  it('counts the seconds in ratelimit-reset', async () => {
    const limited = problem(429, 'rate_limit_exceeded', 'Too many requests.');
    const headers = { ...limited.headers, 'ratelimit-reset': '2' };
    expect((await send({ ...limited, headers })).answer).toMatchObject({ retryAt: new Date(NOON.getTime() + 2_000) });
  });

  it.each([
    ['an id that is none', json(200, { id: 'ok' })],
    ['another status', json(201, { id: ID })],
  ])('proves nothing by %s', async (_name, reply) =>
    expect((await send(reply)).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }),
  );
});

function read(callback: Callback, webhookSecret: string | null = SECRET) {
  const secrets = { ...CREDENTIALS, ...(webhookSecret === null ? {} : { webhookSecret }) };
  return resend(noon).read?.(callback, { from: 'hello@example.com' }, secrets) as CallbackAnswer;
}

describeCallbacks({ ...resendCallbacks, read });

describe('callbacks of resend', () => {
  it('are refused, with what to do, where no secret is configured', () =>
    expect(read(signed(Buffer.from(told('email.sent')), NOON), null)).toMatchObject({
      kind: 'forged',
      detail: expect.stringContaining('webhookSecret') as string,
    }));

  it.each([
    [SECRET, true],
    ['whsec_', false],
    ['password', false],
  ])('take the secret %s: %s', (webhookSecret, taken) =>
    expect(resend(noon).credentials.safeParse({ ...CREDENTIALS, webhookSecret }).success).toBe(taken),
  );
});
