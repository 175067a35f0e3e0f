import { randomUUID } from 'node:crypto';
import type { Message } from 'firebase-admin/messaging';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { errorCode, type HttpReply } from '../base/http-exchange.js';
import { KeptToken } from './access-token.js';
import { fieldOf, textOf } from './callback.js';
import { baseUrlField } from './fields.js';
import { googleToken, NoToken, serviceAccountField, type ServiceAccount } from './google-token.js';
import { callVendor, jsonReply, unproven } from './http-call.js';
import { ANY_CLASS, classifyStatus, clip, retryAfter } from './provider.js';
import type { Answer, Call, Carrier, Outcome, Provider } from './provider.js';
import { fitted, isUrgent, pushIds, tooLarge, ttlField } from './push-content.js';

const settings = z.strictObject({
  projectId: z
    .string()
    .regex(/^[a-z0-9.:-]{1,100}$/, 'expected a project id, like `my-app-1234`')
    .optional()
    .describe('The Firebase project. Default: the one of the service account.'),
  ttlSeconds: ttlField,
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({ serviceAccount: serviceAccountField });

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

const HOST = 'https://fcm.googleapis.com';
/** Bytes of notification and data together, as JSON. */
const PAYLOAD_MAX = 4096;

/** FCM's own error codes (firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode); what is not here goes by its HTTP status. */
const CODES: Readonly<Record<string, (retryAt: Date | null) => Outcome>> = {
  UNREGISTERED: () => ({ kind: 'gone' }),
  // The token belongs to another project: ours may be wrong, or this one token. Neither is a reason to retire every token,
  // nor to stop for everybody because one app registered a foreign one.
  SENDER_ID_MISMATCH: () => ({ kind: 'rejected' }),
  THIRD_PARTY_AUTH_ERROR: () => ({ kind: 'misconfigured' }),
  QUOTA_EXCEEDED: (retryAt) => ({ kind: 'retry', retryAt, rateLimited: true }),
  UNAVAILABLE: (retryAt) => ({ kind: 'retry', retryAt, rateLimited: false }),
  INTERNAL: (retryAt) => ({ kind: 'retry', retryAt, rateLimited: false }),
};

/**
 * Push to Android, iOS and web apps over Firebase Cloud Messaging's HTTP v1 API. Firebase's SDK checks and words the message;
 * the call is ours: the SDK's client makes up to five requests of one, without a deadline, and its retries cannot be reached.
 */
export function firebase(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'firebase',
    channels: ['MOBILE_PUSH'],
    traits: {
      title: 'Firebase Cloud Messaging',
      docs: 'https://firebase.google.com/docs/cloud-messaging',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: PAYLOAD_MAX,
      rateLimit: null,
      // What becomes of a push after FCM took it is told to nobody but the app.
      reports: [],
      proof: null,
      costPer1000: 0,
      service: 'fcm',
    },
    settings,
    credentials,
    open: (config, { serviceAccount }) => open(config, serviceAccount, clock),
  };
}

/** A message in the API's own words, and the path that it goes to. */
interface Worded {
  readonly path: string;
  readonly request: { readonly message: unknown };
}

function open(config: Settings, account: ServiceAccount, clock: Clock): Carrier {
  const token = new KeptToken(clock, (signal) => googleToken(account, clock, signal));
  let sdk: ReturnType<typeof wording> | undefined;
  const loaded = () => (sdk ??= wording(account, config.projectId ?? account.project_id));
  return {
    prepare: loaded,
    async send(call, signal) {
      const message = toMessage(call, config.ttlSeconds, clock.now());
      if (message === null) return tooLarge(PAYLOAD_MAX);
      try {
        const { path, request } = await (await loaded()).word(message);
        const bearer = await token.get(signal);
        const answer = await callVendor(
          new URL(path, config.baseUrl ?? HOST).toString(),
          {
            method: 'POST',
            headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
            body: JSON.stringify(request),
          },
          signal,
          (reply) => read(reply, clock.now()),
        );
        if (answer.httpStatus === 401) token.forget(bearer);
        return answer;
      } catch (error) {
        return notCalled(error, signal);
      }
    },
    close: () => {
      sdk?.then(({ close }) => close()).catch(() => undefined);
      sdk = undefined;
    },
  };
}

/** What broke before the push left: it has certainly not been taken. */
function notCalled(error: unknown, signal: AbortSignal): Answer {
  if (error instanceof NoToken) return error.answer;
  if (signal.aborted)
    return { kind: 'retry', retryAt: null, rateLimited: false, code: 'DEADLINE', detail: 'no access token in time' };
  const code = errorCode(error);
  // What the SDK refuses to word, FCM would refuse to take.
  if (code?.startsWith('messaging/')) return { kind: 'rejected', code, detail: clip(messageOf(error)) };
  throw error;
}

/**
 * The SDK as what words messages. Its request handler hands back what it was to send; the conformance tests turn red should
 * a new version of the SDK send by another way. Loaded on first use: it costs a third of a second of start-up.
 */
async function wording(account: ServiceAccount, projectId: string) {
  const [{ cert, deleteApp, initializeApp }, { getMessaging }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/messaging'),
  ]);
  const app = initializeApp({ credential: cert(account as object), projectId }, `tidings-${randomUUID()}`);
  const messaging = getMessaging(app);
  const handler = {
    invokeRequestHandler: (_host: string, path: string, request: Worded['request']) =>
      Promise.resolve({ name: { path, request } satisfies Worded }),
  };
  Object.defineProperty(messaging, 'messagingRequestHandler', { value: handler });
  return {
    word: (message: Message) => messaging.send(message) as Promise<unknown> as Promise<Worded>,
    close: () => deleteApp(app),
  };
}

