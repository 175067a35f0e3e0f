import type { z } from 'zod';
import type { CategoryClass, ChannelName } from '../base/names.js';
import type { Content } from '../channels/channel.js';
import type { Callback, CallbackAnswer, ReportKind } from './callback.js';

/** What a provider's answer, or its silence, means for us. Every adapter has one table that leads here. */
export type Outcome =
  /** The body proved it. Accepted is not delivered. */
  | {
      readonly kind: 'accepted';
      readonly providerId: string | null;
      readonly simulated?: true;
      readonly report?: 'BOUNCED';
    }
  /** Never for this address and content, whoever tries again. */
  | { readonly kind: 'rejected'; readonly reason?: 'RECIPIENT_AWAY' }
  /** Not taken for certain; worth another try, not before `retryAt` when the vendor named a time. */
  | { readonly kind: 'retry'; readonly retryAt: Date | null; readonly rateLimited: boolean }
  /** The address itself is dead: retire it. */
  | { readonly kind: 'gone' }
  /** Our credentials or settings are refused: the integration is at fault, not the notification. */
  | { readonly kind: 'misconfigured' }
  /** Bytes left and no certain answer came: it may have been taken. */
  | { readonly kind: 'unknown' };

/** An outcome with what the vendor said, for the ledger. Never credentials, never the content. */
export type Answer = Outcome & {
  readonly httpStatus?: number | null;
  readonly code?: string | null;
  readonly detail?: string | null;
};

/** One call. `attemptId` is ours: it rides along where the vendor lets it, so that reports can name it. */
export interface Call {
  readonly environmentId: string;
  readonly notificationId: string;
  readonly attemptId: string;
  /** The same for all attempts of one delivery: the provider's idempotency key, where it has one. */
  readonly deliveryKey: string;
  readonly channel: ChannelName;
  readonly integration: string;
  readonly address: string;
  readonly content: Content;
  /** What it is about: decides the stream or queue of vendors that have several. */
  readonly category: { readonly key: string; readonly class: CategoryClass };
  /** E-mail: who it is from and who gets the answers; null: the integration's own sender. */
  readonly sender: Sender | null;
  /** E-mail: headers besides the usual ones, like `List-Unsubscribe`. */
  readonly headers: Readonly<Record<string, string>>;
  /** False: the vendor shall not look at what the person opens and clicks, where it can be told so. */
  readonly tracking: boolean;
  /** Web push: where the browser says, without signing in, that it was opened or put away; null: nowhere. */
  readonly engagementUrl: string | null;
  /** Where this vendor's reports about this integration come to us; null: we have no public URL. */
  readonly callbackUrl: string | null;
}

/** Who an e-mail is from: `Tidings <hello@example.com>` or a bare address. */
export interface Sender {
  readonly from: string;
  readonly replyTo: string | null;
}

/** An adapter with its settings and credentials in place. */
export interface Carrier {
  /** Loads what the first call needs, so that calls begin when they are told to. */
  prepare?(): Promise<unknown>;
  /**
   * Makes exactly one attempt. Settles before `signal` aborts or right after, with nothing of it still running; resolves
   * with an answer for everything that a vendor can do, and throws only on bugs.
   */
  send(call: Call, signal: AbortSignal): Promise<Answer>;
  /**
   * Asks the vendor whether it took an attempt that ended unknown: accepted, or retry when it certainly did not; null when
   * it cannot say. `since` is when the attempt began.
   */
  lookup?(call: Call, since: Date, signal: AbortSignal): Promise<Answer | null>;
  /** Lets go of connections that it keeps. */
  close?(): void;
}

