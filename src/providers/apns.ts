import { createHash, createPrivateKey } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { plus, type Clock } from '../base/clock.js';
import type { HttpReply } from '../base/http-exchange.js';
import { ApnsSession, NotTaken } from './apns-session.js';
import { textOf } from './callback.js';
import { baseUrlField } from './fields.js';
import { broken, jsonReply, reasonOf, unproven } from './http-call.js';
import { ANY_CLASS, classifyStatus, retryAfter } from './provider.js';
import type { Answer, Call, Carrier, Outcome, Provider } from './provider.js';
import { fitted, isUrgent, pushIds, tooLarge, ttlField } from './push-content.js';

const settings = z.strictObject({
  topic: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,155}$/, 'expected the app’s bundle id, like `com.example.app`')
    .describe('The bundle id of the app.'),
  production: z
    .boolean()
    .default(true)
    .describe(
      'False: Apple’s sandbox, for builds that were installed from Xcode. Tokens of one are unknown to the other.',
    ),
  ttlSeconds: ttlField,
  baseUrl: baseUrlField,
});

const credentials = z.strictObject({
  key: z
    .string()
    .max(2000)
    .refine(isP256Key, 'expected the text of a .p8 file: a P-256 key in PEM')
    .describe('The text of the .p8 file from Apple’s developer account.'),
  keyId: z
    .string()
    .regex(/^[A-Z0-9]{10}$/, 'expected 10 of A-Z, 0-9')
    .describe('The id of the key.'),
  teamId: z
    .string()
    .regex(/^[A-Z0-9]{10}$/, 'expected 10 of A-Z, 0-9')
    .describe('The id of the team that owns the key.'),
});

type Settings = z.infer<typeof settings>;
type Credentials = z.infer<typeof credentials>;

