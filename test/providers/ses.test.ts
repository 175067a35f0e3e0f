import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Callback, CallbackAnswer } from '../../src/providers/callback.js';
import { tagOf } from '../../src/providers/ses-callbacks.js';
import { ses, type SesCredentials, type SesSettings } from '../../src/providers/ses.js';
import { NOON } from '../support/arbitraries.js';
import { describeCallbacks } from '../support/callback-contract.js';
import { ID, MAIL, posted, SECRETS, sesCallbacks, SETTINGS } from '../support/callbacks/ses.js';
import { parseMime, words } from '../support/mime.js';
import { call, describeProvider, noon } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';
import { CERTIFICATE_URL, signedBySns, SNS_CERTIFICATE, TOPIC } from '../support/sns.js';

function json(status: number, body: object, type?: string): Reply {
  const headers = { 'content-type': 'application/json', ...(type === undefined ? {} : { 'x-amzn-errortype': type }) };
  return { status, headers, body: JSON.stringify(body) };
}

const problem = (status: number, type: string, message = 'no'): Reply => json(status, { message }, type);
const yes = (): Reply => json(200, { MessageId: ID });

function open(baseUrl: string, settings: Partial<SesSettings> = {}, secrets: SesCredentials = SECRETS) {
  return ses(noon).open({ ...SETTINGS, baseUrl, ...settings }, secrets);
}

interface Email {
  readonly Content: { readonly Raw: { readonly Data: string } };
  readonly Destination: { readonly ToAddresses: string[] };
  readonly EmailTags: { readonly Name: string; readonly Value: string }[];
  readonly ConfigurationSetName?: string;
}

const emailOf = (request: LoggedRequest) => JSON.parse(request.body) as Email;
const mimeOf = (request: LoggedRequest) => parseMime(Buffer.from(emailOf(request).Content.Raw.Data, 'base64'));
const bare = (address: string | null) => /<(.*)>/.exec(address ?? '')?.[1] ?? address ?? '';

