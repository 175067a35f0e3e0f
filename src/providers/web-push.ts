import { createECDH } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import type { HttpReply } from '../base/http-exchange.js';
import { parseSubscription, type PushSubscription } from '../channels/web-push.js';
import { textOf } from './callback.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { ANY_CLASS, classifyStatus, clip, retryAfter } from './provider.js';
import type { Answer, Call, Provider } from './provider.js';
import { fitted, isUrgent, pushIds, tooLarge, ttlField } from './push-content.js';

const settings = z.strictObject({
  subject: z
    .string()
    .max(500)
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, 'expected mailto: and an e-mail address, or an https URL')
    .default('mailto:admin@localhost')
    .describe(
      'Whom push services write to when something is wrong: `mailto:` or `https:`. Default: `mailto:admin@localhost`, which Apple refuses.',
    ),
  ttlSeconds: ttlField,
});

const credentials = z
  .strictObject({
    publicKey: z
      .string()
      .max(100)
      .describe('VAPID public key: a P-256 point of 65 bytes in base64url. Browsers subscribe with it.'),
    privateKey: z.string().max(100).describe('VAPID private key: 32 bytes in base64url.'),
  })
  .refine(isPair, { path: ['privateKey'], message: 'expected the 32 bytes in base64url that belong to publicKey' });

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

function isPair({ publicKey, privateKey }: { publicKey: string; privateKey: string }): boolean {
  const secret = Buffer.from(privateKey, 'base64url');
  if (secret.length !== 32 || secret.toString('base64url') !== privateKey) return false;
  try {
    const curve = createECDH('prime256v1');
    curve.setPrivateKey(secret);
    return curve.getPublicKey('base64url') === publicKey;
  } catch {
    return false;
  }
}

/** Of the 4,096 bytes that a push service must take, encryption needs 103 (RFC 8188, RFC 8291). */
const PLAIN_MAX = 4096 - 103;

/** Push to browsers (RFC 8030), encrypted for each of them (RFC 8291), in the name of our own keys (RFC 8292). */
export function webPush(clock: Clock, egress: Egress): Provider<Settings, Credentials> {
  return {
    name: 'web-push',
    channels: ['WEB_PUSH'],
    traits: {
      title: 'Web Push',
      docs: 'https://www.rfc-editor.org/rfc/rfc8030',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: 4096,
      rateLimit: null,
      // Receipts are in the RFC, and in no browser's push service.
      reports: [],
      proof: null,
      costPer1000: 0,
      service: null,
    },
    settings,
    credentials,
    generate: vapidKeys,
    open: (config, keys) => ({
      prepare: library,
      send: (call, signal) => send(config, keys, call, signal, { clock, egress }),
    }),
  };
}

function vapidKeys(): Credentials {
  for (;;) {
    const curve = createECDH('prime256v1');
    const publicKey = curve.generateKeys('base64url');
    // Leading zeros are left out by Node; such a key is rare, and not for us.
    if (curve.getPrivateKey().length === 32) return { publicKey, privateKey: curve.getPrivateKey('base64url') };
  }
}

/** Loaded on first use. It encrypts and signs; the call is ours, because its own hangs for ever on a cut answer. */
const library = async () => (await import('web-push')).default;

async function send(
  config: Settings,
  keys: Credentials,
  call: Call,
  signal: AbortSignal,
  { clock, egress }: { clock: Clock; egress: Egress },
): Promise<Answer> {
  const subscription = parseSubscription(call.address);
  if ('problem' in subscription) return { kind: 'gone', code: 'INVALID_SUBSCRIPTION', detail: subscription.problem };
  const payload = payloadOf(call);
  if (payload === null) return tooLarge(PLAIN_MAX);
  const request = await encrypted(config, keys, call, subscription, payload);
  // The address was named by a browser, so it leads only where it may.
  return callVendor(subscription.endpoint, { ...request, egress }, signal, (reply) => read(reply, clock.now()));
}

async function encrypted(
  config: Settings,
  vapid: Credentials,
  call: Call,
  subscription: PushSubscription,
  payload: string,
): Promise<{ method: string; headers: Record<string, string>; body: Buffer }> {
  const { generateRequestDetails } = await library();
  const { method, headers, body } = generateRequestDetails(subscription, payload, {
    vapidDetails: { subject: config.subject, ...vapid },
    TTL: config.ttlSeconds,
    urgency: isUrgent(call) ? 'high' : 'normal',
    // A repetition of the same notification replaces it while the browser is away. At most 32 characters; this has 30.
    topic: pushIds(call).notification,
  });
  // Its types say texts, TTL is a number all the same.
  const said = Object.entries(headers as Record<string, string | number>);
  return {
    method,
    headers: Object.fromEntries(said.map(([name, value]) => [name.toLowerCase(), String(value)])),
    body,
  };
}

/** What the service worker gets. Null: too large, however short the body is. */
function payloadOf(call: Call): string | null {
  const { title, body, url, data } = call.content;
  const { notification, attempt } = pushIds(call);
  const ids = { notificationId: notification, attemptId: attempt, tag: notification };
  const report = call.engagementUrl === null ? {} : { report: call.engagementUrl };
  return fitted(body, PLAIN_MAX, (text) => JSON.stringify({ title, body: text, url, data, ...ids, ...report }));
}

/** How push services say that a subscription was made with other VAPID keys than ours: Apple, and Google. */
const OTHER_KEYS = /VapidPkHashMismatch|do not correspond to the credentials used to create/;

function read(reply: HttpReply, now: Date): Answer {
  const { status, headers } = reply;
  const place = headers['location'] ?? null;
  // 201 is what the RFC asks for; the others mean the same only with the address of the message that was made.
  if (status === 201 || ((status === 200 || status === 202) && place !== null))
    return { kind: 'accepted', providerId: place ?? headers['apns-id'] ?? null, httpStatus: status };
  if (status >= 200 && status < 300) return unproven(reply, 'the address of a message');
  const body = jsonReply(reply);
  const reason = textOf(body, 'reason') ?? textOf(body, 'errno');
  const said = {
    httpStatus: status,
    code: reason ?? String(status),
    detail: clip(textOf(body, 'message') ?? reason ?? reply.text),
  };
  // Browsers that subscribed before the keys were changed. That is neither a reason to stop for all others, nor to retire
  // everybody's should the keys be changed back.
  if (OTHER_KEYS.test(reply.text)) return { kind: 'rejected', ...said };
  return { ...classifyStatus(status, retryAfter(headers['retry-after'], now)), ...said };
}
