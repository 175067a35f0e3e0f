import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Callback, CallbackAnswer } from '../../src/providers/callback.js';
import { sendgrid } from '../../src/providers/sendgrid.js';
import { NOON } from '../support/arbitraries.js';
import { describeCallbacks } from '../support/callback-contract.js';
import { KEYS, sendgridCallbacks, SHOWN, signed, told } from '../support/callbacks/sendgrid.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const CREDENTIALS = { apiKey: 'SG.of-ana' };

interface Mail {
  personalizations: { to: { email: string }[]; custom_args?: Record<string, string> }[];
  from: { email: string; name?: string };
  subject: string;
  content: { type: string; value: string }[];
  custom_args?: Record<string, string>;
  reply_to?: { email: string };
  headers?: Record<string, string>;
  tracking_settings?: { open_tracking?: { enable?: boolean }; click_tracking?: { enable?: boolean } };
  attachments?: { content: string; filename: string; type: string; disposition: string; content_id?: string }[];
}

function mailOf(request: LoggedRequest): Mail {
  return JSON.parse(request.body) as Mail;
}

function problem(status: number, message: string): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [{ message, field: null, help: null }] }),
  };
}

const yes = (): Reply => ({ status: 202, headers: { 'x-message-id': 'sg-1' }, body: '' });

function open(baseUrl: string, from = 'Tidings <hello@example.com>') {
  return sendgrid(noon).open({ from, baseUrl }, CREDENTIALS);
}

describeProvider({
  name: 'sendgrid',
  channel: 'EMAIL',
  address: 'ana@example.com',
  open,
  yes,
  providerId: 'sg-1',
  unauthorized: problem(401, 'The provided authorization grant is invalid, expired, or revoked'),
  rejected: problem(400, 'Does not contain a valid address.'),
  limited: problem(429, 'too many requests'),
  sent: (request) => {
    const { personalizations, subject, content } = mailOf(request);
    return { to: personalizations[0]?.to[0]?.email ?? '', texts: [subject, ...content.map((part) => part.value)] };
  },
  attemptIn: (request) => {
    const { personalizations, custom_args: common } = mailOf(request);
    return (personalizations[0]?.custom_args ?? common)?.['tidings_attempt'];
  },
  carriesFiles: true,
  attachmentsIn: (request) =>
    (mailOf(request).attachments ?? []).map(({ content, filename, type }) => ({
      filename,
      contentType: type,
      bytes: Buffer.from(content, 'base64'),
    })),
  untrackedIn: (request) => {
    const { tracking_settings: settings } = mailOf(request);
    return settings?.open_tracking?.enable === false && settings.click_tracking?.enable === false;
  },
  mailIn: (request) => {
    const { from, reply_to: replyTo, headers } = mailOf(request);
    return { from: from.email, replyTo: replyTo?.email ?? '', header: headers?.['List-Unsubscribe'] ?? '' };
  },
});

function read(callback: Callback, webhookPublicKey: string | undefined = SHOWN) {
  const secrets = { ...CREDENTIALS, ...(webhookPublicKey === undefined ? {} : { webhookPublicKey }) };
  return sendgrid(noon).read?.(callback, { from: 'hello@example.com' }, secrets) as CallbackAnswer;
}

describeCallbacks({ ...sendgridCallbacks, read });

describe('callbacks of sendgrid', () => {
  const body = Buffer.from(JSON.stringify([told('delivered', 'e1')]));

  it('are signed on the bytes as they came', () =>
    expect(read(signed(Buffer.from('[ {"event" : "open"}]\r\n'), NOON)).kind).toBe('events'));

  it('are refused, with what to do, where no key is configured', () => {
    const secrets = CREDENTIALS;
    expect(sendgrid(noon).read?.(signed(body, NOON), { from: 'hello@example.com' }, secrets)).toMatchObject({
      kind: 'forged',
      detail: expect.stringContaining('webhookPublicKey') as string,
    });
  });

  const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
  const notElliptic = generateKeyPairSync('ed25519').publicKey;
  const asText = createPublicKey(KEYS.privateKey).export({ format: 'pem', type: 'spki' });
  it.each([
    ['nothing', ''],
    ['no key', 'bm8ga2V5'],
    ['no base64', '%%%'],
    ['a key of another curve', otherCurve.export({ format: 'der', type: 'spki' }).toString('base64')],
    ['a key of another kind', notElliptic.export({ format: 'der', type: 'spki' }).toString('base64')],
    ['a key in PEM', String(asText)],
  ])('take no key that is none, neither when it is saved nor later: %s', (_name, webhookPublicKey) => {
    expect(sendgrid(noon).credentials.safeParse({ ...CREDENTIALS, webhookPublicKey }).success).toBe(false);
    expect(read(signed(body, NOON), webhookPublicKey)).toMatchObject({ kind: 'forged' });
  });

  it('take the key as SendGrid shows it', () =>
    expect(sendgrid(noon).credentials.safeParse({ ...CREDENTIALS, webhookPublicKey: SHOWN }).success).toBe(true));

  it('by another key are forged', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
    expect(read(signed(body, NOON), other.toString('base64'))).toMatchObject({ kind: 'forged' });
  });
});

