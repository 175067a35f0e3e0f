/**
 * The closed sets of words that routing, storage and the API share. Each list stands here once; types derive from it.
 * Order matters where it is a rank or a default.
 */

/** Ways to reach a person. */
export const CHANNELS = [
  'INBOX',
  'EMAIL',
  'SMS',
  'WEB_PUSH',
  'MOBILE_PUSH',
  'SLACK',
  'WHATSAPP',
  'TELEGRAM',
  'DISCORD',
  'TEAMS',
  'WEBHOOK',
] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** What a category is for; decides defaults of retry and ambiguity, and what preferences may silence. */
export const CATEGORY_CLASSES = ['SECURITY', 'TRANSACTIONAL', 'PRODUCT', 'MARKETING'] as const;
export type CategoryClass = (typeof CATEGORY_CLASSES)[number];

/** Queues with workers of their own, so that a password reset never waits for a newsletter. */
export const LANES = ['CRITICAL', 'NORMAL', 'BULK'] as const;
export type Lane = (typeof LANES)[number];

/** LIVE reaches people; TEST runs everything up to the simulator. */
export const ENVIRONMENT_MODES = ['LIVE', 'TEST'] as const;
export type EnvironmentMode = (typeof ENVIRONMENT_MODES)[number];

export const NOTIFICATION_STATES = [
  'PENDING',
  'HELD',
  'ROUTED',
  'IN_PROGRESS',
  'COMPLETED',
  'DIGESTED',
  'SUPPRESSED',
  'UNROUTABLE',
  'FAILED',
  'EXPIRED',
  'CANCELED',
] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** States that no later event leaves. */
export const FINAL_STATES: ReadonlySet<NotificationState> = new Set<NotificationState>([
  'COMPLETED',
  'DIGESTED',
  'SUPPRESSED',
  'UNROUTABLE',
  'FAILED',
  'EXPIRED',
  'CANCELED',
]);

