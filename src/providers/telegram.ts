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
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Outcome,
  type Provider,
} from './provider.js';
import { readTelegram } from './telegram-callbacks.js';

const settings = z.strictObject({ baseUrl: baseUrlField });

const credentials = z.strictObject({
  botToken: secretField('The bot’s token from @BotFather.').regex(
    /^\d{1,20}:[\w-]{1,200}$/,
    'expected the bot’s number, a colon and letters, digits, - and _',
  ),
  secretToken: z
    .string()
    .regex(/^[\w-]{1,256}$/, 'expected 1 to 256 letters, digits, - and _')
    .optional()
    .describe('The `secret_token` that setWebhook was given. Without it callbacks are refused.'),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://api.telegram.org';

/** Characters of a message, in UTF-16 units, as Telegram counts. */
const TEXT_MAX = 4096;

/** Telegram has no codes of its own besides the status: `description` says which, in words that have not changed for years. */
const REFUSALS: readonly { status: number; says: RegExp; outcome: Outcome; code: string }[] = [
  { status: 400, says: /chat not found|user not found|PEER_ID_INVALID/i, outcome: { kind: 'gone' }, code: 'NO_CHAT' },
  { status: 400, says: /message is too long/i, outcome: { kind: 'rejected' }, code: 'TOO_LONG' },
  { status: 403, says: /blocked|kicked|deactivated/i, outcome: { kind: 'gone' }, code: 'BLOCKED' },
  { status: 403, says: /not a member|can't initiate/i, outcome: { kind: 'gone' }, code: 'NO_CHAT' },
  // About this chat alone: a bot without a right is still a bot.
  { status: 403, says: /^/, outcome: { kind: 'rejected' }, code: 'FORBIDDEN' },
];

/** Messages of a bot to a chat. */
export function telegram(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'telegram',
    channels: ['TELEGRAM'],
    traits: {
      title: 'Telegram',
      docs: 'https://core.telegram.org/bots/api#sendmessage',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      rateLimit: { count: 30, periodMs: 1000 },
      reports: ['GONE', 'STOPPED', 'STARTED'],
      proof: 'X-Telegram-Bot-Api-Secret-Token: a shared secret',
      costPer1000: 0,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: null, lookup: false, reports: false },
    open: (config, { botToken }) =>
      ({
        async send(call, signal) {
          const text = plainText(call.content);
          if (text.length > TEXT_MAX) return tooLong(text.length);
          // The token is part of the URL, so no error may say that.
          const url = new URL(`/bot${botToken}/sendMessage`, config.baseUrl ?? HOST).toString();
          const said = await callVendor(url, request(call, text), signal, (reply) => answer(reply, clock));
          return { ...said, detail: said.detail?.replaceAll(botToken, '…') ?? null };
        },
      }) satisfies Carrier,
    read: (callback, _settings, { secretToken }) => readTelegram(callback, secretToken),
  };
}

function tooLong(length: number): Answer {
  return { kind: 'rejected', code: 'TOO_LONG', detail: `${length} characters, Telegram takes ${TEXT_MAX}` };
}

function request(call: Call, text: string) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const body = JSON.stringify({ chat_id: call.address, text, link_preview_options: { is_disabled: true } });
  return { method: 'POST', headers, body };
}

function answer(reply: HttpReply, clock: Clock): Answer {
  const body = jsonReply(reply);
  const id = fieldOf(fieldOf(body, 'result'), 'message_id');
  if (reply.status === 200 && fieldOf(body, 'ok') === true && Number.isInteger(id))
    return { kind: 'accepted', providerId: String(id), httpStatus: reply.status };
  if (reply.status < 400) return unproven(reply, 'a message id');
  const said = { httpStatus: reply.status, detail: description(body) };
  const parameters = fieldOf(body, 'parameters');
  const moved = textOf(parameters, 'migrate_to_chat_id');
  if (moved !== null)
    return { kind: 'rejected', ...said, code: 'MIGRATED', detail: `the group has moved: its chat id is now ${moved}` };
  // Everything that is refused in Telegram's own words, and nothing that a proxy says.
  const known = said.detail === null ? undefined : REFUSALS.find((one) => matches(one, reply.status, said.detail));
  if (known) return { ...known.outcome, ...said, code: known.code };
  const named = reply.headers['retry-after'] ?? textOf(parameters, 'retry_after');
  const outcome = classifyStatus(reply.status, retryAfter(named, clock.now()));
  // A 404 is a token that is none; of a dead chat Telegram says so in words.
  const fair: Outcome = outcome.kind === 'gone' ? { kind: 'misconfigured' } : outcome;
  return { ...fair, ...said, code: String(reply.status) };
}

function matches(refusal: (typeof REFUSALS)[number], status: number, detail: string | null): boolean {
  return refusal.status === status && refusal.says.test(detail ?? '');
}

function description(body: unknown): string | null {
  const text = textOf(body, 'description');
  return text === null ? null : clip(text);
}
