import { createHash } from 'node:crypto';
import {
  basicMatches,
  fieldOf,
  forged,
  jsonOf,
  sameSecret,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ProviderEvent,
  type ReportKind,
} from './callback.js';
import { clip } from './provider.js';

/** Brevo's words. What is not here is kept and ignored: `proxy_open` is a mail program that fetches pictures by itself. */
const MEANINGS = new Map<string, ReportKind>([
  ['request', 'ACCEPTED'],
  ['sent', 'ACCEPTED'],
  ['deferred', 'DEFERRED'],
  ['delivered', 'DELIVERED'],
  ['soft_bounce', 'SOFT_BOUNCED'],
  ['hard_bounce', 'BOUNCED'],
  ['invalid_email', 'BOUNCED'],
  ['blocked', 'REJECTED'],
  ['error', 'REJECTED'],
  ['spam', 'COMPLAINED'],
  ['unsubscribed', 'UNSUBSCRIBED'],
  ['unsubscribe', 'UNSUBSCRIBED'],
  ['opened', 'OPENED'],
  ['unique_opened', 'OPENED'],
  ['click', 'CLICKED'],
]);

/** Reads Brevo's webhook: one event, or several where the webhook is told to batch them. */
export function readBrevoEvents(callback: Callback, token: string | undefined): CallbackAnswer {
  if (token === undefined) return forged('no webhookToken is configured: the one that Brevo’s webhook was given');
  if (!isProven(callback.headers['authorization'], token))
    return forged('the authorization is not by the webhookToken');
  const body = jsonOf(callback.body);
  const all: unknown[] = Array.isArray(body) ? body : [body];
  const events = all.flatMap((event) => eventOf(event, callback.now) ?? []);
  // One that is no event must not cost us the others; nothing but such is no callback of Brevo's.
  return events.length === 0 && all.length > 0
    ? { kind: 'malformed', detail: 'expected an event, or an array of events' }
    : { kind: 'events', events };
}

/** The names of messages come with angle brackets and without. */
export function bareMessageId(id: string): string {
  return id.replace(/^<(.*)>$/, '$1');
}

function isProven(header: string | undefined, token: string): boolean {
  const bearer = /^Bearer (.{1,2000})$/i.exec(header ?? '')?.[1];
  if (bearer !== undefined) return sameSecret(bearer, token);
  const colon = token.indexOf(':');
  return colon > 0 && basicMatches(header, token.slice(0, colon), token.slice(colon + 1));
}

function eventOf(event: unknown, now: Date): ProviderEvent | null {
  const type = textOf(event, 'event');
  if (type === null) return null;
  const [id, reason] = [textOf(event, 'message-id'), textOf(event, 'reason')];
  return {
    key: keyOf(event, type, id),
    type,
    means: MEANINGS.get(type) ?? null,
    // The others are in the time zone of the account.
    at: timeOf(fieldOf(event, 'ts_event'), now),
    attemptId: textOf(event, 'X-Mailin-custom'),
    providerId: id === null ? null : bareMessageId(id),
    address: textOf(event, 'email'),
    detail: reason && clip(reason),
  };
}

/** Brevo gives events no id: what makes one is the message, what happened, when, and with which link. */
function keyOf(event: unknown, type: string, id: string | null): string {
  const told = [
    id,
    type,
    textOf(event, 'email'),
    textOf(event, 'ts_event'),
    textOf(event, 'ts_epoch'),
    textOf(event, 'link'),
  ];
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url');
}
