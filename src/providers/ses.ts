import { z } from 'zod';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Clock } from '../base/clock.js';
import { exchange } from '../base/http-exchange.js';
import { baseUrlField, secretField, senderField } from './fields.js';
import { broken } from './http-call.js';
import { composeMime } from './mime.js';
import { readSes, SES_REPORTS, tagOf } from './ses-callbacks.js';
import { certificateKeys, isTopicArn, snsReader, type FetchCertificate } from './sns.js';
import {
  ANY_CLASS,
  classifyStatus,
  clip,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Outcome,
  type Provider,
} from './provider.js';

const settings = z.strictObject({
  from: senderField,
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region like eu-west-1')
    .describe('The AWS region, like `eu-west-1`.'),
  configurationSet: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'expected the name of a configuration set')
    .optional()
    .describe('The configuration set, which publishes events; without one, reports do not name the attempt.'),
  topicArn: z
    .string()
    .refine(isTopicArn, 'expected the ARN of an SNS topic')
    .optional()
    .describe('The SNS topic that events are published to; reports from any other are refused.'),
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({
  accessKeyId: secretField('The id of an access key that may `ses:SendRawEmail` and `ses:SendEmail`.'),
  secretAccessKey: secretField('Its secret.'),
  sessionToken: z.string().min(1).max(4000).optional().describe('The session token of temporary credentials.'),
});

export type SesSettings = z.infer<typeof settings>;
export type SesCredentials = z.infer<typeof credentials>;

const CONFIG: Outcome = { kind: 'misconfigured' };
const SLOWER: Outcome = { kind: 'retry', retryAt: null, rateLimited: true };

/** Names of AWS’s errors, which come with statuses that say less; what is not here goes by its status. */
const ERRORS = new Map<string, Outcome>([
  ['MessageRejected', { kind: 'rejected' }],
  ['AccountSuspendedException', CONFIG],
  ['SendingPausedException', CONFIG],
  ['MailFromDomainNotVerifiedException', CONFIG],
  ['NotFoundException', CONFIG], // no such configuration set
  ['UnrecognizedClientException', CONFIG],
  ['InvalidClientTokenId', CONFIG],
  ['InvalidSignatureException', CONFIG],
  ['SignatureDoesNotMatch', CONFIG],
  ['IncompleteSignature', CONFIG],
  ['MissingAuthenticationTokenException', CONFIG],
  ['ExpiredTokenException', CONFIG],
  ['ExpiredToken', CONFIG],
  ['AccessDeniedException', CONFIG],
  ['OptInRequired', CONFIG],
  ['LimitExceededException', SLOWER], // the quota of a day or a second
  ['Throttling', SLOWER],
  ['ThrottlingException', SLOWER],
]);

/**
 * E-mail over Amazon SES, API v2, by AWS’s own SDK. The message is always composed here and goes raw, so that files need no
 * way of their own. The payload limit is the one that our requirements name (135: 10 MB), which is also that of SES’s API
 * v1; since 2022 v2 takes 40 MB (“Amazon SES V2 now supports email size of up to 40MB”). 14 a second is what an account
 * usually begins with outside of the sandbox. Reports name the attempt where a configuration set publishes them.
 *
 * @param fetchCertificate where the certificates that SNS signs with come from, in tests
 */
export function ses(clock: Clock, fetchCertificate?: FetchCertificate): Provider<SesSettings, SesCredentials> {
  const readSns = snsReader(certificateKeys(fetchCertificate));
  return {
    name: 'ses',
    channels: ['EMAIL'],
    traits: {
      title: 'Amazon SES',
      docs: 'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html',
      classes: ANY_CLASS,
      attachments: 'MIME',
      payloadLimit: 10_000_000,
      rateLimit: { count: 14, periodMs: 1_000 },
      reports: SES_REPORTS,
      proof: 'RSA signature of Amazon SNS, our topic',
      costPer1000: 0.1,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: null, lookup: false, reports: true },
    hears: ({ topicArn }) => topicArn !== undefined,
    open(config, secrets) {
      let client: Promise<SESv2Client> | undefined;
      return {
        prepare: load,
        send: async (call, signal) => send(config, await (client ??= connect(config, secrets)), call, signal, clock),
      } satisfies Carrier;
    },
    read: (callback, config) => readSes(callback, config.topicArn, readSns),
  };
}

/** Loaded on first use: the SDK costs a tenth of a second of start-up. */
const load = () => import('@aws-sdk/client-sesv2');

async function connect(config: SesSettings, secrets: SesCredentials): Promise<SESv2Client> {
  const sdk = await load();
  const { accessKeyId, secretAccessKey, sessionToken } = secrets;
  return new sdk.SESv2Client({
    region: config.region,
    ...(config.baseUrl === undefined ? {} : { endpoint: config.baseUrl }),
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    // By itself it tries three times, which sends three times what SES took without an answer.
    maxAttempts: 1,
    requestHandler: handler,
  });
}

/** What the SDK has signed, as far as we carry it. */
interface Signed {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The SDK signs and words; its own HTTP handlers know no deadline of the whole, so ours makes the one request. */
const handler = {
  async handle(
    { method, protocol, hostname, port, path, headers, body }: Signed,
    options: { abortSignal: AbortSignal },
  ) {
    const url = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
    // Not `Buffer.from(body)`: the SDK's array makes itself a string when anybody looks.
    const bytes =
      body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : (body ?? '');
    const reply = await exchange(url, { method, headers, body: bytes }, options.abortSignal);
    return { response: { statusCode: reply.status, headers: reply.headers, body: reply.bytes } };
  },
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
};

async function send(
  config: SesSettings,
  client: SESv2Client,
  call: Call,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  const { SendEmailCommand } = await load();
  const { raw } = await composeMime(call, config.from, clock);
  const command = new SendEmailCommand({
    Content: { Raw: { Data: raw } },
    Destination: { ToAddresses: [call.address] },
    EmailTags: [{ Name: 'tidings_attempt', Value: tagOf(call.attemptId) }],
    ...(config.configurationSet === undefined ? {} : { ConfigurationSetName: config.configurationSet }),
  });
  try {
    const { MessageId: id, $metadata } = await client.send(command, { abortSignal: signal });
    const httpStatus = $metadata.httpStatusCode ?? null;
    if (httpStatus === 200 && id !== undefined && /^[\w.@-]{10,200}$/.test(id))
      return { kind: 'accepted', providerId: id, httpStatus };
    return unprovenBySes(httpStatus);
  } catch (error) {
    return refused(error as AwsError, clock);
  }
}

interface AwsError extends Error {
  /** What was answered; missing: nothing. */
  readonly $response?: { readonly statusCode: number; readonly headers: Readonly<Record<string, string | undefined>> };
}

function refused(error: AwsError, clock: Clock): Answer {
  if (!error.$response) return broken(error);
  const { statusCode: status, headers } = error.$response;
  if (status < 300) return unprovenBySes(status);
  // The SDK’s own words for an answer that is not AWS’s.
  const foreign = error.name === 'SyntaxError' || error.message === 'UnknownError';
  const said = {
    httpStatus: status,
    code: foreign ? String(status) : error.name,
    detail: clip(foreign ? `status ${status}` : error.message),
  };
  // In the sandbox, or from a sender that nobody verified: AWS rejects the message, but means us.
  if (error.name === 'MessageRejected' && /not verified/i.test(error.message)) return { ...CONFIG, ...said };
  const known = ERRORS.get(error.name);
  if (known) return { ...known, ...said };
  // Nothing at this address: a wrong host, not a dead recipient.
  if (status === 404 || status === 410) return { ...CONFIG, ...said };
  return { ...classifyStatus(status, retryAfter(headers['retry-after'], clock.now())), ...said };
}

function unprovenBySes(httpStatus: number | null): Answer {
  return { kind: 'unknown', httpStatus, code: 'NOT_PROVEN', detail: 'a success without SES’s message id' };
}
