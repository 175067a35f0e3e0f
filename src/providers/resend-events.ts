import {
  fieldOf,
  forged,
  jsonOf,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ReportKind,
} from './callback.js';
import { clip } from './provider.js';
import { verifyWebhook } from './standard-webhooks.js';

/** The tag with our key of the delivery. Values may hold letters, digits, `_` and `-` alone, so dots travel as dashes. */
export const DELIVERY_TAG = 'tidings_delivery';

/** Resend's words; those that mean different things have a function. Others are kept and ignored. */
const MEANINGS = new Map<string, (data: unknown) => ReportKind>([
  ['email.sent', () => 'ACCEPTED'],
  ['email.delivery_delayed', () => 'DEFERRED'],
  ['email.delivered', () => 'DELIVERED'],
  // `Transient` and `Undetermined` do not say that the address is bad.
  ['email.bounced', (data) => (textOf(data, 'bounce', 'type') === 'Permanent' ? 'BOUNCED' : 'SOFT_BOUNCED')],
  ['email.failed', () => 'REJECTED'],
  ['email.suppressed', () => 'REJECTED'],
  ['email.opened', () => 'OPENED'],
  ['email.clicked', () => 'CLICKED'],
  ['email.complained', () => 'COMPLAINED'],
]);

/** Reads Resend's webhook: one event, signed by Svix, whose id of it is the same however often it comes. */
export function readResendEvent(callback: Callback, secret: string | undefined): CallbackAnswer {
  if (secret === undefined) return forged('no webhookSecret is configured: the signing secret of Resend’s webhook');
  const problem = verifyWebhook([secret], callback, 'svix');
  if (problem !== null) return forged(problem);
  const body = jsonOf(callback.body);
  const type = textOf(body, 'type');
  if (type === null) return { kind: 'malformed', detail: 'expected an event with a type' };
  const data = fieldOf(body, 'data');
  const to = fieldOf(data, 'to');
  const detail = DETAILS.map((path) => textOf(data, ...path)).find((text) => text !== null);
  const event = {
    key: callback.headers['svix-id'] ?? '',
    type,
    means: MEANINGS.get(type)?.(data) ?? null,
    at: timeOf(fieldOf(body, 'created_at'), callback.now),
    attemptId: deliveryIn(fieldOf(data, 'tags')),
    providerId: textOf(data, 'email_id'),
    address: Array.isArray(to) ? textOf(to[0]) : textOf(to),
    detail: detail === undefined ? null : clip(detail),
  };
  return { kind: 'events', events: [event] };
}

/** Where Resend says why. */
const DETAILS = [
  ['bounce', 'message'],
  ['suppressed', 'message'],
  ['failed', 'reason'],
] as const;

/** Our key of the delivery, from the tag that names it; tags come back as an object, in older events as a list. */
function deliveryIn(tags: unknown): string | null {
  const list = Array.isArray(tags) ? tags : [];
  const own: unknown = list.find((tag) => textOf(tag, 'name') === DELIVERY_TAG);
  return (own === undefined ? textOf(tags, DELIVERY_TAG) : textOf(own, 'value'))?.replaceAll('-', '.') ?? null;
}