/** What an adapter can do, as its vendor documents it; the API and the docs list it, and routing goes by it. */
export interface Traits {
  /** What people call it. */
  readonly title: string;
  /** Where the vendor documents it. */
  readonly docs: string;
  /** Classes of categories that it may carry. */
  readonly classes: readonly CategoryClass[];
  /** How attachments travel: as fields of the request, or in a MIME message of our making; null: it carries none. */
  readonly attachments: 'FIELDS' | 'MIME' | null;
  /** Bytes of one request or message at most, attachments as they travel; null: no limit is documented. */
  readonly payloadLimit: number | null;
  /** What a new integration is held to unless the operator says otherwise; null: as fast as it goes. */
  readonly rateLimit: { readonly count: number; readonly periodMs: number } | null;
  /** What it tells of a delivery after taking it; empty: acceptance is all one hears. */
  readonly reports: readonly ReportKind[];
  /** How its callbacks prove where they come from, in a few words; null: it has no callbacks. */
  readonly proof: string | null;
  /** It can be told, message by message, not to look at what people open and click. */
  readonly untracks?: true;
  /** US dollars for 1,000, at list price; null: it depends. */
  readonly costPer1000: number | null;
  /** The push service whose tokens alone it takes; null: any address of its channels. */
  readonly service: string | null;
}

/** Every class, for vendors that mind none. */
export { CATEGORY_CLASSES as ANY_CLASS } from '../base/names.js';

/** The vendor's adapter: one file and one line in the registry. */
export interface Provider<Settings = unknown, Credentials = unknown> {
  readonly name: string;
  readonly channels: readonly ChannelName[];
  readonly traits: Traits;
  /** Classes that an integration with these settings may carry, where settings decide; missing: those of the traits. */
  classesOf?(settings: Settings): readonly CategoryClass[];
  readonly settings: z.ZodType<Settings>;
  readonly credentials: z.ZodType<Credentials>;
  /** How an attempt whose answer was lost can be settled, besides by policy; missing: not at all. */
  readonly settling?: {
    /** The vendor answers a repetition under the same `deliveryKey` with the first result, for so long. */
    readonly keyMs: number | null;
    /** `lookup` of its carriers works. */
    readonly lookup: boolean;
    /** It reports what it took, by our attempt id. */
    readonly reports: boolean;
  };
  /**
   * Would its reports reach and convince us, as it is set up? What nobody knows the end of waits for a report only then.
   * Missing: it reports nothing.
   */
  hears?(settings: Settings, credentials: Credentials, publicUrl: string | null): boolean;
  /** Credentials for an integration that was given none; missing: the operator must bring them. */
  generate?(): Credentials;
  open(settings: Settings, credentials: Credentials): Carrier;
  /**
   * Proves that a callback is from the vendor, and reads it into our own terms. Never throws, whatever it is given; decides
   * nothing. Missing: the vendor has no callbacks.
   */
  read?(callback: Callback, settings: Settings, credentials: Credentials): CallbackAnswer | Promise<CallbackAnswer>;
}

/** The most of a vendor's answer that is kept, and of its code. */
const DETAIL_MAX = 500;
export const CODE_MAX = 100;

/** Postgres takes no half characters, which a cut can leave. */
export function clip(text: string): string {
  return text.length > DETAIL_MAX ? `${text.slice(0, DETAIL_MAX).toWellFormed()}…` : text;
}

/**
 * The reading of an HTTP status that most vendors share; an adapter's own table comes first. A 5xx after our request was
 * read may have been taken all the same, but vendors document it as "not processed, try again".
 */
export function classifyStatus(status: number, retryAt: Date | null): Outcome {
  if (status === 401 || status === 403) return { kind: 'misconfigured' };
  if (status === 429) return { kind: 'retry', retryAt, rateLimited: true };
  if (status === 408 || status >= 500) return { kind: 'retry', retryAt, rateLimited: false };
  if (status === 404 || status === 410) return { kind: 'gone' };
  if (status >= 400) return { kind: 'rejected' };
  // A redirect or an unexpected success proves nothing.
  return { kind: 'unknown' };
}

/** Longest pause that a vendor's hint is believed. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), bounded to 0 … 1 h; null for none or nonsense. */
export function retryAfter(header: string | undefined | null, now: Date): Date | null {
  if (header == null) return null;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isFinite(ms) && ms >= 0 ? new Date(now.getTime() + Math.min(ms, RETRY_AFTER_MAX_MS)) : null;
}
