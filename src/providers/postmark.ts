import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { HttpReply } from '../base/http-exchange.js';
import type { Attachment } from '../channels/channel.js';
import { fieldOf, textOf } from './callback.js';
import { baseUrlField, secretField, senderField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { plainText, senderOf } from './email-parts.js';
import { POSTMARK_REPORTS, readPostmark } from './postmark-callbacks.js';
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

const streamField = z.string().regex(/^[a-z0-9_-]{1,30}$/i, 'expected the id of a message stream');

const settings = z.strictObject({
  from: senderField,
  messageStream: streamField.default('outbound').describe('The transactional message stream. Default: `outbound`.'),
  broadcastStream: streamField
    .optional()
    .describe('The broadcast message stream, by which marketing goes. Missing: this integration carries no marketing.'),
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({
  serverToken: secretField('The server’s API token.'),
  webhookUser: secretField('The user name that the webhooks log in with (HTTP Basic).').optional(),
  webhookPassword: secretField('The password that the webhooks log in with (HTTP Basic).').optional(),
});

export type PostmarkSettings = z.infer<typeof settings>;
export type PostmarkCredentials = z.infer<typeof credentials>;

const HOST = 'https://api.postmarkapp.com';
const CONFIG: Outcome = { kind: 'misconfigured' };
const REFUSED: Outcome = { kind: 'rejected' };

/**
 * Postmark’s own error codes (postmarkapp.com/developer/api/overview#error-codes). They look like HTTP statuses and are
 * none: 401 is an unconfirmed sender, and comes with 422.
 */
const CODES: Readonly<Record<number, Outcome>> = {
  10: CONFIG, // bad token
  100: { kind: 'retry', retryAt: null, rateLimited: false }, // maintenance
  300: REFUSED, // invalid request
  400: CONFIG, // no such sender signature
  401: CONFIG, // sender signature not confirmed
  402: REFUSED, // invalid JSON
  403: REFUSED, // JSON that does not fit
  405: CONFIG, // out of credit
  411: REFUSED, // a type of file that it does not carry
  412: CONFIG, // the account is pending
  413: CONFIG, // the account may not send
};
const INACTIVE = 406;

/**
 * E-mail over Postmark’s API. The payload limit is the one that our requirements name (135: 50 MB, where SES takes 10 MB).
 * Postmark itself documents 50 MB for its batch and bulk endpoints, and 10 MB for a single e-mail (support article 1056):
 * what is between may be refused by its own answer, which is final.
 */
export function postmark(clock: Clock): Provider<PostmarkSettings, PostmarkCredentials> {
  return {
    name: 'postmark',
    channels: ['EMAIL'],
    traits: {
      title: 'Postmark',
      docs: 'https://postmarkapp.com/developer/api/email-api',
      classes: ANY_CLASS,
      attachments: 'FIELDS',
      payloadLimit: 50_000_000,
      rateLimit: null,
      reports: POSTMARK_REPORTS,
      proof: 'HTTP Basic',
      // The smallest paid plan: 15 dollars for 10,000 a month.
      untracks: true,
      costPer1000: 1.5,
      service: null,
    },
    classesOf: ({ broadcastStream }) =>
      broadcastStream === undefined ? ANY_CLASS.filter((one) => one !== 'MARKETING') : ANY_CLASS,
    settings,
    credentials,
    settling: { keyMs: null, lookup: false, reports: true },
    hears: (_settings, { webhookUser }) => webhookUser !== undefined,
    open: (config, secrets) =>
      ({ send: (call, signal) => send(config, secrets, call, signal, clock) }) satisfies Carrier,
    read: (callback, _settings, secrets) => readPostmark(callback, secrets),
  };
}

function send(
  config: PostmarkSettings,
  secrets: PostmarkCredentials,
  call: Call,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'x-postmark-server-token': secrets.serverToken,
  };
  const stream = streamOf(config, call);
  const body = JSON.stringify({ ...mail(config, call), MessageStream: stream });
  const broadcast = stream === config.broadcastStream;
  return callVendor(`${config.baseUrl ?? HOST}/email`, { method: 'POST', headers, body }, signal, (reply) =>
    classify(reply, broadcast, clock),
  );
}

function streamOf(config: PostmarkSettings, call: Call): string {
  return call.category.class === 'MARKETING' && config.broadcastStream !== undefined
    ? config.broadcastStream
    : config.messageStream;
}

function mail(config: PostmarkSettings, call: Call) {
  const { title, html, attachments = [] } = call.content;
  const { from, replyTo } = senderOf(call, config.from);
  return {
    From: from,
    To: call.address,
    ...(replyTo === null ? {} : { ReplyTo: replyTo }),
    Subject: title ?? '',
    TextBody: plainText(call),
    ...(html === null ? {} : { HtmlBody: html }),
    Headers: Object.entries(call.headers).map(([Name, Value]) => ({ Name, Value })),
    Metadata: { tidings_attempt: call.attemptId },
    Attachments: attachments.map(attached),
    // Over what the server says.
    ...(call.tracking ? {} : { TrackOpens: false, TrackLinks: 'None' }),
  };
}

function attached({ filename, contentType, contentId, bytes }: Attachment) {
  return {
    Name: filename,
    Content: bytes.toString('base64'),
    ContentType: contentType,
    ...(contentId === null ? {} : { ContentID: `cid:${contentId}` }),
  };
}

/** Yes is 200 with code 0 and an id, all of them. */
function classify(reply: HttpReply, broadcast: boolean, clock: Clock): Answer {
  const body = jsonReply(reply);
  const found = fieldOf(body, 'ErrorCode');
  const code = typeof found === 'number' ? found : null;
  const id = textOf(body, 'MessageID');
  if (reply.status === 200 && code === 0)
    return id !== null && /^[\da-f-]{36}$/i.test(id)
      ? { kind: 'accepted', providerId: id, httpStatus: 200 }
      : unproven(reply, 'Postmark’s message id');
  const said = {
    httpStatus: reply.status,
    code: String(code ?? reply.status),
    detail: clip(textOf(body, 'Message') ?? `status ${reply.status}`),
  };
  return { ...outcomeOf(code, reply, broadcast, clock), ...said };
}

function outcomeOf(code: number | null, reply: HttpReply, broadcast: boolean, clock: Clock): Outcome {
  // Inactive on a transactional stream: it bounced for good or complained. On a broadcast stream, most have merely
  // unsubscribed from that, and their address is well.
  if (code === INACTIVE) return broadcast ? REFUSED : { kind: 'gone' };
  const known = code === null ? undefined : CODES[code];
  if (known) return known;
  // Nothing at this address: a wrong host, not a dead recipient.
  if (reply.status === 404 || reply.status === 410) return CONFIG;
  return classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], clock.now()));
}