describe('sendgrid', () => {
  async function send(mode: ProviderServer['mode'], content: object = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('EMAIL', 'ana@example.com');
    const answer = await open(server.url).send(
      { ...message, content: { ...message.content, ...content } },
      AbortSignal.timeout(8_000),
    );
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at the Mail Send address, with our key, as our sender', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/v3/mail/send']);
    expect(request.headers.authorization).toBe('Bearer SG.of-ana');
    expect(mailOf(request).from).toEqual({ email: 'hello@example.com', name: 'Tidings' });
  });

  it('gets HTML beside the text, where there is any', async () => {
    const { request } = await send('ok', { html: '<p>It is on its way.</p>', url: 'https://e.com/1' });
    expect(mailOf(request).content).toEqual([
      { type: 'text/plain', value: 'It is on its way.\n\nhttps://e.com/1' },
      { type: 'text/html', value: '<p>It is on its way.</p>' },
    ]);
    expect(mailOf((await send('ok')).request).content.map((part) => part.type)).toEqual(['text/plain']);
  });

  it('leaves text as it is that looks like its own placeholders', async () => {
    const { request } = await send('ok', { title: 'Use -name- and {{name}}' });
    expect(mailOf(request).subject).toBe('Use -name- and {{name}}');
  });

  it('proves nothing by 202 without an id', async () =>
    expect((await send({ status: 202, body: '' })).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }));

  it('names its own time in x-ratelimit-reset', async () => {
    const reset = String(Date.parse('2026-03-14T12:00:10Z') / 1000);
    const limited = problem(429, 'too many requests');
    expect(
      (await send({ ...limited, headers: { ...limited.headers, 'x-ratelimit-reset': reset } })).answer,
    ).toMatchObject({
      kind: 'retry',
      rateLimited: true,
      retryAt: new Date('2026-03-14T12:00:10Z'),
    });
  });

  it('keeps the picture for the text apart from the file beside it', async () => {
    const file = { contentType: 'image/png', bytes: Buffer.from('x') };
    const attachments = [
      { ...file, filename: 'a.png', contentId: null },
      { ...file, filename: 'b.png', contentId: 'logo' },
    ];
    const { request } = await send('ok', { html: '<img src="cid:logo">', attachments });
    expect(mailOf(request).attachments).toEqual([
      { content: 'eA==', filename: 'a.png', type: 'image/png', disposition: 'attachment' },
      { content: 'eA==', filename: 'b.png', type: 'image/png', disposition: 'inline', content_id: 'logo' },
    ]);
  });

  it('reads a quoted name as mail programs do', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = open(server.url, '"Ana, of Acme" <ana@example.com>');
    await carrier.send(call('EMAIL', 'ben@example.com'), AbortSignal.timeout(8_000));
    expect(mailOf(server.requests[0] as LoggedRequest).from).toEqual({
      email: 'ana@example.com',
      name: 'Ana, of Acme',
    });
  });

  it.each<[number, string, object]>([
    [403, 'The from address does not match a verified Sender Identity.', { kind: 'misconfigured' }],
    [
      403,
      'Too many bad requests. Temporary block.',
      { kind: 'retry', rateLimited: true, retryAt: new Date(NOON.getTime() + 300_000) },
    ],
    [413, 'The JSON payload you have included in your request is too large.', { kind: 'rejected' }],
    [451, 'Unavailable for legal reasons', { kind: 'misconfigured' }],
  ])('says %d, %s', async (status, said, outcome) =>
    expect((await send(problem(status, said))).answer).toMatchObject({
      ...outcome,
      httpStatus: status,
      code: String(status),
      detail: said,
    }),
  );

  it('that answers 404 is a wrong host, not a dead address', async () =>
    expect((await send(problem(404, 'not found'))).answer.kind).toBe('misconfigured'));

  it('keeps two integrations apart that send at once', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = (apiKey: string) => sendgrid(noon).open({ from: 'a@b.c', baseUrl: server.url }, { apiKey });
    const [one, other] = [carrier('one'), carrier('other')];
    const signal = AbortSignal.timeout(8_000);
    await Promise.all([one, other, one, other].map((each) => each.send(call('EMAIL', 'ana@example.com'), signal)));
    expect(server.requests.map((request) => request.headers.authorization).sort()).toEqual([
      'Bearer one',
      'Bearer one',
      'Bearer other',
      'Bearer other',
    ]);
  });

  it.each<[object, boolean]>([
    [{ from: 'Tidings <hello@example.com>' }, true],
    [{ from: 'hello@example.com', baseUrl: 'http://127.0.0.1:1' }, true],
    [{ from: 'hello' }, false],
    [{ from: 'hello@example.com\r\nBcc: ben@example.com' }, false],
    [{ from: 'hello@example.com', baseUrl: 'ftp://example.com' }, false],
    [{ from: 'hello@example.com', other: 1 }, false],
    [{}, false],
  ])('takes settings %j: %s', (settings, taken) =>
    expect(sendgrid(noon).settings.safeParse(settings).success).toBe(taken),
  );
});
