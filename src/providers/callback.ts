import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request that came to `/webhooks/:integrationId`, as it came. */
export interface Callback {
  readonly method: string;
  /** As the vendor called it, with its query: the public URL of this gateway and the path. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Raw, because signatures are over bytes. At most 1 MB. */
  readonly body: Buffer;
  readonly now: Date;
}

/** What a report means for us; vendors' words lead here, one table an adapter. */
export type ReportKind =
  | 'ACCEPTED'
  | 'DEFERRED'
  | 'DELIVERED'
  /** Came back for good: the address is bad. */
  | 'BOUNCED'
  /** Came back this once: a full mailbox, a block. */
  | 'SOFT_BOUNCED'
  /** The vendor dropped it before it left, or gave up. */
  | 'REJECTED'
  /** The app was removed, the bot was blocked: the address is gone. */
  | 'GONE'
  | 'OPENED'
  | 'READ'
  | 'CLICKED'
  | 'COMPLAINED'
  | 'UNSUBSCRIBED'
  /** The person wrote STOP, or START again. */
  | 'STOPPED'
  | 'STARTED';

/** One thing that a vendor tells, in our own terms. */
export interface ProviderEvent {
  /** The vendor's own id of this event: what comes again under it is the same. */
  readonly key: string;
  /** The vendor's own word. */
  readonly type: string;
  /** Null: kept and otherwise ignored. */
  readonly means: ReportKind | null;
  readonly at: Date;
  /** Our own name of the attempt, or the key of the delivery, as the vendor gives it back; null: it does not say. */
  readonly attemptId: string | null;
  readonly providerId: string | null;
  /** Whom it is about, where no attempt is named: a STOP. */
  readonly address: string | null;
  readonly detail: string | null;
}

export type CallbackAnswer =
  /** Not proven to be from the vendor: 401. */
  | { readonly kind: 'forged'; readonly detail: string }
  /** From the vendor, but not to be understood: 400. */
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'events'; readonly events: readonly ProviderEvent[]; readonly reply?: Reply }
  /** Not to be told right now, for a reason that passes: 503, so that the vendor comes again. */
  | { readonly kind: 'later'; readonly detail: string }
  /** The vendor wants this URL called once, to prove that callbacks arrive. Only ever a URL of the vendor's own host. */
  | { readonly kind: 'confirm'; readonly url: string };

/** What the vendor wants to read; without one, an empty 200. */
export interface Reply {
  readonly contentType: string;
  readonly body: string;
}

export function forged(detail: string): CallbackAnswer {
  return { kind: 'forged', detail };
}

/** A time signed longer ago is not believed, nor one so far ahead of ours. */
const FRESH_MS = 5 * 60_000;
/**
 * How long ago it may be for vendors that may come again with the signature of their first try: after an outage of ours
 * their reports would be lost otherwise. What is said twice changes nothing: events are known by their ids for longer.
 */
export const FRESH_WITH_RETRIES_MS = 26 * 3_600_000;

/** Compares in constant time, texts of any length. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** HMAC of the parts, one after the other. */
export function hmac(
  algorithm: 'sha1' | 'sha256',
  key: string | Buffer,
  parts: readonly (string | Buffer)[],
  encoding: 'hex' | 'base64',
): string {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
}

/** Is a signed time, in seconds of the epoch as text or number, close enough to now? `windowMs`: how long ago it may be. */
export function isFresh(seconds: unknown, now: Date, windowMs = FRESH_MS): boolean {
  const number = typeof seconds === 'string' && /^\d{1,16}$/.test(seconds) ? Number(seconds) : seconds;
  if (typeof number !== 'number' || !Number.isFinite(number)) return false;
  const age = now.getTime() - number * 1000;
  return age >= -FRESH_MS && age <= windowMs;
}

/** Does `Authorization: Basic` name this user and password? */
export function basicMatches(header: string | undefined, user: string, password: string): boolean {
  const coded = /^Basic ([A-Za-z0-9+/=]{1,2000})$/i.exec(header ?? '')?.[1];
  if (coded === undefined) return false;
  // As it is coded, because decoding forgives what stands behind the padding.
  return sameSecret(coded, Buffer.from(`${user}:${password}`).toString('base64'));
}

/** No vendor nests deeper; what does would be more than can be written as text again. */
const DEPTH_MAX = 64;

/** JSON in a body; undefined for anything else, and for what is nested beyond all reason. */
export function jsonOf(body: Buffer): unknown {
  try {
    const found: unknown = JSON.parse(body.toString('utf8'));
    return isWithin(found, DEPTH_MAX) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithin(inner, depth - 1));
}

/** A field of what may be an object, read without trusting its shape. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A text of what may be an object; null for anything else, and for the empty one. */
export function textOf(value: unknown, ...path: readonly string[]): string | null {
  const found = path.reduce(fieldOf, value);
  if (typeof found === 'number' && Number.isFinite(found)) return String(found);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** An instant in seconds of the epoch, or as ISO 8601; `fallback` for anything else and for what no vendor means. */
export function timeOf(value: unknown, fallback: Date): Date {
  const ms =
    typeof value === 'number' || (typeof value === 'string' && /^\d{9,10}(\.\d+)?$/.test(value))
      ? Number(value) * 1000
      : typeof value === 'string'
        ? Date.parse(value)
        : NaN;
  const isLikely = ms > Date.UTC(2000, 0, 1) && ms < fallback.getTime() + 86_400_000;
  return isLikely ? new Date(ms) : fallback;
}
