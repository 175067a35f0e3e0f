import { describe, expect, it } from 'vitest';
import { brevo } from '../../src/providers/brevo.js';
import type { Callback, CallbackAnswer } from '../../src/providers/callback.js';
import type { Call } from '../../src/providers/provider.js';
import { NOON } from '../support/arbitraries.js';
import { describeCallbacks } from '../support/callback-contract.js';
import { authorized, brevoCallbacks, told, TOKEN } from '../support/callbacks/brevo.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const CREDENTIALS = { apiKey: 'xkeysib-of-ana' };

interface Mail {
  sender: { email: string; name?: string };
  to: { email: string }[];
  replyTo?: { email: string };
  subject: string;
  textContent: string;
  htmlContent?: string;
  attachment?: { name: string; content: string }[];
  headers: Record<string, string>;
}

function mailOf(request: LoggedRequest): Mail {
  return JSON.parse(request.body) as Mail;
}

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const problem = (status: number, code: string, message: string): Reply => json(status, { code, message });
const yes = (): Reply => json(201, { messageId: '<202603141200.5787683@smtp-relay.mailin.fr>' });

function open(baseUrl: string, from = 'Tidings <hello@example.com>') {
  return brevo(noon).open({ from, baseUrl }, CREDENTIALS);
}

/** Brevo knows what a file is by its name alone. */
const TYPES: Readonly<Record<string, string>> = { pdf: 'application/pdf', png: 'image/png' };

describeProvider({
  name: 'brevo',
  channel: 'EMAIL',
  address: 'ana@example.com',
  open,
  yes,
  providerId: '202603141200.5787683@smtp-relay.mailin.fr',
  unauthorized: problem(401, 'unauthorized', 'Key not found'),
  rejected: problem(400, 'invalid_parameter', 'email is not valid in to'),
  limited: problem(429, 'too_many_requests', 'too many requests'),
  sent: (request) => {
    const { to, subject, textContent } = mailOf(request);
    return { to: to[0]?.email ?? '', texts: [subject, textContent] };
  },
  attemptIn: (request) => mailOf(request).headers['X-Mailin-custom'],
  carriesFiles: true,
  attachmentsIn: (request) =>
    (mailOf(request).attachment ?? []).map(({ name, content }) => ({
      filename: name,
      contentType: TYPES[name.split('.').at(-1) as string] as string,
      bytes: Buffer.from(content, 'base64'),
    })),
  mailIn: (request) => {
    const { sender, replyTo, headers } = mailOf(request);
    return { from: sender.email, replyTo: replyTo?.email ?? '', header: headers['List-Unsubscribe'] ?? '' };
  },
  hasKey: true,
  keyIn: (request) => mailOf(request).headers['idempotencyKey'],
});

