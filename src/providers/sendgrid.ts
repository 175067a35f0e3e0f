import { z } from 'zod';
import type mail from '@sendgrid/mail';
import type { Clock } from '../base/clock.js';
import { errorCode, neverConnected } from '../base/http-exchange.js';
import { sendgridClient } from './sendgrid-client.js';
import {
  ANY_CLASS,
  clip,
  classifyStatus,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Provider,
} from './provider.js';

const settings = z.strictObject({
  from: z
    .string()
    .min(3)
    .max(320)
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'expected an e-mail address, with a name or without'),
  /** Another host that speaks SendGrid's v3 API; default: SendGrid's own. */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
});

const credentials = z.strictObject({
  apiKey: z.string().min(1).max(500),
  webhookPublicKey: z.string().max(1000).optional(),
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
      reports: [],
      proof: null,
      costPer1000: null,
      service: null,
    },
    settings,
    credentials,
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
  const { title, body, html, url } = call.content;
  return {
    to: call.address,
    from: config.from,
    subject: title ?? '',
    text: url === null ? body : `${body}\n\n${url}`,
    ...(html === null ? {} : { html }),
    customArgs: { tidings_attempt: call.attemptId },
  };
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
  if (typeof code === 'number') {
    const headers = response?.headers ?? {};
    const reset = headers['x-ratelimit-reset'];
    const named = retryAfter(headers['retry-after'], clock.now());
    const until =
      named ??
      (reset && /^\d+$/.test(reset) ? retryAfter(new Date(Number(reset) * 1000).toUTCString(), clock.now()) : null);
    const detail = (response?.body?.errors ?? []).map((one) => one.message).join('; ');
    const outcome = code === 404 ? ({ kind: 'misconfigured' } as const) : classifyStatus(code, until);
    return { ...outcome, httpStatus: code, code: String(code), detail: clip(detail) };
  }
  const said = { code: errorCode(error), detail: clip(error instanceof Error ? error.message : String(error)) };
  return neverConnected(error)
    ? { kind: 'retry', retryAt: null, rateLimited: false, ...said }
    : { kind: 'unknown', ...said };
}
