import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { exchange, type HttpReply } from '../base/http-exchange.js';
import { secretField } from './fields.js';
import { broken, jsonReply, unproven } from './http-call.js';
import { fieldOf, textOf } from './callback.js';
import { classifyStatus, clip, retryAfter, type Answer, type Call, type Outcome } from './provider.js';

/** Of an account of Twilio, whatever it sends. */
export const twilioCredentials = z.strictObject({
  accountSid: secretField('The account’s SID: `AC…`.').max(100),
  authToken: secretField('The account’s primary auth token: it also proves callbacks.').max(200),
});

export type TwilioCredentials = z.infer<typeof twilioCredentials>;

/** Codes that Twilio answers to a request, and what they mean for us (twilio.com/docs/api/errors). */
export type Codes = Readonly<Record<number, Outcome>>;

/** Codes of every channel; what is in no table goes by its HTTP status. */
const COMMON: Codes = {
  20003: { kind: 'misconfigured' },
  20404: { kind: 'misconfigured' },
};

/** Of a message, as the SDK names its fields. */
export interface TwilioMessage {
  readonly to: string;
  readonly from?: string;
  readonly messagingServiceSid?: string;
  readonly body?: string;
  readonly contentSid?: string;
  readonly contentVariables?: string;
}

interface Desk {
  readonly secrets: TwilioCredentials;
  readonly baseUrl: string | undefined;
  readonly codes: Codes;
  readonly clock: Clock;
}

/** Loaded on first use: the SDK costs a second of start-up. */
export const loadTwilio = () => import('twilio');

/** Makes a message by Twilio's Messages API. Reports on it will name our attempt in their URL. */
export async function createMessage(
  desk: Desk,
  call: Call,
  message: TwilioMessage,
  signal: AbortSignal,
): Promise<Answer> {
  const { default: sdk } = await loadTwilio();
  const { accountSid, authToken } = desk.secrets;
  const wire = new OneRequest(desk.baseUrl, signal);
  try {
    const client = sdk(accountSid, authToken, { httpClient: wire as never, accountSid });
    const created = await client.messages.create({ ...message, ...reportTo(call) });
    const reply = wire.reply as HttpReply;
    if (typeof created.sid === 'string' && /^(SM|MM)/.test(created.sid))
      return { kind: 'accepted', providerId: created.sid, httpStatus: reply.status };
    return unproven(reply, 'a message sid');
  } catch (error) {
    return wire.reply === null ? broken(error) : refused(wire.reply, desk);
  }
}

function reportTo(call: Call): { statusCallback?: string } {
  if (call.callbackUrl === null) return {};
  const url = new URL(call.callbackUrl);
  url.searchParams.set('attempt', call.attemptId);
  return { statusCallback: url.toString() };
}

/** Stands in for the SDK's own client, which knows no total deadline; keeps what came back as it came. */
class OneRequest {
  reply: HttpReply | null = null;

  constructor(
    private readonly baseUrl: string | undefined,
    private readonly signal: AbortSignal,
  ) {}

  async request(asked: { method: string; uri: string; username?: string; password?: string; data?: object }) {
    const target = new URL(asked.uri);
    const url = this.baseUrl ? new URL(target.pathname + target.search, this.baseUrl) : target;
    const headers = {
      authorization: `Basic ${Buffer.from(`${asked.username}:${asked.password}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    const body = new URLSearchParams(asked.data as Record<string, string>).toString();
    this.reply = await exchange(url.toString(), { method: asked.method.toUpperCase(), headers, body }, this.signal);
    return {
      statusCode: this.reply.status,
      body: jsonReply(this.reply) ?? this.reply.text,
      headers: this.reply.headers,
    };
  }
}

function refused(reply: HttpReply, { codes, clock }: Desk): Answer {
  const body = jsonReply(reply);
  const given = fieldOf(body, 'code');
  const code = typeof given === 'number' ? given : null;
  const known = code === null ? undefined : (codes[code] ?? COMMON[code]);
  const outcome = known ?? classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], clock.now()));
  // A 404 without Twilio's own code is a wrong host, not a dead phone.
  const fair: Outcome = outcome.kind === 'gone' && known === undefined ? { kind: 'misconfigured' } : outcome;
  const detail = textOf(body, 'message');
  return {
    ...fair,
    httpStatus: reply.status,
    code: String(code ?? reply.status),
    detail: detail && clip(detail),
  };
}