export const DELIVERY_STATES = [
  'QUEUED',
  'SENDING',
  'UNKNOWN',
  'RETRYING',
  'SENT',
  'DELIVERED',
  'UNDELIVERED',
  'BOUNCED',
  'EXPIRED',
  'CANCELED',
  'SKIPPED',
  'SIMULATED',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const ATTEMPT_OUTCOMES = ['STARTED', 'ACCEPTED', 'REJECTED', 'RATE_LIMITED', 'FAILED', 'UNKNOWN'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const STEP_DECISIONS = ['SEND', 'HOLD', 'FALLBACK', 'SKIP'] as const;
export type StepDecision = (typeof STEP_DECISIONS)[number];

/** Whether a notification that went elsewhere also lies in the inbox list, without a toast. */
export const INBOX_COPIES = ['WHEN_DELIVERED', 'ALWAYS'] as const;
export type InboxCopy = (typeof INBOX_COPIES)[number];

/** What to do when nobody can know whether a provider took an attempt. */
export const AMBIGUITY_POLICIES = ['RESEND', 'FAIL'] as const;
export type AmbiguityPolicy = (typeof AMBIGUITY_POLICIES)[number];

/** Whether a failed attempt is repeated on its channel first, or the next channel goes at once. */
export const FAILOVERS = ['AFTER_RETRIES', 'AT_ONCE'] as const;
export type Failover = (typeof FAILOVERS)[number];

/** What follows when nobody opens it in time. */
export const SILENCE_ACTIONS = ['RESEND', 'NEXT_CHANNEL'] as const;
export type SilenceAction = (typeof SILENCE_ACTIONS)[number];

/** What becomes of a notification beyond a cap. */
export const ON_CAPS = ['HOLD', 'DROP'] as const;
export type OnCap = (typeof ON_CAPS)[number];

/** What a person did with a notification, least first. */
export const ENGAGEMENTS = ['SEEN', 'OPENED', 'READ', 'CLICKED', 'ACTED'] as const;
export type Engagement = (typeof ENGAGEMENTS)[number];

/** What a vendor says about a delivery after its call. */
export const REPORTS = ['ACCEPTED', 'DEFERRED', 'DELIVERED', 'BOUNCED', 'REJECTED'] as const;
export type Report = (typeof REPORTS)[number];

export const INBOX_MARKS = [
  'SEEN',
  'READ',
  'UNREAD',
  'ARCHIVED',
  'UNARCHIVED',
  'SNOOZED',
  'UNSNOOZED',
  'PINNED',
  'UNPINNED',
  'DELETED',
] as const;
export type InboxMark = (typeof INBOX_MARKS)[number];

/** How an audience looks at one attribute of a person. */
export const ATTRIBUTE_TESTS = ['EQUALS', 'IN', 'CONTAINS', 'GREATER', 'LESS', 'EXISTS'] as const;
export type AttributeTestName = (typeof ATTRIBUTE_TESTS)[number];

/** What one refused send does to the rest of its batch. */
export const BATCH_ERROR_POLICIES = ['CONTINUE', 'ABORT'] as const;
export type BatchErrorPolicy = (typeof BATCH_ERROR_POLICIES)[number];

/** What a push token belongs to. */
export const DEVICE_PLATFORMS = ['IOS', 'ANDROID', 'WEB'] as const;
export type DevicePlatform = (typeof DEVICE_PLATFORMS)[number];

/** Why nothing goes to an address any more. */
export const SUPPRESSION_REASONS = ['COMPLAINT', 'STOP', 'UNSUBSCRIBED', 'BOUNCED', 'MANUAL'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** What operators can subscribe URLs to. `webhook.test` comes when it is asked for, whatever a subscription lists. */
export const WEBHOOK_EVENTS = [
  'notification.completed',
  'notification.digested',
  'notification.failed',
  'notification.suppressed',
  'notification.unroutable',
  'notification.expired',
  'notification.canceled',
  'delivery.sent',
  'delivery.delivered',
  'delivery.undelivered',
  'delivery.bounced',
  'delivery.unknown',
  'engagement.recorded',
  'alert.raised',
  'webhook.test',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** WAITING: for its first call or another one; the others are ends. */
export const WEBHOOK_CALL_STATES = ['WAITING', 'DONE', 'FAILED'] as const;
export type WebhookCallState = (typeof WEBHOOK_CALL_STATES)[number];

/** Why a subscription is called no more: by an operator, after days of failures, because its URL answered 410. */
export const WEBHOOK_DISABLED_REASONS = ['OPERATOR', 'FAILING', 'GONE'] as const;
export type WebhookDisabledReason = (typeof WEBHOOK_DISABLED_REASONS)[number];

/** How often things come: each by itself, or gathered. */
export const CADENCES = ['INSTANT', 'HOURLY', 'DAILY', 'WEEKLY'] as const;
export type Cadence = (typeof CADENCES)[number];

/** What opens and closes a window of a digest: its first item and a span, or a schedule. */
export const DIGEST_KINDS = ['BATCH', 'SCHEDULE'] as const;
export type DigestKind = (typeof DIGEST_KINDS)[number];

export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** How much a person wants at all, most first. */
export const LEVELS = ['EVERYTHING', 'DIGESTS', 'TRANSACTIONAL', 'CRITICAL'] as const;
export type Level = (typeof LEVELS)[number];

/** What a record of consent says. PENDING: asked for, and not confirmed yet. */
export const CONSENT_STATES = ['GRANTED', 'PENDING', 'WITHDRAWN'] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

export const PLATFORMS = ['WEB', 'MOBILE', 'SLACK'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Platforms that clients of ours run on. */
export const CLIENT_PLATFORMS = ['WEB', 'MOBILE'] as const satisfies readonly Platform[];
export type ClientPlatform = (typeof CLIENT_PLATFORMS)[number];

/** How present somebody is, most first. */
export const PRESENCE_STATES = ['ACTIVE', 'IDLE', 'AWAY'] as const;
export type PresenceState = (typeof PRESENCE_STATES)[number];