/** Null: too large, however short the body is. */
function toMessage(call: Call, ttlSeconds: number, now: Date): Message | null {
  const { title, body, url } = call.content;
  const { notification: id, attempt } = pushIds(call);
  const urgent = isUrgent(call);
  const data = {
    ...texts(call.content.data ?? {}),
    ...(url === null ? {} : { url }),
    tidings_notification: id,
    tidings_attempt: attempt,
  };
  const shown = (text: string) => ({ ...(title === null ? {} : { title }), body: text });
  const payload = fitted(body, PAYLOAD_MAX, (text) => JSON.stringify({ notification: shown(text), data }));
  if (payload === null) return null;
  const until = Math.floor(now.getTime() / 1000) + ttlSeconds;
  return {
    token: call.address,
    ...(JSON.parse(payload) as { notification: { title?: string; body: string }; data: Record<string, string> }),
    // A repetition of the same notification replaces it, on the way and on the screen.
    android: {
      collapseKey: id,
      priority: urgent ? 'high' : 'normal',
      ttl: ttlSeconds * 1000,
      notification: { tag: id },
    },
    apns: {
      headers: {
        'apns-collapse-id': id,
        'apns-priority': urgent ? '10' : '5',
        'apns-expiration': String(ttlSeconds === 0 ? 0 : until),
      },
    },
    webpush: {
      headers: { Topic: id, TTL: String(ttlSeconds), Urgency: urgent ? 'high' : 'normal' },
      notification: { tag: id },
      // FCM takes no other links than these.
      ...(url?.startsWith('https://') ? { fcmOptions: { link: url } } : {}),
    },
  };
}

/** FCM carries texts alone. */
function texts(data: Readonly<Record<string, unknown>>): Record<string, string> {
  const said = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    said.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function read(reply: HttpReply, now: Date): Answer {
  const body = jsonReply(reply);
  const name = textOf(body, 'name');
  if (reply.status === 200 && name !== null && /^projects\/[^/]+\/messages\/./.test(name))
    return { kind: 'accepted', providerId: name, httpStatus: 200 };
  if (reply.status >= 200 && reply.status < 300) return unproven(reply, 'a message name');
  const details = list(fieldOf(fieldOf(body, 'error'), 'details'));
  const code =
    details.map((one) => textOf(one, 'errorCode')).find((one) => one !== null) ?? textOf(body, 'error', 'status');
  const detail = textOf(body, 'error', 'message');
  return {
    ...outcomeOf(reply, code, details, retryAfter(reply.headers['retry-after'], now)),
    httpStatus: reply.status,
    code: code ?? String(reply.status),
    detail: detail && clip(detail),
  };
}

function outcomeOf(reply: HttpReply, code: string | null, details: unknown[], retryAt: Date | null): Outcome {
  if (code !== null && Object.hasOwn(CODES, code)) return CODES[code]?.(retryAt) as Outcome;
  // Most bad arguments are a fault of the message; the token is dead only where FCM names it.
  const named = details.flatMap((one) => list(fieldOf(one, 'fieldViolations')));
  if (code === 'INVALID_ARGUMENT' && named.some((one) => textOf(one, 'field') === 'message.token'))
    return { kind: 'gone' };
  const outcome = classifyStatus(reply.status, retryAt);
  // A 404 without FCM's own word is a wrong project or host, not a dead device.
  return outcome.kind === 'gone' ? { kind: 'misconfigured' } : outcome;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