function isP256Key(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const PRODUCTION = 'https://api.push.apple.com';
const SANDBOX = 'https://api.sandbox.push.apple.com';
const PAYLOAD_MAX = 4096;

const MISCONFIGURED: Outcome = { kind: 'misconfigured' };
const REJECTED: Outcome = { kind: 'rejected' };
const GONE: Outcome = { kind: 'gone' };

/** Apple's own reasons (developer.apple.com, "Handling notification responses from APNs"); what is not here goes by its HTTP status. */
const REASONS: Readonly<Record<string, Outcome>> = {
  Unregistered: GONE,
  ExpiredToken: GONE,
  // Also said of a sandbox token in production and the other way round: `production` must be right before tokens are added. A
  // token of a build for the other side will never work here, and an app adds its token again when it starts.
  BadDeviceToken: GONE,
  MissingDeviceToken: REJECTED,
  DeviceTokenNotForTopic: MISCONFIGURED,
  BadTopic: MISCONFIGURED,
  MissingTopic: MISCONFIGURED,
  TopicDisallowed: MISCONFIGURED,
  BadCertificate: MISCONFIGURED,
  BadCertificateEnvironment: MISCONFIGURED,
  BadEnvironmentKeyIdInToken: MISCONFIGURED,
  UnrelatedKeyIdInToken: MISCONFIGURED,
  Forbidden: MISCONFIGURED,
  InvalidProviderToken: MISCONFIGURED,
  MissingProviderToken: MISCONFIGURED,
  BadPath: MISCONFIGURED,
  MethodNotAllowed: MISCONFIGURED,
  BadCollapseId: REJECTED,
  BadExpirationDate: REJECTED,
  BadMessageId: REJECTED,
  BadPriority: REJECTED,
  DuplicateHeaders: REJECTED,
  InvalidPushType: REJECTED,
  PayloadEmpty: REJECTED,
  PayloadTooLarge: REJECTED,
  IdleTimeout: { kind: 'retry', retryAt: null, rateLimited: false },
};

/** Push to iOS, iPadOS and macOS apps over Apple's own HTTP/2 API. */
export function apns(clock: Clock): Provider<Settings, Credentials> {
  return {
    name: 'apns',
    channels: ['MOBILE_PUSH'],
    traits: {
      title: 'Apple Push Notification service',
      docs: 'https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: PAYLOAD_MAX,
      rateLimit: null,
      // What becomes of a push after Apple took it is told to nobody but the app.
      reports: [],
      proof: null,
      costPer1000: 0,
      service: 'apns',
    },
    settings,
    credentials,
    open: (config, secrets) => open(config, secrets, clock),
  };
}

function open(config: Settings, secrets: Credentials, clock: Clock): Carrier {
  const session = new ApnsSession(config.baseUrl ?? (config.production ? PRODUCTION : SANDBOX));
  const token = new ProviderToken(secrets, clock);
  return {
    async send(call, signal) {
      const now = clock.now();
      const body = payload(call);
      if (body === null) return tooLarge(PAYLOAD_MAX);
      const id = pushIds(call).notification;
      const bearer = await token.current();
      const headers = {
        authorization: `bearer ${bearer}`,
        'apns-id': uuidOf(call.attemptId),
        'apns-topic': config.topic,
        'apns-push-type': 'alert',
        'apns-priority': isUrgent(call) ? '10' : '5',
        'apns-expiration': String(config.ttlSeconds === 0 ? 0 : Math.floor(now.getTime() / 1000) + config.ttlSeconds),
        // A repetition of the same notification replaces it.
        'apns-collapse-id': id,
        'content-type': 'application/json',
      };
      try {
        const path = `/3/device/${encodeURIComponent(call.address)}`;
        const answer = read(await session.request(path, { headers, body }, signal), clock.now());
        if (answer.code !== 'ExpiredProviderToken') return answer;
        return { ...answer, kind: 'retry', retryAt: await token.expired(bearer), rateLimited: false };
      } catch (error) {
        if (!(error instanceof NotTaken)) return broken(error);
        return { kind: 'retry', retryAt: null, rateLimited: false, ...reasonOf(error, true) };
      }
    },
    close: () => session.close(),
  };
}

/** Null: too large, however short the body is. */
function payload(call: Call): string | null {
  const { title, body, url, data } = call.content;
  const { notification, attempt } = pushIds(call);
  const ids = { tidings_notification: notification, tidings_attempt: attempt };
  return fitted(body, PAYLOAD_MAX, (text) =>
    JSON.stringify({
      ...data,
      ...(url === null ? {} : { url }),
      ...ids,
      aps: { alert: { ...(title === null ? {} : { title }), body: text }, sound: 'default' },
    }),
  );
}

/** A UUID (version 8, RFC 9562) that names an attempt: the same again for the same one. */
function uuidOf(attemptId: string): string {
  const bytes = createHash('sha256').update(attemptId).digest().subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function read(reply: HttpReply, now: Date): Answer {
  const id = reply.headers['apns-id'] ?? '';
  if (reply.status === 200 && UUID.test(id) && reply.text === '')
    return { kind: 'accepted', providerId: id.toLowerCase(), httpStatus: 200 };
  if (reply.status >= 200 && reply.status < 300) return unproven(reply, 'an apns-id alone');
  const reason = textOf(jsonReply(reply), 'reason');
  return {
    ...outcomeOf(reply, reason, now),
    httpStatus: reply.status,
    code: reason ?? String(reply.status),
    detail: reason,
  };
}

function outcomeOf(reply: HttpReply, reason: string | null, now: Date): Outcome {
  const retryAt = retryAfter(reply.headers['retry-after'], now);
  // Too many for this one device; others may go on.
  if (reason === 'TooManyRequests') return { kind: 'retry', retryAt, rateLimited: false };
  if (reason !== null && Object.hasOwn(REASONS, reason)) return REASONS[reason] as Outcome;
  const outcome = classifyStatus(reply.status, retryAt);
  // A 404 without Apple's own reason is a wrong host, not a dead device.
  return outcome.kind === 'gone' ? MISCONFIGURED : outcome;
}

/** Apple takes a token for an hour. */
const TOKEN_KEPT_MS = 50 * 60_000;
/** More often than this Apple refuses new ones (TooManyProviderTokenUpdates). */
const TOKEN_LEAST_MS = 20 * 60_000;

/** The token by which Apple knows us: an ES256 JWT of our own making. */
class ProviderToken {
  private kept: { readonly at: Date; readonly text: Promise<string>; expired: boolean } | null = null;

  constructor(
    private readonly secrets: Credentials,
    private readonly clock: Clock,
  ) {}

  current(): Promise<string> {
    const now = this.clock.now();
    const age = this.kept === null ? Infinity : now.getTime() - this.kept.at.getTime();
    if (this.kept === null || age >= (this.kept.expired ? TOKEN_LEAST_MS : TOKEN_KEPT_MS))
      this.kept = { at: now, text: this.sign(now), expired: false };
    return this.kept.text;
  }

  /** For a token that Apple calls expired: when the next one may be made. Null: at once. */
  async expired(text: string): Promise<Date | null> {
    const { kept } = this;
    if (kept === null || (await kept.text) !== text) return null;
    kept.expired = true;
    const earliest = plus(kept.at, TOKEN_LEAST_MS);
    return earliest > this.clock.now() ? earliest : null;
  }

  private async sign(now: Date): Promise<string> {
    const { key, keyId, teamId } = this.secrets;
    const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString();
    return new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt(Math.floor(now.getTime() / 1000))
      .sign(await importPKCS8(pkcs8, 'ES256'));
  }
}
