import {
  fieldOf,
  forged,
  hmac,
  isFresh,
  jsonOf,
  sameSecret,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
} from './callback.js';

/** Proves and reads a request of Slack's Events API. */
export function readSlack({ headers, body, now }: Callback, secret: string | undefined): CallbackAnswer {
  if (secret === undefined) return forged('the integration has no signingSecret');
  const at = headers['x-slack-request-timestamp'] ?? '';
  const signature = headers['x-slack-signature'] ?? '';
  if (!isFresh(at, now)) return forged('no X-Slack-Request-Timestamp, or an old one');
  if (!sameSecret(signature, `v0=${hmac('sha256', secret, [`v0:${at}:`, body], 'hex')}`))
    return forged('X-Slack-Signature does not fit the body');

  const said = jsonOf(body);
  const challenge = textOf(said, 'challenge');
  if (textOf(said, 'type') === 'url_verification' && challenge !== null)
    return { kind: 'events', events: [], reply: { contentType: 'text/plain', body: challenge } };
  const event = fieldOf(said, 'event');
  const key = textOf(said, 'event_id');
  const type = textOf(event, 'type');
  if (key === null || type === null) return { kind: 'malformed', detail: 'no event_id, or no event with a type' };
  const member = leaverOf(type, event);
  const found = {
    key,
    type,
    means: member === null ? null : ('GONE' as const),
    at: timeOf(fieldOf(said, 'event_time'), now),
    attemptId: null,
    providerId: null,
    address: member,
    detail: member === null ? null : 'the member has been deactivated',
  };
  return { kind: 'events', events: [found] };
}

/** Who is no longer in the workspace. */
function leaverOf(type: string, event: unknown): string | null {
  const user = fieldOf(event, 'user');
  return type === 'user_change' && fieldOf(user, 'deleted') === true ? textOf(user, 'id') : null;
}