describe('brevo', () => {
  async function send(mode: ProviderServer['mode'], more: Partial<Call> = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const answer = await open(server.url).send(call('EMAIL', 'ana@example.com', more), AbortSignal.timeout(8_000));
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at the address of transactional mail, with our key, as our sender', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/v3/smtp/email']);
    expect(request.headers['api-key']).toBe('xkeysib-of-ana');
    expect(mailOf(request).sender).toEqual({ email: 'hello@example.com', name: 'Tidings' });
  });

  it('gets HTML beside the text, where there is any', async () => {
    const content = { ...call('EMAIL', '').content, html: '<p>On its way.</p>', url: 'https://e.com/1' };
    expect(mailOf((await send('ok', { content })).request)).toMatchObject({
      textContent: 'It is on its way.\n\nhttps://e.com/1',
      htmlContent: '<p>On its way.</p>',
    });
    expect(mailOf((await send('ok')).request).htmlContent).toBeUndefined();
  });

  it('gets a key that is a UUID, one for each delivery', async () => {
    const key = async (deliveryKey: string) =>
      mailOf((await send('ok', { deliveryKey })).request).headers['idempotencyKey'];
    const [one, other] = [await key('ntf_a.0'), await key('ntf_a.1')];
    for (const uuid of [one, other])
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one).not.toBe(other);
    expect(one).toBe(await key('ntf_a.0'));
  });

  it('takes a key that it knows as the mail that it took before', async () => {
    const known = problem(400, 'duplicate_parameter', 'The idempotencyKey has been used already');
    expect((await send(known)).answer).toMatchObject({
      kind: 'accepted',
      providerId: null,
      httpStatus: 400,
      code: 'duplicate_parameter',
    });
    expect((await send(problem(400, 'duplicate_request', 'duplicate'))).answer.kind).toBe('accepted');
  });

  it.each<[number, string, string, string]>([
    [400, 'invalid_parameter', 'email is not valid in to', 'rejected'],
    [400, 'invalid_parameter', 'Sending has been rejected because the sender you used is not valid.', 'misconfigured'],
    [400, 'missing_parameter', 'subject is missing', 'rejected'],
    [400, 'out_of_range', 'too long', 'rejected'],
    [400, 'not_enough_credits', 'no credits', 'misconfigured'],
    [400, 'account_under_validation', 'wait', 'misconfigured'],
    [400, 'something_new', 'what', 'rejected'],
    [401, 'unauthorized', 'We have detected you are using an unrecognised IP address', 'misconfigured'],
    [402, 'not_enough_credits', 'no credits', 'misconfigured'],
    [402, 'something_new', 'pay', 'misconfigured'],
    [403, 'permission_denied', 'not activated', 'misconfigured'],
    [404, 'document_not_found', 'no', 'misconfigured'],
    [405, 'method_not_allowed', 'no', 'misconfigured'],
    [413, 'something_new', 'too large', 'rejected'],
  ])('says %d %s, %s: %s', async (status, code, message, kind) =>
    expect((await send(problem(status, code, message))).answer).toMatchObject({
      kind,
      httpStatus: status,
      code,
      detail: message,
    }),
  );

  it('that answers 404 in nobody’s words is a wrong host', async () =>
    expect((await send({ status: 404, body: 'not here' })).answer).toMatchObject({
      kind: 'misconfigured',
      code: '404',
    }));

  it('counts the seconds in x-sib-ratelimit-reset', async () => {
    const limited = problem(429, 'too_many_requests', 'slow down');
    const headers = { ...limited.headers, 'x-sib-ratelimit-reset': '12' };
    expect((await send({ ...limited, headers })).answer).toMatchObject({
      kind: 'retry',
      rateLimited: true,
      retryAt: new Date(NOON.getTime() + 12_000),
    });
  });

  it.each([
    ['an id that is none', json(201, { messageId: 'ok' })],
    ['an id that is no text', json(201, { messageId: { a: 1 } })],
    ['another status', json(200, { messageId: '<1@smtp-relay.mailin.fr>' })],
    ['a mail that is only planned', json(202, { messageId: '<1@smtp-relay.mailin.fr>' })],
  ])('proves nothing by %s', async (_name, reply) =>
    expect((await send(reply)).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }),
  );
});

function read(callback: Callback, webhookToken: string | null = TOKEN) {
  const secrets = { ...CREDENTIALS, ...(webhookToken === null ? {} : { webhookToken }) };
  return brevo(noon).read?.(callback, { from: 'hello@example.com' }, secrets) as CallbackAnswer;
}

describeCallbacks({ ...brevoCallbacks, read });

describe('callbacks of brevo', () => {
  const body = Buffer.from(JSON.stringify(told('delivered')));
  const basic = (pair: string) => `Basic ${btoa(pair)}`;

  it('are refused, with what to do, where no token is configured', () =>
    expect(read(authorized(body), null)).toMatchObject({
      kind: 'forged',
      detail: expect.stringContaining('webhookToken') as string,
    }));

  it.each([
    ['the token', `Bearer ${TOKEN}`, TOKEN, 'events'],
    ['the token, in small letters', `bearer ${TOKEN}`, TOKEN, 'events'],
    ['another token', 'Bearer other', TOKEN, 'forged'],
    ['the token of nobody', 'Bearer ', TOKEN, 'forged'],
    ['the password of the URL', basic('ana:secret:er'), 'ana:secret:er', 'events'],
    ['another password', basic('ana:other'), 'ana:secret', 'forged'],
    ['the token as a password', basic(`:${TOKEN}`), TOKEN, 'forged'],
    ['no user', basic(':secret'), ':secret', 'forged'],
  ])('are believed by what was agreed on: %s', (_name, authorization, token, kind) =>
    expect(read(authorized(body, authorization), token)).toMatchObject({ kind }),
  );

  it.each(['{}', 'null', '[{}]', '"x"', '{'])('that are no events are called so: %s', (text) =>
    expect(read(authorized(Buffer.from(text)))).toMatchObject({ kind: 'malformed' }),
  );
});
