import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { HttpReply } from '../base/http-exchange.js';
import { Kept } from '../base/kept.js';
import { fieldOf, textOf } from './callback.js';
import { baseUrlField, secretField } from './fields.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { plainText } from './plain-text.js';
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

const settings = z.strictObject({ baseUrl: baseUrlField });

const credentials = z.strictObject({
  botToken: secretField('The bot’s token, from the developer portal.').regex(
    /^[\w.-]+$/,
    'expected letters, digits, ., - and _',
  ),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://discord.com';

/** Characters of a message. */
const TEXT_MAX = 2000;
const NONCE_MAX = 25;
/** Discord folds repetitions "of the past few minutes"; fewer than that are relied upon. */
const NONCE_MS = 120_000;
/** The channel of a direct message never changes; it is asked for again now and then all the same. */
const OPENED = { ms: 24 * 3_600_000, max: 10_000 };
/** `SUPPRESS_EMBEDS`: links are shown as they stand. */
const NO_PREVIEWS = 4;

/** Discord's own codes (discord.com/developers/docs/topics/opcodes-and-status-codes); what is not here goes by its status. */
const CODES: Readonly<Record<number, Outcome>> = {
  10003: { kind: 'gone' },
  10013: { kind: 'gone' },
  /** No messages to this person: they closed their direct messages, or share no server with the bot. */
  50007: { kind: 'gone' },
  50033: { kind: 'gone' },
  50278: { kind: 'gone' },
  // The bot may not write in this channel: about the channel, not about the bot.
  50001: { kind: 'rejected' },
  50013: { kind: 'rejected' },
  50008: { kind: 'rejected' },
  200000: { kind: 'rejected' },
  40001: { kind: 'misconfigured' },
  40002: { kind: 'misconfigured' },
};

/** Codes of "too fast", whatever their status: opening direct messages, writing in one channel. */
const TOO_FAST = new Set([40003, 20016, 20028]);

/** A bot's messages to a channel of Discord, or to a person. */
export function discord(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'discord',
    channels: ['DISCORD'],
    traits: {
      title: 'Discord',
      docs: 'https://discord.com/developers/docs/resources/message#create-message',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      rateLimit: { count: 50, periodMs: 1000 },
      reports: [],
      proof: null,
      costPer1000: 0,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: NONCE_MS, lookup: false, reports: false },
    open: (config, { botToken }) => new Bot(config.baseUrl ?? HOST, botToken, clock),
  };
}

class Bot implements Carrier {
  private readonly opened: Kept<string>;

  constructor(
    private readonly host: string,
    private readonly token: string,
    private readonly clock: Clock,
  ) {
    this.opened = new Kept(clock, OPENED);
  }

  async send(call: Call, signal: AbortSignal): Promise<Answer> {
    const content = plainText(call.content);
    if (content.length > TEXT_MAX)
      return {
        kind: 'rejected',
        code: 'TOO_LONG',
        detail: `${content.length} characters, Discord takes ${TEXT_MAX}`,
      };
    const person = /^user:(\d+)$/.exec(call.address)?.[1];
    const channel = person === undefined ? call.address : await this.channelOf(person, signal);
    if (typeof channel !== 'string') return channel;
    const message = {
      content,
      nonce: createHash('sha256').update(call.deliveryKey).digest('base64url').slice(0, NONCE_MAX),
      enforce_nonce: true,
      allowed_mentions: { parse: [] },
      flags: NO_PREVIEWS,
    };
    return this.post(`channels/${encodeURIComponent(channel)}/messages`, message, signal);
  }

  /** The channel of direct messages with this person, or why there is none. Opening it tells them nothing. */
  private async channelOf(person: string, signal: AbortSignal): Promise<string | Answer> {
    const known = this.opened.get(person);
    if (known !== undefined) return known;
    const answer = await this.post('users/@me/channels', { recipient_id: person }, signal);
    if (answer.kind === 'accepted' && typeof answer.providerId === 'string') {
      this.opened.set(person, answer.providerId);
      return answer.providerId;
    }
    // Whatever became of it, no message has left.
    return answer.kind === 'unknown' ? { ...answer, kind: 'retry', retryAt: null, rateLimited: false } : answer;
  }

  private post(path: string, body: object, signal: AbortSignal): Promise<Answer> {
    const headers = {
      authorization: `Bot ${this.token}`,
      'content-type': 'application/json',
      accept: 'application/json',
      // Discord asks for this form, and blocks what says nothing.
      'user-agent': 'DiscordBot (tidings, 1)',
    };
    const url = new URL(`/api/v10/${path}`, this.host).toString();
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    return callVendor(url, request, signal, (reply) => answerOf(reply, this.clock));
  }
}

function answerOf(reply: HttpReply, clock: Clock): Answer {
  const body = jsonReply(reply);
  const id = textOf(body, 'id');
  if (reply.status === 200 && id !== null && /^\d{17,20}$/.test(id))
    return { kind: 'accepted', providerId: id, httpStatus: reply.status };
  if (reply.status < 300) return unproven(reply, 'an id');
  const given = fieldOf(body, 'code');
  // 0 is "no code of its own".
  const code = typeof given === 'number' && given !== 0 ? given : null;
  const outcome = read(reply, code, fieldOf(body, 'retry_after'), clock);
  const detail = textOf(body, 'message');
  return { ...outcome, httpStatus: reply.status, code: String(code ?? reply.status), detail: detail && clip(detail) };
}

function read(reply: HttpReply, code: number | null, seconds: unknown, clock: Clock): Outcome {
  const named = reply.headers['retry-after'] ?? (typeof seconds === 'number' ? String(Math.ceil(seconds)) : null);
  const retryAt = retryAfter(named, clock.now());
  if (code !== null && TOO_FAST.has(code)) return { kind: 'retry', retryAt, rateLimited: true };
  const known = code === null ? undefined : CODES[code];
  if (known) return known;
  const outcome = classifyStatus(reply.status, retryAt);
  // In a code that we do not know a 403 or 404 is about this channel; in nobody's words it is a wrong host.
  if (code !== null && reply.status === 403) return { kind: 'rejected' };
  return outcome.kind === 'gone' ? { kind: code === null ? 'misconfigured' : 'rejected' } : outcome;
}
