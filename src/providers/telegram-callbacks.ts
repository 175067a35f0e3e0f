import {
  fieldOf,
  forged,
  jsonOf,
  sameSecret,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ReportKind,
} from './callback.js';
import { wishOf } from './stop-words.js';

/** Proves and reads an update of the Bot API. */
export function readTelegram({ headers, body, now }: Callback, secret: string | undefined): CallbackAnswer {
  if (secret === undefined) return forged('the integration has no secretToken');
  if (!sameSecret(headers['x-telegram-bot-api-secret-token'] ?? '', secret))
    return forged('X-Telegram-Bot-Api-Secret-Token is not ours');
  const update = jsonOf(body);
  const id = fieldOf(update, 'update_id');
  if (!Number.isInteger(id)) return { kind: 'malformed', detail: 'no update_id' };
  const type = Object.keys(update as object).find((name) => name !== 'update_id') ?? 'update';
  const about = fieldOf(update, type);
  const means = type === 'my_chat_member' ? membership(about) : type === 'message' ? wish(about) : null;
  const found = {
    key: String(id),
    type,
    means,
    at: timeOf(fieldOf(about, 'date'), now),
    attemptId: null,
    providerId: null,
    address: means === null ? null : textOf(about, 'chat', 'id'),
    detail: null,
  };
  return { kind: 'events', events: [found] };
}

/** A person who blocks the bot "kicks" it; a group removes it or it leaves. */
function membership(about: unknown): ReportKind | null {
  const status = textOf(about, 'new_chat_member', 'status');
  return status === 'kicked' || status === 'left' ? 'GONE' : null;
}

/** What a person wants of us, who writes to the bot alone: one member of a group does not speak for all. */
function wish(about: unknown): ReportKind | null {
  const text = textOf(about, 'text');
  if (text === null || textOf(about, 'chat', 'type') !== 'private') return null;
  // `/start` may carry where the person came from.
  const command = /^\/(start|stop)(?:@\w+)?(?:\s|$)/i.exec(text)?.[1]?.toLowerCase();
  if (command === undefined) return wishOf(text);
  return command === 'stop' ? 'STOPPED' : 'STARTED';
}
