import { describe, expect, it } from 'vitest';
import { sendgrid } from '../../src/providers/sendgrid.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const CREDENTIALS = { apiKey: 'SG.of-ana' };

interface Mail {
  personalizations: { to: { email: string }[]; custom_args?: Record<string, string> }[];
  from: { email: string; name?: string };
  subject: string;
  content: { type: string; value: string }[];
  custom_args?: Record<string, string>;
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
