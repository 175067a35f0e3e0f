import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { HttpReply } from '../base/http-exchange.js';
import { fieldOf, textOf } from './callback.js';
import { baseUrlField, secretField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { plainText } from './plain-text.js';
import {
  ANY_CLASS,
  classifyStatus,
  clip,
  CODE_MAX,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Outcome,
  type Provider,
} from './provider.js';
import { readVonage } from './vonage-callbacks.js';

const settings = z.strictObject({
  from: z
    .string()
    .min(1)
    .max(20)
    .describe('The sending number in international form, or a name of up to 11 characters.'),
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({
  apiKey: secretField('The account’s API key.'),
  apiSecret: secretField('The account’s API secret.'),
  signatureSecret: secretField(
    'The secret that Vonage signs callbacks with; the account’s signature method has to be SHA-256 HMAC. Without it callbacks are refused.',
  ).optional(),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://rest.nexmo.com';

const RETRY: Outcome = { kind: 'retry', retryAt: null, rateLimited: false };
const SLOW_DOWN: Outcome = { kind: 'retry', retryAt: null, rateLimited: true };

/** The `status` of a message (developer.vonage.com/en/api-errors/sms); it comes with HTTP 200. What is not here is refused. */
const STATUSES: Readonly<Record<string, Outcome>> = {
  1: SLOW_DOWN,
  2: { kind: 'rejected' },
  3: { kind: 'rejected' },
  4: { kind: 'misconfigured' },
  5: RETRY,
  6: { kind: 'rejected' },
  7: { kind: 'rejected' },
  /** The account is suspended; it has no credit left; it may not use this API. */
  8: { kind: 'misconfigured' },
  9: { kind: 'misconfigured' },
  10: SLOW_DOWN,
  11: { kind: 'misconfigured' },
  12: { kind: 'rejected' },
  14: { kind: 'misconfigured' },
  15: { kind: 'misconfigured' },
  22: { kind: 'rejected' },
  23: { kind: 'misconfigured' },
  29: { kind: 'rejected' },
  32: { kind: 'misconfigured' },
  /** The number is out of use. */
  33: { kind: 'gone' },
};

/** SMS over Vonage's (once Nexmo's) SMS API. */
export function vonage(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'vonage',
    channels: ['SMS'],
    traits: {
      title: 'Vonage',
      docs: 'https://developer.vonage.com/en/api/sms',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      rateLimit: { count: 30, periodMs: 1000 },
      reports: ['ACCEPTED', 'DEFERRED', 'DELIVERED', 'SOFT_BOUNCED', 'BOUNCED', 'REJECTED', 'STOPPED', 'STARTED'],
      proof: 'sig: HMAC-SHA256 of all parameters with the signature secret',
      costPer1000: null,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: null, lookup: false, reports: true },
    hears: (_settings, { signatureSecret }, publicUrl) => signatureSecret !== undefined && publicUrl !== null,
    open: (config, secrets) =>
      ({
        send: (call, signal) => {
          const url = new URL('/sms/json', config.baseUrl ?? HOST).toString();
          const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
          const body = new URLSearchParams(form(config, secrets, call)).toString();
          return callVendor(url, { method: 'POST', headers, body }, signal, (reply) => answer(reply, clock));
        },
      }) satisfies Carrier,
    read: (callback, _settings, { signatureSecret }) => readVonage(callback, signatureSecret),
  };
}

/** The letters of GSM 03.38 and its extension; a text with any other has to be sent as Unicode. */
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€\f]*$/;

function form(config: Settings, secrets: Credentials, call: Call): Record<string, string> {
  const text = plainText(call.content);
  return {
    api_key: secrets.apiKey,
    api_secret: secrets.apiSecret,
    from: config.from.replace(/^\+(?=\d)/, ''),
    to: call.address.replace(/^\+/, ''),
    text,
    ...(GSM.test(text) ? {} : { type: 'unicode' }),
    'client-ref': call.attemptId.slice(0, 100),
    ...(call.callbackUrl === null ? {} : { callback: call.callbackUrl }),
  };
}

/** A long text is several messages: all of them must have been taken, or none. */
function answer(reply: HttpReply, clock: Clock): Answer {
  const found = fieldOf(jsonReply(reply), 'messages');
  const parts: unknown[] = Array.isArray(found) ? found : [];
  const refused = parts.filter((part) => textOf(part, 'status') !== '0');
  const first = refused[0];
  const code = textOf(first, 'status');
  if (code !== null) {
    const detail = textOf(first, 'error-text');
    const said = { httpStatus: reply.status, code: code.slice(0, CODE_MAX), detail: detail && clip(detail) };
    if (refused.length < parts.length) return { kind: 'unknown', ...said, detail: 'taken in part' };
    return { ...(STATUSES[code] ?? { kind: 'rejected' }), ...said };
  }
  const providerId = textOf(parts[0], 'message-id');
  if (reply.status === 200 && refused.length === 0 && providerId !== null)
    return { kind: 'accepted', providerId, httpStatus: reply.status };
  if (reply.status < 300) return unproven(reply, 'a message id');
  const outcome = classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], clock.now()));
  // The number stands in the body, not in the path: a 404 is a wrong host.
  const fair: Outcome = outcome.kind === 'gone' ? { kind: 'misconfigured' } : outcome;
  return { ...fair, httpStatus: reply.status, code: String(reply.status), detail: null };
}
