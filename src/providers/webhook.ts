import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import type { HttpReply } from '../base/http-exchange.js';
import { postToEndpoint } from './endpoint-call.js';
import { baseUrlField } from './fields.js';
import {
  ANY_CLASS,
  retryAfter,
  type Answer,
  type Call,
  type Carrier,
  type Outcome,
  type Provider,
} from './provider.js';
import { newWebhookSecret, signWebhook, webhookSecretField } from './standard-webhooks.js';

const settings = z.strictObject({
  baseUrl: baseUrlField.describe(
    'Another host that takes what would go to the host of the receiver’s URL, under the same path. Default: that host.',
  ),
});

const credentials = z.strictObject({
  secret: webhookSecretField('What webhooks are signed with: `whsec_…`. Receivers verify with the same.'),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

/**
 * How long a repetition may be counted on to be folded. Standard Webhooks has receivers tell repetitions by `webhook-id`, and
 * everybody who sends webhooks repeats what was not answered, for days; a day is less than that.
 */
const KEY_MS = 24 * 3_600_000;

/** Notifications as webhooks, in the form and with the signature of Standard Webhooks (standardwebhooks.com). */
export function webhook(clock: Clock, egress: Egress): Provider<Settings, Credentials> {
  return {
    name: 'webhook',
    channels: ['WEBHOOK'],
    traits: {
      title: 'Webhook',
      docs: 'https://www.standardwebhooks.com',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      rateLimit: null,
      reports: [],
      proof: null,
      costPer1000: 0,
      service: null,
    },
    settings,
    credentials,
    settling: { keyMs: KEY_MS, lookup: false, reports: false },
    generate: () => ({ secret: newWebhookSecret() }),
    open: ({ baseUrl }, { secret }) =>
      ({
        send: (call, signal) => {
          const now = clock.now();
          const body = JSON.stringify(payload(call, now));
          // The standard allows an id no dot.
          const signed = signWebhook(secret, call.deliveryKey.replaceAll('.', '_'), now, body);
          const headers = { ...signed, 'user-agent': 'tidings' };
          return postToEndpoint({ egress, baseUrl }, call, { body, headers }, signal, (reply) => answer(reply, clock));
        },
      }) satisfies Carrier,
  };
}

function payload({ notificationId, category, content }: Call, now: Date): object {
  const { title, body, url, data } = content;
  return {
    type: 'notification',
    timestamp: now.toISOString(),
    data: { notificationId, category: category.key, title, body, url, data },
  };
}

/**
 * The body of an answer says nothing. Any 2xx is a yes and 410 the end of the address; no repetition makes a 413 smaller.
 * Everything else may pass, a 404 or 401 between two versions of the receiver too, and a redirect is not followed: tried again.
 */
function answer(reply: HttpReply, clock: Clock): Answer {
  const { status } = reply;
  if (status >= 200 && status < 300) return { kind: 'accepted', providerId: null, httpStatus: status };
  const retryAt = retryAfter(reply.headers['retry-after'], clock.now());
  const known: Readonly<Record<number, Outcome>> = { 410: { kind: 'gone' }, 413: { kind: 'rejected' } };
  const outcome: Outcome = known[status] ?? { kind: 'retry', retryAt, rateLimited: status === 429 };
  return { ...outcome, httpStatus: status, code: String(status), detail: `the receiver answered ${status}` };
}
