import {
  fieldOf,
  forged,
  hmac,
  FRESH_WITH_RETRIES_MS,
  isFresh,
  jsonOf,
  sameSecret,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ReportKind,
} from './callback.js';
import { bracketed } from './mailgun-events.js';
import { clip } from './provider.js';

const MEANINGS = new Map<string, ReportKind>([
  ['accepted', 'ACCEPTED'],
  ['rejected', 'REJECTED'],
  ['delivered', 'DELIVERED'],
  ['opened', 'OPENED'],
  ['clicked', 'CLICKED'],
  ['unsubscribed', 'UNSUBSCRIBED'],
  ['complained', 'COMPLAINED'],
]);

/** Reasons of a failure for good that say nothing of the address: Mailgun would not send, or gave up. */
const NOT_THE_ADDRESS = new Set(['suppress-complaint', 'suppress-unsubscribe', 'old']);

/** What its events can mean. */
export const MAILGUN_REPORTS: readonly ReportKind[] = [
  'ACCEPTED',
  'DEFERRED',
  'DELIVERED',
  'BOUNCED',
  'SOFT_BOUNCED',
  'REJECTED',
  'COMPLAINED',
  'UNSUBSCRIBED',
  'OPENED',
  'CLICKED',
];

/** Long enough for every token, and short enough for a key. */
const TOKEN = /^[\w.-]{16,200}$/;

/**
 * Reads a webhook of Mailgun. Its signature stands in the body and is over a time and a token, not over the event beside
 * them: whoever sees one webhook could sign any event with what he saw, for as long as the time is fresh. So the token is the
 * event's key, and of all bodies under one token the first alone counts, which is Mailgun's own. (`event-data.id` would
 * not do: it is the forger's to choose, and Mailgun's own is unique within a day only.)
 */
export function readMailgun(callback: Callback, signingKey: string | undefined): CallbackAnswer {
  if (signingKey === undefined) return forged('no webhookSigningKey is set to know Mailgun by');
  const body = jsonOf(callback.body);
  const proof = fieldOf(body, 'signature');
  const [timestamp, token, signature] = ['timestamp', 'token', 'signature'].map((name) => fieldOf(proof, name));
  if (typeof timestamp !== 'string' || typeof token !== 'string' || typeof signature !== 'string')
    return forged('expected a signature with timestamp, token and signature');
  if (!TOKEN.test(token)) return forged('expected a token of 16 to 200 letters and digits');
  if (!sameSecret(signature, hmac('sha256', signingKey, [timestamp, token], 'hex'))) return forged('wrong signature');
  // Mailgun repeats for eight hours, it seems under the first signature: what comes that late goes with the forged.
  if (!isFresh(timestamp, callback.now, FRESH_WITH_RETRIES_MS)) return forged('the signed time is not now');

  const event = fieldOf(body, 'event-data');
  const type = textOf(event, 'event');
  if (type === null) return { kind: 'malformed', detail: 'expected event-data with an event' };
  const id = textOf(event, 'message', 'headers', 'message-id');
  return {
    kind: 'events',
    events: [
      {
        key: `mailgun:${token}`,
        type: clip(type),
        means: meaning(type, event),
        at: timeOf(fieldOf(event, 'timestamp'), callback.now),
        attemptId: textOf(event, 'user-variables', 'tidings_attempt'),
        providerId: id === null ? null : bracketed(id),
        address: textOf(event, 'recipient'),
        detail: detailOf(event),
      },
    ],
  };
}

function meaning(type: string, event: unknown): ReportKind | null {
  if (type === 'failed') return failure(event);
  // Mail programs and filters that look at everything: nobody has read it.
  if (textOf(event, 'client-info', 'bot') !== null) return null;
  return MEANINGS.get(type) ?? null;
}

function failure(event: unknown): ReportKind | null {
  const severity = textOf(event, 'severity');
  if (severity === 'temporary') return 'DEFERRED';
  if (severity !== 'permanent') return null;
  if (NOT_THE_ADDRESS.has(textOf(event, 'reason') ?? '')) return 'REJECTED';
  return textOf(event, 'delivery-status', 'bounce-type') === 'soft' ? 'SOFT_BOUNCED' : 'BOUNCED';
}

function detailOf(event: unknown): string | null {
  const said = [
    textOf(event, 'reason') ?? textOf(event, 'reject', 'reason'),
    textOf(event, 'delivery-status', 'code'),
    textOf(event, 'delivery-status', 'description') ?? textOf(event, 'delivery-status', 'message'),
  ].filter((text) => text !== null);
  return said.length === 0 ? null : clip(said.join(': '));
}
