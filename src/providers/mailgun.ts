import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { CATEGORY_CLASSES } from '../base/names.js';
import type { HttpReply } from '../base/http-exchange.js';
import { fieldOf, textOf } from './callback.js';
import { baseUrlField, secretField, senderField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { lookupAtMailgun } from './mailgun-events.js';
import { MAILGUN_REPORTS, readMailgun } from './mailgun-callbacks.js';
import { mailgunForm } from './mailgun-form.js';
import {
  ANY_CLASS,
  classifyStatus,
  clip,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Provider,
} from './provider.js';

const settings = z.strictObject({
  domain: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i, 'expected a domain like mg.example.com')
    .describe('The sending domain, as Mailgun knows it.'),
  from: senderField,
  region: z.enum(['us', 'eu']).default('us').describe('Where the domain lives: `us` (default) or `eu`.'),
  classes: z
    .array(z.enum(CATEGORY_CLASSES))
    .min(1)
    .optional()
    .describe('Classes of categories that it may carry, like `["SECURITY", "TRANSACTIONAL"]`. Default: all.'),
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({
  apiKey: secretField(
    'A sending key of the domain, or the account’s API key; only the latter can look up lost answers.',
  ),
  webhookSigningKey: secretField('The HTTP webhook signing key of the account.').optional(),
});

export type MailgunSettings = z.infer<typeof settings>;
export type MailgunCredentials = z.infer<typeof credentials>;

const HOSTS = { us: 'https://api.mailgun.net', eu: 'https://api.eu.mailgun.net' } as const;

/** E-mail over Mailgun’s Messages API. 25 MB is its limit of a message. */
export function mailgun(clock: Clock): Provider<MailgunSettings, MailgunCredentials> {
  return {
    name: 'mailgun',
    channels: ['EMAIL'],
    traits: {
      title: 'Mailgun',
      docs: 'https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages',
      classes: ANY_CLASS,
      attachments: 'FIELDS',
      payloadLimit: 25_000_000,
      rateLimit: null,
      reports: MAILGUN_REPORTS,
      proof: 'HMAC-SHA256 over time and token',
      untracks: true,
      costPer1000: null,
      service: null,
    },
    classesOf: ({ classes }) => classes ?? ANY_CLASS,
    settings,
    credentials,
    settling: { keyMs: null, lookup: true, reports: true },
    hears: (_settings, { webhookSigningKey }) => webhookSigningKey !== undefined,
    open: (config, secrets) => {
      const target = {
        url: `${config.baseUrl ?? HOSTS[config.region]}/v3/${config.domain}`,
        authorization: `Basic ${Buffer.from(`api:${secrets.apiKey}`).toString('base64')}`,
      };
      return {
        send: (call, signal) => send(config, target, call, signal, clock),
        lookup: (call, since, signal) => lookupAtMailgun(target, call, since, signal),
      } satisfies Carrier;
    },
    read: (callback, _settings, secrets) => readMailgun(callback, secrets.webhookSigningKey),
  };
}

async function send(
  config: MailgunSettings,
  target: { url: string; authorization: string },
  call: Call,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  const { contentType, body } = await mailgunForm(call, config.from);
  const headers = {
    accept: 'application/json',
    'content-type': contentType,
    authorization: target.authorization,
  };
  return callVendor(`${target.url}/messages`, { method: 'POST', headers, body }, signal, (reply) =>
    classify(reply, clock),
  );
}

/** Yes is 200 with the id that the message will travel under, in its angle brackets, and a word. */
function classify(reply: HttpReply, clock: Clock): Answer {
  const body = jsonReply(reply);
  const message = textOf(body, 'message');
  if (reply.status === 200) {
    const id = fieldOf(body, 'id');
    return typeof id === 'string' && /^<[^<>\s]{3,500}>$/.test(id) && message !== null
      ? { kind: 'accepted', providerId: id, httpStatus: 200 }
      : unproven(reply, 'Mailgun’s message id');
  }
  const said = {
    httpStatus: reply.status,
    code: String(reply.status),
    detail: clip(message ?? `status ${reply.status}`),
  };
  // Mailgun says 404 of a domain that it does not know, and for a moment of others: never of a recipient.
  if (reply.status === 404 || reply.status === 410)
    return /domain not found/i.test(message ?? '')
      ? { kind: 'misconfigured', ...said }
      : { kind: 'retry', retryAt: null, rateLimited: false, ...said };
  return { ...classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], clock.now())), ...said };
}
