import { z } from 'zod';
import type mail from '@sendgrid/mail';
import { plus, type Clock } from '../base/clock.js';
import type { Attachment } from '../channels/channel.js';
import { base64Of, mailboxOf, plainText } from './email-parts.js';
import { baseUrlField, secretField, senderField } from './fields.js';
import { broken } from './http-call.js';
import { sendgridClient } from './sendgrid-client.js';
import { readSendgridEvents, verificationKey } from './sendgrid-events.js';
import {
  ANY_CLASS,
  clip,
  classifyStatus,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Outcome,
  type Provider,
} from './provider.js';

const settings = z.strictObject({ from: senderField, baseUrl: baseUrlField });

const credentials = z.strictObject({
  apiKey: secretField('An API key with the permission Mail Send.'),
  webhookPublicKey: z
    .string()
    .max(1000)
    .refine((shown) => verificationKey(shown) !== null, 'expected the verification key as SendGrid shows it, in base64')
    .optional()
    .describe('The verification key of the Signed Event Webhook. Without it callbacks are refused.'),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

/** E-mail over SendGrid's v3 Mail Send, by its own SDK. */
export function sendgrid(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'sendgrid',
    channels: ['EMAIL'],
    traits: {
      title: 'SendGrid',
      docs: 'https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send',
      classes: ANY_CLASS,
      attachments: 'FIELDS',
      payloadLimit: 30_000_000,
      rateLimit: null,
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
      proof: 'ECDSA signature (P-256) over time and body',
      untracks: true,
      costPer1000: null,
      service: null,
    },
    settings,
    credentials,
    // SendGrid knows no key for repetitions, and finding a message costs extra.
    settling: { keyMs: null, lookup: false, reports: true },
    hears: (_settings, { webhookPublicKey }) => webhookPublicKey !== undefined,
    read: (callback, _config, secrets) => readSendgridEvents(callback, secrets.webhookPublicKey),
    open: (config, secrets) =>
      ({
        prepare: sdk,
        send: (call, signal) => send(config, secrets, call, signal, clock),
      }) satisfies Carrier,
  };
}

/** Loaded on first use, and once: the SDK costs half a second of start-up, an import a tenth of a millisecond. */
let loaded: Promise<{ MailService: new () => typeof mail }> | undefined;
function sdk(): Promise<{ MailService: new () => typeof mail }> {
  // The package exports one shared instance and, untyped, the class behind it; integrations must not share settings.
  return (loaded ??= import('@sendgrid/mail').then((module) => module.default as never));
}

async function send(
  config: Settings,
  secrets: Credentials,
  call: Call,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  const { MailService } = await sdk();
  const service = new MailService();
  // The SDK words the mail, its client would carry it: see sendgrid-client.ts for why ours does.
  service.setClient(sendgridClient({ baseUrl: config.baseUrl, apiKey: secrets.apiKey }, signal));
  try {
    const [response] = await service.send(message(config, call));
    return accepted(response.statusCode, response.headers as Record<string, string | undefined>);
  } catch (error) {
    return refused(error, clock);
  }
}

function message(config: Settings, call: Call) {
  const { title, html, attachments = [] } = call.content;
  const { sender, headers } = call;
  return {
    to: call.address,
    from: mailboxOf(sender?.from ?? config.from),
    ...(sender?.replyTo ? { replyTo: mailboxOf(sender.replyTo) } : {}),
    subject: title ?? '',
    text: plainText(call),
    ...(html === null ? {} : { html }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(fileOf) }),
    headers: { ...headers },
    customArgs: { tidings_attempt: call.attemptId },
    ...(call.tracking ? {} : { trackingSettings: UNTRACKED }),
  };
}

/** Over what the account says. */
const UNTRACKED = {
  clickTracking: { enable: false, enableText: false },
  openTracking: { enable: false },
};

function fileOf(file: Attachment) {
  const { filename, contentType: type, contentId } = file;
  const place =
    // The SDK translates names of fields, but not within arrays.
    contentId === null ? { disposition: 'attachment' } : { disposition: 'inline', content_id: contentId };
  return { content: base64Of(file), filename, type, ...place };
}

/** 202 with a message id and nothing else is SendGrid's yes; a 200 with a page of HTML is some proxy's. */
function accepted(status: number, headers: Record<string, string | undefined>): Answer {
  const providerId = headers['x-message-id'] ?? null;
  if (status === 202 && providerId !== null) return { kind: 'accepted', providerId, httpStatus: status };
  return { kind: 'unknown', httpStatus: status, code: 'NOT_PROVEN', detail: 'a success without SendGrid’s message id' };
}

interface SendgridError {
  code?: number | string;
  response?: { headers?: Record<string, string>; body?: { errors?: { message?: string; field?: string | null }[] } };
}

function refused(error: unknown, clock: Clock): Answer {
  const { code, response } = error as SendgridError;
  if (typeof code !== 'number') return broken(error);
  const detail = (response?.body?.errors ?? []).map((one) => one.message).join('; ');
  const outcome = known(code, detail, clock.now()) ?? classifyStatus(code, until(response?.headers ?? {}, clock.now()));
  return { ...outcome, httpStatus: code, code: String(code), detail: clip(detail) };
}

/** How long a temporary block is waited for: SendGrid names no time. */
const BLOCK_MS = 5 * 60_000;

/** What a status means to SendGrid and to few others. */
function known(status: number, detail: string, now: Date): Outcome | null {
  // Mostly a sender that was never verified or a key without the permission; but also a block that goes by itself.
  if (status === 403 && /too many|temporar/i.test(detail))
    return { kind: 'retry', retryAt: plus(now, BLOCK_MS), rateLimited: true };
  // A wrong host, and an account that lives in another region.
  return status === 404 || status === 451 ? { kind: 'misconfigured' } : null;
}

/** `Retry-After`, else the second of the epoch in which SendGrid's own counter begins anew. */
function until(headers: Record<string, string>, now: Date): Date | null {
  const named = retryAfter(headers['retry-after'], now);
  const reset = headers['x-ratelimit-reset'];
  if (named || reset === undefined || !/^\d{1,12}$/.test(reset)) return named;
  return retryAfter(new Date(Number(reset) * 1000).toUTCString(), now);
}