describeProvider({
  name: 'ses',
  channel: 'EMAIL',
  address: 'ana@example.com',
  open,
  yes,
  providerId: ID,
  unauthorized: problem(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
  rejected: problem(400, 'MessageRejected', 'Transaction failed: Expected disposition, got null'),
  limited: problem(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'),
  sent: (request) => {
    const mime = mimeOf(request);
    const texts = mime.leaves().map((part) => part.bytes.toString('utf8').replaceAll('\r\n', '\n'));
    return { to: emailOf(request).Destination.ToAddresses[0] ?? '', texts: [words(mime.header('Subject')), ...texts] };
  },
  attemptIn: (request) => mimeOf(request).header('X-Tidings-Attempt') ?? undefined,
  attachmentsIn: (request) =>
    mimeOf(request)
      .leaves()
      .flatMap(({ filename, contentType, bytes }) => (filename === null ? [] : [{ filename, contentType, bytes }]))
      // What HTML shows stands beside it, before the others.
      .reverse(),
  carriesFiles: true,
  mailIn: (request) => {
    const mime = mimeOf(request);
    return {
      from: bare(mime.header('From')),
      replyTo: bare(mime.header('Reply-To')),
      header: mime.header('List-Unsubscribe') ?? '',
    };
  },
});

const pem = () => Promise.resolve(SNS_CERTIFICATE);
const reader = ses(noon, pem);

function read(callback: Callback, settings: SesSettings = SETTINGS): CallbackAnswer | Promise<CallbackAnswer> {
  return reader.read?.(callback, settings, SECRETS) ?? expect.fail('no reader');
}

describeCallbacks({ ...sesCallbacks, read });

describe('what Amazon SNS posts', () => {
  const Message = JSON.stringify({ eventType: 'Send', mail: MAIL });
  const good = { Message, Timestamp: NOON.toISOString() };

  it.each(['1', '2'])(
    'is believed by signatures of version %s, with a subject or without',
    async (SignatureVersion) => {
      for (const more of [{}, { Subject: 'Amazon SES Email Event Notification' }])
        expect(await read(posted(signedBySns({ ...good, ...more, SignatureVersion })))).toMatchObject({
          events: [{ means: 'ACCEPTED' }],
        });
    },
  );

  it('is forged with any of its fields changed', async () => {
    const message = signedBySns(good);
    for (const name of Object.keys(message))
      for (const value of [undefined, null, 1, {}, [], '', 'x', `${message[name as 'Message']} `])
        expect(await read(posted({ ...message, [name]: value })), `${name}: ${JSON.stringify(value)}`).toMatchObject({
          kind: 'forged',
        });
    expect(await read(posted({ ...message, Subject: 'more' }))).toMatchObject({ kind: 'forged' });
  });

  it('is forged when Amazon has no certificate where it says, and asked about again', async () => {
    let asked = 0;
    const none = ses(noon, () => Promise.resolve(((asked += 1), null)));
    for (let times = 0; times < 2; times += 1)
      expect(await none.read?.(posted(signedBySns(good)), SETTINGS, SECRETS)).toMatchObject({ kind: 'forged' });
    expect(asked).toBe(2);
  });

  it('is forged from somebody else’s topic, though Amazon signed it', async () => {
    const message = signedBySns({ ...good, TopicArn: 'arn:aws:sns:eu-west-1:999999999999:mine' });
    expect(await read(posted(message))).toMatchObject({ kind: 'forged', detail: 'not from our topic' });
  });

  it('is forged where no topic is ours', async () =>
    expect(await read(posted(signedBySns(good)), { from: 'a@b.c', region: 'eu-west-1' })).toMatchObject({
      kind: 'forged',
    }));

  it('is forged by another key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await read(posted(signedBySns(good, privateKey)))).toMatchObject({
      kind: 'forged',
      detail: 'wrong signature',
    });
  });

  it('is forged when it is older than Amazon would try, and taken when Amazon tried for long', async () => {
    const at = (minutes: number) =>
      read(posted(signedBySns({ ...good, Timestamp: new Date(NOON.getTime() - minutes * 60_000).toISOString() })));
    expect(await at(59)).toMatchObject({ kind: 'events' });
    for (const minutes of [61, -6]) expect(await at(minutes)).toMatchObject({ kind: 'forged' });
    expect(await read(posted(signedBySns({ ...good, Timestamp: 'soon' })))).toMatchObject({ kind: 'forged' });
  });

  it.each([
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.txt',
    'https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem',
    'https://ana@sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://sns.eu-west-1.amazonaws.com.cn/SimpleNotificationService-1.pem',
    'https://sns.eu-west-1.amazonaws.com.example.com/SimpleNotificationService-1.pem',
    'https://example.com/sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem',
    'https://xsns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
    'https://127.0.0.1/SimpleNotificationService-1.pem',
    'https://sns.eu-west-1.amazonaws.com/?a=/SimpleNotificationService-1.pem',
    'https:',
    'file:///SimpleNotificationService-1.pem',
  ])('never leads to a certificate at %s', async (SigningCertURL) => {
    const asked: string[] = [];
    const provider = ses(noon, (url) => {
      asked.push(url);
      return pem();
    });
    const answer = await provider.read?.(posted(signedBySns({ ...good, SigningCertURL })), SETTINGS, SECRETS);
    expect(answer).toMatchObject({ kind: 'forged' });
    expect(asked).toEqual([]);
  });

  it('leads to a certificate once, and again when it did not come', async () => {
    const asked: string[] = [];
    const provider = ses(noon, async (url) => {
      asked.push(url);
      if (asked.length === 1) throw new Error('no route');
      return asked.length === 2 ? 'not a certificate' : SNS_CERTIFICATE;
    });
    const ask = () => provider.read?.(posted(signedBySns(good)), SETTINGS, SECRETS);
    expect(await ask()).toEqual({ kind: 'later', detail: 'no certificate: no route' });
    expect(await ask()).toMatchObject({ kind: 'later' });
    for (let nth = 0; nth < 3; nth += 1) expect(await ask()).toMatchObject({ kind: 'events' });
    expect(asked).toEqual([CERTIFICATE_URL, CERTIFICATE_URL, CERTIFICATE_URL]);
  });

  it('waits for a certificate that is valid', async () => {
    const now = new Date('2121-01-01T00:00:00Z');
    const callback = posted(signedBySns({ ...good, Timestamp: now.toISOString() }));
    expect(await read({ ...callback, now })).toMatchObject({ kind: 'later' });
  });

  describe('to confirm a subscription', () => {
    const asks = (SubscribeURL: string) =>
      read(posted(signedBySns({ ...good, Type: 'SubscriptionConfirmation', Token: 'token', SubscribeURL })));
    const url = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=token`;

    it('names the URL that confirms it', async () => expect(await asks(url)).toEqual({ kind: 'confirm', url }));

    it.each(['http://sns.eu-west-1.amazonaws.com/', 'https://localhost/', 'https://169.254.169.254/', ''])(
      'is not followed to %s',
      async (other) => expect(await asks(other)).toMatchObject({ kind: 'forged' }),
    );
  });

  it('of the end of a subscription is heard', async () => {
    const message = { ...good, Type: 'UnsubscribeConfirmation', Token: 'token', SubscribeURL: 'https://example.com' };
    expect(await read(posted(signedBySns(message)))).toEqual({ kind: 'events', events: [] });
  });
});

describe('ses', () => {
  async function send(mode: ProviderServer['mode'], settings: Partial<SesSettings> = {}, secrets?: SesCredentials) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const answer = await open(server.url, settings, secrets).send(
      call('EMAIL', 'ana@example.com'),
      AbortSignal.timeout(8_000),
    );
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at its API v2, signed for our region, as our sender', async () => {
    const { request } = await send('ok', { configurationSet: 'tidings' });
    expect([request.method, request.path]).toEqual(['POST', '/v2/email/outbound-emails']);
    expect(request.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDOFANA\/\d{8}\/eu-west-1\/ses\/aws4_request, SignedHeaders=.+, Signature=[\da-f]{64}$/,
    );
    expect(mimeOf(request).header('From')).toBe('Tidings <hello@example.com>');
    expect(emailOf(request)).toMatchObject({
      ConfigurationSetName: 'tidings',
      EmailTags: [{ Name: 'tidings_attempt', Value: 'ntf_01k6gf000000000000000000001-0-1' }],
    });
  });

  it('gets the token of temporary credentials', async () => {
    const { request } = await send('ok', {}, { ...SECRETS, sessionToken: 'for an hour' });
    expect(request.headers['x-amz-security-token']).toBe('for an hour');
  });

  it('is given a name of the attempt that a tag may have', () =>
    expect(tagOf(call('EMAIL', '').attemptId)).toMatch(/^[\w-]{1,256}$/));

  it.each<[number, string, string, object]>([
    [400, 'MessageRejected', 'Email address is not verified.', { kind: 'misconfigured' }],
    [400, 'MessageRejected', 'Illegal header', { kind: 'rejected' }],
    [400, 'BadRequestException', 'no', { kind: 'rejected' }],
    [400, 'AccountSuspendedException', 'no', { kind: 'misconfigured' }],
    [400, 'SendingPausedException', 'no', { kind: 'misconfigured' }],
    [400, 'MailFromDomainNotVerifiedException', 'no', { kind: 'misconfigured' }],
    [400, 'ExpiredTokenException', 'no', { kind: 'misconfigured' }],
    [404, 'NotFoundException', 'Configuration set <x> does not exist.', { kind: 'misconfigured' }],
    [403, 'InvalidSignatureException', 'no', { kind: 'misconfigured' }],
    [400, 'LimitExceededException', 'Daily message quota exceeded.', { kind: 'retry', rateLimited: true }],
    [400, 'ThrottlingException', 'Maximum sending rate exceeded.', { kind: 'retry', rateLimited: true }],
    [500, 'InternalServiceErrorException', 'no', { kind: 'retry', rateLimited: false }],
  ])('says %d %s "%s": %j', async (status, type, message, expected) =>
    expect((await send(problem(status, type, message))).answer).toMatchObject({
      ...expected,
      httpStatus: status,
      code: type,
      detail: message,
    }),
  );

  it('that says 404 or 410 in nobody’s words is a wrong host, not a dead address', async () => {
    for (const status of [404, 410])
      expect((await send({ status, body: 'not here' })).answer).toMatchObject({
        kind: 'misconfigured',
        code: String(status),
      });
  });

  it.each([{ MessageId: '' }, { MessageId: 'soon' }, { MessageId: 1 }, { messageid: ID }])(
    'proves nothing by %j',
    async (body) => expect((await send(json(200, body))).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }),
  );

  it('keeps secrets and content out of what it says of failures', async () => {
    const { answer } = await send(problem(403, 'InvalidSignatureException'));
    expect(JSON.stringify(answer)).not.toMatch(/of-ana|Your order/);
  });

  it.each<[object, boolean]>([
    [{ from: 'hello@example.com', region: 'eu-west-1' }, true],
    [{ from: 'hello@example.com', region: 'us-gov-west-1', topicArn: TOPIC, configurationSet: 'a-b_c' }, true],
    [{ from: 'hello@example.com', region: 'eu-west-1.example.com' }, false],
    [{ from: 'hello@example.com', region: 'eu-west-1', topicArn: 'events' }, false],
    [{ from: 'hello@example.com', region: 'eu-west-1', topicArn: `${TOPIC}:0199a0f0` }, false],
    [{ from: 'hello@example.com', region: 'eu-west-1', configurationSet: 'a b' }, false],
    [{ from: 'hello@example.com' }, false],
  ])('takes settings %j: %s', (settings, taken) => expect(ses(noon).settings.safeParse(settings).success).toBe(taken));
});
