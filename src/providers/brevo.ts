import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { HttpReply } from '../base/http-exchange.js';
import { readBrevoEvents, bareMessageId } from './brevo-events.js';
import { textOf } from './callback.js';
import { base64Of, mailboxOf, plainText } from './email-parts.js';
import { baseUrlField, secretField, senderField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
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
  apiKey: secretField('An API key of Brevo’s v3 API.'),
  webhookToken: secretField(
    'The token that Brevo’s webhook is told to send as `Bearer`, or `user:password` as they stand in its URL. Without it ' +
      'callbacks are refused.',
  ).optional(),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://api.brevo.com';
/** Brevo documents 30 minutes and once announced 15: less than either is certain. */
const KEY_MS = 10 * 60_000;
/** The header that Brevo's webhooks give back. */
const CUSTOM_HEADER = 'X-Mailin-custom';

/** Brevo's own codes (developers.brevo.com); what is not here goes by its HTTP status. */
const CODES = new Map<string | null, Outcome>([
  ['unauthorized', { kind: 'misconfigured' }],
  ['permission_denied', { kind: 'misconfigured' }],
  ['reseller_permission_denied', { kind: 'misconfigured' }],
  ['account_under_validation', { kind: 'misconfigured' }],
  ['not_enough_credits', { kind: 'misconfigured' }],
  ['document_not_found', { kind: 'misconfigured' }],
  ['method_not_allowed', { kind: 'misconfigured' }],
  ['missing_parameter', { kind: 'rejected' }],
  ['out_of_range', { kind: 'rejected' }],
  // Brevo's answer to a key that it knows is a refusal: what went under the key before was taken, and this is that mail.
  ['duplicate_parameter', { kind: 'accepted', providerId: null }],
  ['duplicate_request', { kind: 'accepted', providerId: null }],
]);

/**
 * E-mail over Brevo's transactional API. Brevo knows no `cid:`, so pictures that belong into the text go beside it, as
 * ordinary files; it refuses files whose extension is not on its list.
 */
export function brevo(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'brevo',
    channels: ['EMAIL'],
    traits: {
      title: 'Brevo',
      docs: 'https://developers.brevo.com/reference/sendtransacemail',
      classes: ANY_CLASS,
      attachments: 'FIELDS',
      payloadLimit: 20_000_000,
      rateLimit: { count: 1000, periodMs: 1000 },
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
        'UNSUBSCRIBED',
      ],
      proof: 'a shared token or password',
      costPer1000: null,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: KEY_MS, lookup: false, reports: true },
    hears: (_settings, { webhookToken }) => webhookToken !== undefined,
    read: (callback, _config, secrets) => readBrevoEvents(callback, secrets.webhookToken),
    open: (config, secrets) =>
      ({
        send: (call, signal) => send(config, secrets, call, signal, clock),
      }) satisfies Carrier,
  };
}

function send(config: Settings, secrets: Credentials, call: Call, signal: AbortSignal, clock: Clock): Promise<Answer> {
  const headers = { 'api-key': secrets.apiKey, 'content-type': 'application/json', accept: 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify(message(config, call)) };
  const url = new URL('/v3/smtp/email', config.baseUrl ?? HOST).toString();
  return callVendor(url, request, signal, (reply) => answerOf(reply, clock.now()));
}

function message(config: Settings, call: Call) {
  const { title, html, attachments = [] } = call.content;
  const { sender } = call;
  return {
    sender: mailboxOf(sender?.from ?? config.from),
    to: [{ email: call.address }],
    ...(sender?.replyTo ? { replyTo: mailboxOf(sender.replyTo) } : {}),
    subject: title ?? '',
    textContent: plainText(call),
    ...(html === null ? {} : { htmlContent: html }),
    ...(attachments.length === 0
      ? {}
      : { attachment: attachments.map((file) => ({ name: file.filename, content: base64Of(file) })) }),
    headers: { ...call.headers, [CUSTOM_HEADER]: call.attemptId, idempotencyKey: keyOf(call.deliveryKey) },
  };
}

/** Brevo takes UUIDs alone: the delivery's key as one, always the same. Its version says random, which Brevo recommends. */
function keyOf(deliveryKey: string): string {
  const bytes = createHash('sha256').update(deliveryKey).digest();
  bytes[6] = 0x40 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function answerOf(reply: HttpReply, now: Date): Answer {
  const { status: httpStatus } = reply;
  const body = jsonReply(reply);
  if (httpStatus >= 200 && httpStatus < 300) {
    const id = textOf(body, 'messageId');
    if (httpStatus !== 201 || id === null || !/^<?[^<>\s]+@[^<>\s]+>?$/.test(id))
      return unproven(reply, 'Brevo’s messageId');
    return { kind: 'accepted', providerId: bareMessageId(id), httpStatus };
  }
  const [code, said] = [textOf(body, 'code'), textOf(body, 'message')];
  const outcome = CODES.get(code) ?? byStatus(reply, code, said ?? '', now);
  return { ...outcome, httpStatus, code: code ?? String(httpStatus), detail: said && clip(said) };
}

function byStatus({ status, headers }: HttpReply, code: string | null, said: string, now: Date): Outcome {
  // Out of credits, and a wrong host.
  if (status === 402 || status === 404) return { kind: 'misconfigured' };
  // The one parameter that is ours: a sender that was never validated.
  if (code === 'invalid_parameter' && /\bsender\b/i.test(said)) return { kind: 'misconfigured' };
  // Brevo counts seconds until its limit begins anew.
  return classifyStatus(
    status,
    retryAfter(headers['retry-after'], now) ?? retryAfter(headers['x-sib-ratelimit-reset'], now),
  );
}
