import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import {
  fieldOf,
  forged,
  FRESH_WITH_RETRIES_MS,
  isFresh,
  jsonOf,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ProviderEvent,
  type ReportKind,
} from './callback.js';
import { clip } from './provider.js';

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

/** SendGrid's words; those that mean different things have a function. */
const MEANINGS = new Map<string, (event: unknown) => ReportKind | null>([
  ['processed', () => 'ACCEPTED'],
  ['deferred', () => 'DEFERRED'],
  ['delivered', () => 'DELIVERED'],
  // `blocked` and `expired` are of the moment; only `bounce` says that the address is bad.
  ['bounce', (event) => (textOf(event, 'type') === 'bounce' ? 'BOUNCED' : 'SOFT_BOUNCED')],
  // SendGrid's own lists as well: Bounced Address, Spam Reporting Address, Unsubscribed Address.
  ['dropped', () => 'REJECTED'],
  // Apple and others fetch pictures before anybody has looked.
  ['open', (event) => (fieldOf(event, 'sg_machine_open') === true ? null : 'OPENED')],
  ['click', () => 'CLICKED'],
  ['spamreport', () => 'COMPLAINED'],
  ['unsubscribe', () => 'UNSUBSCRIBED'],
  ['group_unsubscribe', () => 'UNSUBSCRIBED'],
]);

/** The verification key that SendGrid shows: base64 of a P-256 key in DER. Null for anything else. */
export function verificationKey(shown: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(shown, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null;
  } catch {
    return null;
  }
}

/** Reads SendGrid's Event Webhook: an array of events under one signature. */
export function readSendgridEvents(callback: Callback, shownKey: string | undefined): CallbackAnswer {
  const problem = disbelieved(callback, shownKey);
  if (problem !== null) return forged(problem);
  const events = jsonOf(callback.body);
  if (!Array.isArray(events)) return { kind: 'malformed', detail: 'expected an array of events' };
  // One that is no event must not cost us the others.
  return { kind: 'events', events: events.flatMap((event) => eventOf(event, callback.now) ?? []) };
}

/** ECDSA over timestamp and raw body, by node:crypto: SendGrid's own library throws at junk and checks no time. */
function disbelieved({ headers, body, now }: Callback, shownKey: string | undefined): string | null {
  if (shownKey === undefined) return 'no webhookPublicKey is configured: take it from SendGrid, Signed Event Webhook';
  const key = verificationKey(shownKey);
  if (!key) return 'the webhookPublicKey is no P-256 key in base64';
  const [coded, timestamp] = [headers[SIGNATURE] ?? '', headers[TIMESTAMP] ?? ''];
  if (!isFresh(timestamp, now, FRESH_WITH_RETRIES_MS)) return `${TIMESTAMP} is missing or not of now`;
  const signature = Buffer.from(coded, 'base64');
  // Node skips what is no base64; a signature that was tampered with shall not count as itself.
  if (coded === '' || signature.toString('base64') !== coded) return `${SIGNATURE} is missing or not base64`;
  const isProven = verify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, signature);
  return isProven ? null : `${SIGNATURE} is not by the webhookPublicKey`;
}

function eventOf(event: unknown, now: Date): ProviderEvent | null {
  const type = textOf(event, 'event');
  if (type === null) return null;
  const detail = textOf(event, 'reason') ?? textOf(event, 'response');
  return {
    // Some that were dropped have no id of their own.
    key: textOf(event, 'sg_event_id') ?? createHash('sha256').update(JSON.stringify(event)).digest('base64url'),
    type,
    means: MEANINGS.get(type)?.(event) ?? null,
    at: timeOf(fieldOf(event, 'timestamp'), now),
    // Custom arguments come back beside SendGrid's own fields.
    attemptId: textOf(event, 'tidings_attempt'),
    providerId: messageId(event),
    address: textOf(event, 'email'),
    detail: detail && clip(detail),
  };
}

/** Events name the message as its X-Message-Id followed by the machine that took it. */
function messageId(event: unknown): string | null {
  return textOf(event, 'sg_message_id')?.split(/\.(?=filter|recvd)/)[0] ?? null;
}
