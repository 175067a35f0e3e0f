import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { errorCode, exchange, neverConnected, type HttpReply } from '../base/http-exchange.js';
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
  /** The sending number in international form, or a messaging service's id. */
  from: z.string().min(1).max(64),
  /** Another host that speaks Twilio's 2010-04-01 API; default: Twilio's own. */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
});

const credentials = z.strictObject({ accountSid: z.string().min(1).max(100), authToken: z.string().min(1).max(200) });

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

/** Twilio's own error codes (twilio.com/docs/api/errors); what is not here goes by its HTTP status. */
const CODES: Readonly<Record<number, Outcome>> = {
  20003: { kind: 'misconfigured' },
  20404: { kind: 'misconfigured' },
  21211: { kind: 'rejected' },
  21408: { kind: 'misconfigured' },
  21606: { kind: 'misconfigured' },
  21610: { kind: 'rejected' },
  21612: { kind: 'rejected' },
  21614: { kind: 'gone' },
  21635: { kind: 'gone' },
};

/** SMS over Twilio's Messages API, by its own SDK. */
export function twilio(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'twilio',
    channels: ['SMS'],
    traits: {
      title: 'Twilio',
      docs: 'https://www.twilio.com/docs/messaging/api/message-resource',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
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
        prepare: load,
        send: (call, signal) => send(config, secrets, call, signal, clock),
      }) satisfies Carrier,
  };
}

/** Loaded on first use: the SDK costs a second of start-up. */
const load = () => import('twilio');

async function send(
  config: Settings,
  secrets: Credentials,
  call: Call,
  signal: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  const { default: sdk } = await load();
  let last: HttpReply | null = null;
  // The SDK's own client knows no total deadline; ours makes the one request under our signal and keeps the raw reply.
  const httpClient = {
    async request(opts: {
      method: string;
      uri: string;
      username?: string;
      password?: string;
      data?: object;
      headers?: object;
    }) {
      const target = new URL(opts.uri);
      const url = config.baseUrl ? new URL(target.pathname + target.search, config.baseUrl) : target;
      const body = new URLSearchParams(opts.data as Record<string, string>).toString();
      const authorization = `Basic ${Buffer.from(`${opts.username}:${opts.password}`).toString('base64')}`;
      const headers = {
        authorization,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      };
      last = await exchange(url.toString(), { method: opts.method.toUpperCase(), headers, body }, signal);
      return { statusCode: last.status, body: parse(last.text), headers: last.headers };
    },
  };
  try {
    const client = sdk(secrets.accountSid, secrets.authToken, {
      httpClient: httpClient as never,
      accountSid: secrets.accountSid,
    });
    const sender = config.from.startsWith('MG') ? { messagingServiceSid: config.from } : { from: config.from };
    const created = await client.messages.create({ to: call.address, body: text(call), ...sender });
    if (typeof created.sid === 'string' && /^(SM|MM)/.test(created.sid))
      return {
        kind: 'accepted',
        providerId: created.sid,
        httpStatus: last === null ? null : (last as HttpReply).status,
      };
    return {
      kind: 'unknown',
      httpStatus: statusOf(last),
      code: 'NOT_PROVEN',
      detail: 'a success without a message sid',
    };
  } catch (error) {
    return refused(error, last, clock);
  }
}

function text(call: Call): string {
  return [call.content.title, call.content.body, call.content.url]
    .filter((part) => part !== null && part !== '')
    .join('\n');
}

function refused(error: unknown, reply: HttpReply | null, clock: Clock): Answer {
  if (reply === null) {
    const said = { code: errorCode(error), detail: clip(messageOf(error)) };
    return neverConnected(error)
      ? { kind: 'retry', retryAt: null, rateLimited: false, ...said }
      : { kind: 'unknown', ...said };
  }
  const body = parse(reply.text) as { code?: number; message?: string } | string | null;
  const code = typeof body === 'object' && body !== null && typeof body.code === 'number' ? body.code : null;
  const known = code === null ? undefined : CODES[code];
  const outcome = known ?? classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], clock.now()));
  const detail = typeof body === 'object' && body !== null ? (body.message ?? null) : null;
  // A 404 without Twilio's own code is a wrong host, not a dead phone.
  const fair: Outcome = outcome.kind === 'gone' && known === undefined ? { kind: 'misconfigured' } : outcome;
  return {
    ...fair,
    httpStatus: reply.status,
    code: code === null ? String(reply.status) : String(code),
    detail: detail && clip(detail),
  };
}

function statusOf(reply: HttpReply | null): number | null {
  return reply?.status ?? null;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
