import { describe, expect, it } from 'vitest';
import { CATEGORY_CLASSES } from '../../src/base/names.js';
import { postmark, type PostmarkSettings } from '../../src/providers/postmark.js';
import type { Call } from '../../src/providers/provider.js';
import { describeCallbacks, toCallback } from '../support/callback-contract.js';
import { FROM, ID, postmarkCallbacks, SECRETS } from '../support/callbacks/postmark.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

interface Mail {
  From: string;
  To: string;
  ReplyTo?: string;
  Subject: string;
  TextBody: string;
  HtmlBody?: string;
  MessageStream: string;
  Headers: { Name: string; Value: string }[];
  TrackOpens?: boolean;
  TrackLinks?: string;
  Metadata: Record<string, string>;
  Attachments: { Name: string; Content: string; ContentType: string; ContentID?: string }[];
}

function mailOf(request: LoggedRequest): Mail {
  return JSON.parse(request.body) as Mail;
}

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function problem(status: number, code: number): Reply {
  return json(status, { ErrorCode: code, Message: 'no' });
}

const yes = (): Reply =>
  json(200, { To: 'x', SubmittedAt: '2026-03-14T12:00:00Z', MessageID: ID, ErrorCode: 0, Message: 'OK' });

function open(baseUrl: string, settings: Partial<PostmarkSettings> = {}) {
  return postmark(noon).open({ ...FROM, baseUrl, ...settings }, SECRETS);
}

describeProvider({
  name: 'postmark',
  channel: 'EMAIL',
  address: 'ana@example.com',
  open,
  yes,
  providerId: ID,
  unauthorized: problem(401, 10),
  rejected: problem(422, 300),
  limited: problem(429, 429),
  sent: (request) => {
    const { To, Subject, TextBody, HtmlBody = '' } = mailOf(request);
    return { to: To, texts: [Subject, TextBody, HtmlBody] };
  },
  attemptIn: (request) => mailOf(request).Metadata['tidings_attempt'],
  attachmentsIn: (request) =>
    mailOf(request).Attachments.map(({ Name: filename, ContentType: contentType, Content }) => ({
      filename,
      contentType,
      bytes: Buffer.from(Content, 'base64'),
    })),
  carriesFiles: true,
  untrackedIn: (request) => {
    const { TrackOpens, TrackLinks } = mailOf(request);
    return TrackOpens === false && TrackLinks === 'None';
  },
  mailIn: (request) => {
    const { From, ReplyTo = '', Headers } = mailOf(request);
    const header = Headers.find((one) => one.Name === 'List-Unsubscribe')?.Value ?? '';
    return { from: /<(.*)>/.exec(From)?.[1] ?? From, replyTo: ReplyTo, header };
  },
});

describeCallbacks({
  ...postmarkCallbacks,
  read: (callback) => postmark(noon).read?.(callback, FROM, SECRETS) ?? expect.fail('no reader'),
});

describe('postmark', () => {
  async function send(
    mode: ProviderServer['mode'],
    settings: Partial<PostmarkSettings> = {},
    more: Partial<Call> = {},
  ) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const answer = await open(server.url, settings).send(
      call('EMAIL', 'ana@example.com', more),
      AbortSignal.timeout(8_000),
    );
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at /email, with our token, as our sender', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/email']);
    expect(request.headers['x-postmark-server-token']).toBe('of-ana');
    expect(mailOf(request)).toMatchObject({ From: 'Tidings <hello@example.com>', MessageStream: 'outbound' });
    expect(mailOf(request)).not.toHaveProperty('HtmlBody');
  });

  it('shows files in the text that HTML names', async () => {
    const file = { filename: 'logo.png', contentType: 'image/png', contentId: 'logo', bytes: Buffer.of(1) };
    const { content } = call('EMAIL', '');
    const html = '<img src="cid:logo">';
    const { request } = await send('ok', {}, { content: { ...content, html, attachments: [file] } });
    expect(mailOf(request).Attachments).toMatchObject([{ ContentID: 'cid:logo' }]);
  });

  it('carries marketing by its broadcast stream alone', async () => {
    const stream = async (settings: Partial<PostmarkSettings>, category: Call['category']['class']) =>
      mailOf((await send('ok', settings, { category: { key: 'news', class: category } })).request).MessageStream;
    const broadcastStream = 'news';
    expect(await stream({ broadcastStream }, 'MARKETING')).toBe('news');
    expect(await stream({ broadcastStream }, 'SECURITY')).toBe('outbound');
    expect(await stream({ messageStream: 'orders' }, 'PRODUCT')).toBe('orders');
    const classes = (settings: object) => postmark(noon).classesOf?.({ ...FROM, ...settings });
    expect(classes({ broadcastStream })).toEqual(CATEGORY_CLASSES);
    expect(classes({})).toEqual(['SECURITY', 'TRANSACTIONAL', 'PRODUCT']);
  });

  it.each<[number, number, string]>([
    [422, 300, 'rejected'],
    [422, 400, 'misconfigured'],
    [422, 401, 'misconfigured'],
    [422, 405, 'misconfigured'],
    [422, 406, 'gone'],
    [422, 411, 'rejected'],
    [422, 412, 'misconfigured'],
    [422, 413, 'misconfigured'],
    [422, 1235, 'rejected'],
    [200, 300, 'rejected'],
    [401, 10, 'misconfigured'],
    [503, 100, 'retry'],
  ])('says %d with code %d: %s', async (status, code, kind) =>
    expect((await send(problem(status, code))).answer).toMatchObject({
      kind,
      httpStatus: status,
      code: String(code),
      detail: 'no',
    }),
  );

  it('means an unsubscription by an inactive address of the broadcast stream', async () => {
    const category = { key: 'news', class: 'MARKETING' } as const;
    const { answer } = await send(problem(422, 406), { broadcastStream: 'news' }, { category });
    expect(answer.kind).toBe('rejected');
  });

  it('that says 404 or 410 in nobody’s words is a wrong host, not a dead address', async () => {
    for (const status of [404, 410])
      expect((await send({ status, body: 'not here' })).answer.kind).toBe('misconfigured');
  });

  it.each([
    { ErrorCode: 0 },
    { MessageID: ID },
    { ErrorCode: 0, MessageID: 'soon' },
    { ErrorCode: '0', MessageID: ID },
  ])('proves nothing by %j', async (body) => expect((await send(json(200, body))).answer.kind).toBe('unknown'));

  it('without a password believes nobody', () => {
    const callback = toCallback({ body: Buffer.from('{}'), headers: { authorization: `Basic ${btoa(':')}` } });
    for (const secrets of [{}, { webhookUser: 'postmark' }, { webhookPassword: 'hush' }])
      expect(postmark(noon).read?.(callback, FROM, { serverToken: 'x', ...secrets })).toMatchObject({ kind: 'forged' });
  });

  it.each<[object, boolean]>([
    [{ from: 'hello@example.com' }, true],
    [{ from: 'hello@example.com', messageStream: 'orders', broadcastStream: 'news' }, true],
    [{ from: 'hello@example.com', broadcastStream: 'a stream' }, false],
    [{ from: 'hello' }, false],
    [{ from: 'hello@example.com', other: 1 }, false],
  ])('takes settings %j: %s', (settings, taken) =>
    expect(postmark(noon).settings.safeParse(settings).success).toBe(taken),
  );
});
