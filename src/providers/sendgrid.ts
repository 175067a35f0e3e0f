import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { errorCode, neverConnected } from './http-exchange.js';
import { clip, classifyStatus, retryAfter, type Answer, type Call, type Carrier, type Provider } from './provider.js';

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
    settings,
    credentials,
    open: (config, secrets) =>
      ({
        prepare: load,
        send: (call, signal) => send(config, secrets, call, signal, clock),
      }) satisfies Carrier,
  };
}

/** Loaded on first use: the SDK costs half a second of start-up. */
const load = () => Promise.all([import('@sendgrid/mail'), import('@sendgrid/client')]);

async function send(
  config: Settings,
  secrets: Credentials,
  call: Call,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  const [{ default: mail }, { default: shared }] = await load();
  // Both packages export one shared instance and, untyped, the class behind it; integrations must not share settings.
  const client = new (shared as unknown as { Client: new () => typeof shared }).Client();
  // As a header, because setApiKey resets the host and warns on stdout about keys of other forms.
  client.setDefaultHeader('Authorization', `Bearer ${secrets.apiKey}`);
  // The SDK hands unknown request options to axios: our deadline cuts the socket, and nothing is followed or retried.
  const options = {
    signal,
    maxRedirects: 0,
    maxContentLength: 65_536,
    ...(config.baseUrl ? { baseUrl: config.baseUrl } : {}),
  };
  for (const [key, value] of Object.entries(options)) client.setDefaultRequest(key as 'baseUrl', value as string);
  const service = new (mail as unknown as { MailService: new () => typeof mail }).MailService();
  service.setClient(client);
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
