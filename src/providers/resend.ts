import { z } from 'zod';
import { plus, type Clock } from '../base/clock.js';
import type { HttpReply } from '../base/http-exchange.js';
import type { Attachment } from '../channels/channel.js';
import { textOf } from './callback.js';
import { base64Of, mailboxOf, plainText } from './email-parts.js';
import { baseUrlField, secretField, senderField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { DELIVERY_TAG, readResendEvent } from './resend-events.js';
import { webhookSecretField } from './standard-webhooks.js';
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

const settings = z.strictObject({ from: senderField, baseUrl: baseUrlField });

const credentials = z.strictObject({
  apiKey: secretField('An API key; one that may only send is enough.'),
  webhookSecret: webhookSecretField(
    'The signing secret of the webhook, `whsec_…`. Without it callbacks are refused.',
  ).optional(),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://api.resend.com';
const DAY_MS = 86_400_000;
/** A day's quota comes back by and by; Resend names no time. */
const QUOTA_PAUSE_MS = 3_600_000;

/** Resend's own names (resend.com/docs/api-reference/errors); what is not here goes by its HTTP status. */
const NAMES = new Map<string | null, (until: Date | null, now: Date) => Outcome>([
  ['missing_api_key', () => ({ kind: 'misconfigured' })],
  ['invalid_api_key', () => ({ kind: 'misconfigured' })],
  ['restricted_api_key', () => ({ kind: 'misconfigured' })],
  ['suspended_api_key', () => ({ kind: 'misconfigured' })],
  ['invalid_access', () => ({ kind: 'misconfigured' })],
  ['invalid_from_address', () => ({ kind: 'misconfigured' })],
  // A wrong host, or something that is none of Resend's.
  ['not_found', () => ({ kind: 'misconfigured' })],
  ['method_not_allowed', () => ({ kind: 'misconfigured' })],
  // No waiting helps, a larger plan does.
  ['monthly_quota_exceeded', () => ({ kind: 'misconfigured' })],
  [
    'daily_quota_exceeded',
    (until, now) => ({ kind: 'retry', retryAt: until ?? plus(now, QUOTA_PAUSE_MS), rateLimited: true }),
  ],
  // The attempt before is still on its way in; Resend will soon repeat its answer.
  ['concurrent_idempotent_requests', () => ({ kind: 'retry', retryAt: null, rateLimited: false })],
  // Something else went under this key: the mail as it was worded before may have been taken.
  ['invalid_idempotent_request', () => ({ kind: 'unknown' })],
  ['security_error', () => ({ kind: 'rejected' })],
]);

/** E-mail over Resend's API. */
export function resend(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'resend',
    channels: ['EMAIL'],
    traits: {
      title: 'Resend',
      docs: 'https://resend.com/docs/api-reference/emails/send-email',
      classes: ANY_CLASS,
      attachments: 'FIELDS',
      payloadLimit: 40_000_000,
      rateLimit: { count: 5, periodMs: 1000 },
      reports: [
        'ACCEPTED',
        'DEFERRED',
        'DELIVERED',
        'BOUNCED',
        'SOFT_BOUNCED',
        'REJECTED',
        'OPENED',
        'CLICKED',
        'COMPLAINED',
      ],
      proof: 'Svix signature (HMAC-SHA256) over id, time and body',
      costPer1000: null,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: DAY_MS, lookup: false, reports: true },
    hears: (_settings, { webhookSecret }) => webhookSecret !== undefined,
    read: (callback, _config, secrets) => readResendEvent(callback, secrets.webhookSecret),
    open: (config, secrets) =>
      ({
        send: (call, signal) => send(config, secrets, call, signal, clock),
      }) satisfies Carrier,
  };
}

function send(config: Settings, secrets: Credentials, call: Call, signal: AbortSignal, clock: Clock): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${secrets.apiKey}`,
    'content-type': 'application/json',
    accept: 'application/json',
    // Resend refuses whoever does not say what it is.
    'user-agent': 'tidings',
    'idempotency-key': call.deliveryKey,
  };
  const request = { method: 'POST', headers, body: JSON.stringify(message(config, call)) };
  const url = new URL('/emails', config.baseUrl ?? HOST).toString();
  return callVendor(url, request, signal, (reply) => answerOf(reply, clock.now()));
}

/**
 * The same for all attempts of a delivery: under a key that it knows Resend refuses whatever is not the same to the byte. So
 * nothing of the attempt is in it; the tag names the delivery, and comes back in its reports.
 */
function message(config: Settings, call: Call) {
  const { title, html, attachments = [] } = call.content;
  const { sender, headers } = call;
  return {
    from: unquoted(sender?.from ?? config.from),
    to: [call.address],
    ...(sender?.replyTo ? { reply_to: unquoted(sender.replyTo) } : {}),
    subject: title ?? '',
    text: plainText(call),
    ...(html === null ? {} : { html }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(fileOf) }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    tags: [{ name: DELIVERY_TAG, value: call.deliveryKey.replaceAll('.', '-') }],
  };
}

/** Resend takes a name as it is and refuses one in quotes. */
function unquoted(written: string): string {
  const { name, email } = mailboxOf(written);
  return name === undefined ? email : `${name} <${email}>`;
}

function fileOf(file: Attachment) {
  const { filename, contentType, contentId } = file;
  return {
    filename,
    content: base64Of(file),
    content_type: contentType,
    ...(contentId === null ? {} : { content_id: contentId }),
  };
}

function answerOf(reply: HttpReply, now: Date): Answer {
  const { status: httpStatus, headers } = reply;
  const body = jsonReply(reply);
  if (httpStatus >= 200 && httpStatus < 300) {
    const id = textOf(body, 'id');
    if (httpStatus !== 200 || id === null || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
      return unproven(reply, 'Resend’s id');
    return { kind: 'accepted', providerId: id, httpStatus };
  }
  const [name, said] = [textOf(body, 'name'), textOf(body, 'message')];
  // The latter is seconds until the limit begins anew.
  const until = retryAfter(headers['retry-after'], now) ?? retryAfter(headers['ratelimit-reset'], now);
  const outcome = NAMES.get(name)?.(until, now) ?? byStatus(httpStatus, until);
  return { ...outcome, httpStatus, code: name ?? String(httpStatus), detail: said && clip(said) };
}

function byStatus(status: number, until: Date | null): Outcome {
  // A 404 in nobody's words is a wrong host, not a dead address.
  return status === 404 ? { kind: 'misconfigured' } : classifyStatus(status, until);
}
