import * as fc from 'fast-check';
import { plus } from '../../src/base/clock.js';
import {
  CATEGORY_CLASSES,
  CHANNELS,
  LEVELS,
  PRESENCE_STATES,
  type ChannelName,
  type Platform,
} from '../../src/base/names.js';
import { CHANNEL_TRAITS } from '../../src/channels/index.js';
import type {
  BlockReason,
  CategoryPolicy,
  ChannelTraits,
  ConsentFact,
  EndpointFact,
  Facts,
  IntegrationFact,
  PersonFact,
  PresenceFact,
} from '../../src/routing/facts.js';
import { anyQuiet, anySpan, anyWindow } from './local-times.js';

import type { DigestRule } from '../../src/routing/profile.js';

/** When every story begins. */
export const NOON = new Date('2026-03-14T12:00:00.000Z');

export const TRAITS: Readonly<Record<ChannelName, ChannelTraits>> = CHANNEL_TRAITS;

/** An integration that everybody may call, and whose lost answers cannot be settled. */
const READY = {
  configuredAt: new Date(0),
  blocked: null,
  fullUntil: null,
  settling: { keyMs: null, lookup: false, reports: false },
  classes: CATEGORY_CLASSES,
  payloadLimit: null,
  service: null,
};

export function endpoint(channel: ChannelName, address: string, retired = false): EndpointFact {
  return { channel, address, retired, suppressed: null, service: null };
}

export function integration(channel: ChannelName, key: string, enabled = true): IntegrationFact {
  return { channel, key, enabled, ...READY };
}

/** With a page open, of which nobody said more. */
export const ONLINE: readonly PresenceFact[] = [{ platform: 'WEB', connected: true, state: null }];

/** Somebody who chose nothing. */
export const ANYBODY: PersonFact = {
  timeZone: 'UTC',
  country: null,
  level: 'EVERYTHING',
  channelsOff: new Set(),
  cadences: {},
  channels: null,
  pausedUntil: null,
  quietHours: null,
  caps: [],
  cappedUntil: null,
  cappedChannels: {},
  delegate: null,
  isDelegated: false,
  redirects: {},
  unsubscribed: false,
  tracking: 'ON',
  consents: [],
};

/** Ana: offline, one e-mail address and one phone, a provider for each, a category of INBOX, then EMAIL, then SMS. */
export function facts(
  overrides: Partial<Omit<Facts, 'category' | 'person'>> & {
    category?: Partial<CategoryPolicy>;
    person?: Partial<PersonFact>;
  } = {},
): Facts {
  return {
    notificationId: '0199a0f0-0000-7000-8000-000000000001',
    createdAt: NOON,
    sendAt: null,
    expiresAt: null,
    canceled: false,
    mode: 'LIVE',
    requestedChannels: null,
    traits: TRAITS,
    presence: [],
    endpoints: [endpoint('EMAIL', 'ana@example.com'), endpoint('SMS', '+14155550123')],
    optOuts: new Set(),
    attachmentBytes: 0,
    postalAddress: null,
    isDigest: false,
    digestKey: '',
    window: null,
    throttle: null,
    integrations: [integration('EMAIL', 'mail'), integration('SMS', 'phone')],
    ...overrides,
    person: { ...ANYBODY, ...overrides.person },
    category: {
      key: 'orders',
      class: 'TRANSACTIONAL',
      mandatory: false,
      channels: ['INBOX', 'EMAIL', 'SMS'],
      ackTimeoutMs: 5_000,
      inboxCopy: 'WHEN_DELIVERED',
      retry: { maxAttempts: 3, firstDelayMs: 10_000, maxDelayMs: 60_000, giveUpAfterMs: 3_600_000 },
      onAmbiguous: 'RESEND',
      failover: 'AFTER_RETRIES',
      silence: null,
      critical: false,
      rules: {},
      ...overrides.category,
    },
  };
}

const channel = fc.constantFrom(...CHANNELS);
const fewChannels = fc.constantFrom<ChannelName>('INBOX', 'EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH');
export const soon = fc.integer({ min: -60_000, max: 600_000 }).map((ms) => plus(NOON, ms));

/** Rare in life, and it takes time to work out. */
function seldom<Value, Other>(mostly: Other, value: fc.Arbitrary<Value>): fc.Arbitrary<Value | Other> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(mostly) }, { weight: 1, arbitrary: value });
}

/** So seldom that most of what is drawn can go: who is held or out in every story proves nothing about what goes. */
function sometimes<Value>(value: fc.Arbitrary<Value>, oneIn: number): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
}

/** Of the send or of a category; the one of the send comes first. */
const anySendWindow = anyWindow.map((spans) => ({ spans }));

export const anyRetryPolicy = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 6 }),
  firstDelayMs: fc.integer({ min: 0, max: 30_000 }),
  maxDelayMs: fc.integer({ min: 0, max: 120_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  giveUpAfterMs: fc.integer({ min: 0, max: 3_600_000 }),
});

const anyDigestRule = fc.constantFrom<DigestRule | undefined>(
  ...[undefined, undefined],
  { kind: 'BATCH', windowMs: 60_000 },
  { kind: 'BATCH', windowMs: 60_000, sliding: true, maxMs: 90_000, channels: ['SMS', 'INBOX'] },
  { kind: 'SCHEDULE', cadence: 'HOURLY' },
  { kind: 'SCHEDULE', cron: '*/10 * * * *', channels: ['EMAIL'] },
);

const anyCategory: fc.Arbitrary<CategoryPolicy> = fc.record({
  key: fc.constantFrom('orders', 'news'),
  class: fc.constantFrom(...CATEGORY_CLASSES),
  mandatory: fc.boolean(),
  channels: fc.array(fc.oneof({ weight: 5, arbitrary: fewChannels }, channel), { minLength: 1, maxLength: 5 }),
  ackTimeoutMs: fc.integer({ min: 1_000, max: 30_000 }),
  inboxCopy: fc.constantFrom('WHEN_DELIVERED', 'ALWAYS'),
  retry: anyRetryPolicy,
  onAmbiguous: fc.constantFrom('RESEND', 'FAIL'),
  failover: fc.constantFrom('AFTER_RETRIES', 'AT_ONCE'),
  silence: fc.option(
    fc.record({
      afterMs: fc.integer({ min: 1_000, max: 100_000 }),
      // oxlint-disable-next-line unicorn/no-thenable -- the policy's own word; nobody awaits it
      then: fc.constantFrom('RESEND', 'NEXT_CHANNEL'),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    { freq: 2 },
  ),
  critical: fc.nat({ max: 9 }).map((n) => n === 0),
  rules: fc.record({
    defaultOn: fc.constantFrom(true, true, false),
    overrides: fc.nat({ max: 9 }).map((n) => n === 0),
    onPause: fc.constantFrom('HOLD', 'DROP'),
    onCap: fc.constantFrom('HOLD', 'DROP'),
    channelsAt: seldom(
      [],
      fc.array(
        fc.tuple(anySpan, fc.array(fewChannels, { maxLength: 3 })).map(([one, channels]) => ({ ...one, channels })),
        { maxLength: 2 },
      ),
    ),
    digest: anyDigestRule,
    preferActivePlatform: fc.boolean(),
    onlyWhilePresent: seldom([], fc.subarray<ChannelName>(['WEB_PUSH', 'MOBILE_PUSH', 'SLACK'])),
  }),
});

export const anyConsents: fc.Arbitrary<readonly ConsentFact[]> = fc.array(
  fc.record({
    channel: fc.constantFrom<ChannelName>('EMAIL', 'SMS'),
    purpose: fc.constantFrom('news', 'orders', 'MARKETING', 'DEVICE'),
    state: fc.constantFrom('GRANTED', 'GRANTED', 'GRANTED', 'PENDING', 'WITHDRAWN'),
    at: soon,
  }),
  { maxLength: 6 },
);

export const anyPerson: fc.Arbitrary<PersonFact> = fc.record({
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Tokyo', 'America/New_York'),
  country: fc.constantFrom(null, 'DE', 'US', 'CA', 'GB'),
  level: fc.constantFrom(...LEVELS, ...Array.from({ length: 6 }, () => 'EVERYTHING' as const)),
  channelsOff: fc.array(fewChannels, { maxLength: 1 }).map((list) => new Set(list)),
  cadences: fc.constantFrom({}, {}, { EMAIL: 'DAILY' }, { SMS: 'HOURLY', EMAIL: 'INSTANT' }),
  channels: sometimes(fc.array(fewChannels, { maxLength: 3 }), 3),
  pausedUntil: sometimes(soon, 8),
  quietHours: seldom(null, anyQuiet),
  caps: fc.constant([]),
  cappedUntil: sometimes(soon, 8),
  cappedChannels: fc
    .array(fewChannels, { maxLength: 1 })
    .map((list) => Object.fromEntries(list.map((one) => [one, plus(NOON, 600_000)]))),
  delegate: fc.constant(null),
  isDelegated: fc.boolean(),
  redirects: fc.constant({}),
  unsubscribed: fc.nat({ max: 9 }).map((n) => n === 0),
  tracking: fc.constantFrom('ON', 'PERSON', 'REGION'),
  consents: anyConsents,
});

/** Half of them with a page open and nothing else: all others would be absences of a kind. */
export const anyPresence: fc.Arbitrary<readonly PresenceFact[]> = fc.oneof(
  fc.constantFrom([], ONLINE),
  fc.uniqueArray(
    fc
      .record({
        platform: fc.constantFrom<Platform>('WEB', 'MOBILE', 'SLACK'),
        connected: fc.boolean(),
        state: fc.constantFrom(null, ...PRESENCE_STATES),
      })
      .map((one) => (one.platform === 'SLACK' ? { ...one, connected: false } : one))
      .filter(({ connected, state }) => connected || state !== null),
    { maxLength: 3, selector: (one) => one.platform },
  ),
);

export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  notificationId: fc.uuid({ version: 7 }),
  createdAt: fc.constant(NOON),
  sendAt: sometimes(soon, 4),
  expiresAt: sometimes(soon, 3),
  canceled: fc.nat({ max: 9 }).map((n) => n === 0),
  mode: fc.constantFrom('LIVE', 'TEST'),
  category: anyCategory,
  requestedChannels: fc.option(fc.array(fewChannels, { maxLength: 4 }), { freq: 2 }),
  traits: fc.constant(TRAITS),
  presence: anyPresence,
  endpoints: fc.uniqueArray(
    fc.record({
      channel: fc.constantFrom<ChannelName>('EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH'),
      address: fc.constantFrom('one', 'two'),
      retired: fc.nat({ max: 9 }).map((n) => n === 0),
      suppressed: fc.constantFrom(null, null, null, null, null, null, 'COMPLAINT', 'UNSUBSCRIBED'),
      service: fc.constantFrom(null, null, 'apns', 'fcm'),
    }),
    { minLength: 2, maxLength: 6, selector: (one) => `${one.channel} ${one.address}` },
  ),
  optOuts: fc.array(fewChannels, { maxLength: 2 }).map((list) => new Set(list)),
  attachmentBytes: fc.constantFrom(0, 0, 12_000_000),
  person: anyPerson,
  postalAddress: fc.constantFrom(null, '1 High Street, Springfield'),
  isDigest: fc.nat({ max: 3 }).map((n) => n === 0),
  digestKey: fc.constantFrom('', 'project'),
  throttle: fc.constant(null),
  window: seldom(null, anySendWindow),
  integrations: fc.uniqueArray(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      channel: fc.constantFrom<ChannelName>('EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH'),
      enabled: fc.nat({ max: 9 }).map((n) => n > 0),
      configuredAt: fc.constantFrom(new Date(0), plus(NOON, 30_000)),
      blocked: sometimes(
        fc.record({
          until: soon,
          reason: fc.constantFrom<BlockReason>('CIRCUIT_OPEN', 'MISCONFIGURED', 'PROVIDER_PAUSED'),
        }),
        4,
      ),
      fullUntil: sometimes(soon, 6),
      settling: fc.record({
        keyMs: fc.option(fc.integer({ min: 1_000, max: 3_600_000 })),
        lookup: fc.boolean(),
        reports: fc.boolean(),
      }),
      classes: fc.constantFrom(CATEGORY_CLASSES, CATEGORY_CLASSES, CATEGORY_CLASSES.slice(0, 2)),
      payloadLimit: fc.constantFrom(null, 10_000_000, 50_000_000),
      service: fc.constantFrom(null, null, 'apns', 'fcm'),
    }),
    { minLength: 3, maxLength: 6, selector: (one) => one.key },
  ),
});

/** What a provider, the network and the process can do with one attempt. */
const ENDING_KINDS = [
  'accepted',
  'bounced',
  /** It comes back when all is thought to be over. */
  'bounced late',
  'rejected',
  'gone',
  'failed',
  'rate_limited',
  'misconfigured',
  'unknown',
  /** Nobody knows, until the vendor reports that it arrived. */
  'reported late',
  /** The process died: nobody ever reports. */
  'lost',
  /** The process was frozen: the lease ran out, then it reports all the same. */
  'accepted late',
  'failed late',
] as const;

export interface Ending {
  readonly kind: (typeof ENDING_KINDS)[number];
  readonly afterMs: number;
  readonly retryInMs: number | null;
  readonly lateMs: number;
}

export const anyEnding: fc.Arbitrary<Ending> = fc.record({
  kind: fc.constantFrom(...ENDING_KINDS, 'failed'),
  afterMs: fc.integer({ min: 0, max: 11_000 }),
  retryInMs: fc.option(fc.integer({ min: 0, max: 3_600_000 })),
  lateMs: fc.integer({ min: 0, max: 200_000 }),
});

/** Something that happens elsewhere while a notification is on its way. */
export interface Turn {
  readonly afterMs: number;
  readonly change: Partial<Pick<Facts, 'canceled' | 'presence' | 'optOuts' | 'integrations'>>;
}

export const anyTurn: fc.Arbitrary<Turn> = fc.record({
  afterMs: fc.integer({ min: 0, max: 120_000 }),
  change: fc.oneof(
    fc.record({ presence: anyPresence }),
    fc.record({ optOuts: fc.array(channel, { maxLength: 3 }).map((list) => new Set(list)) }),
    fc.record({ canceled: fc.constant(true) }),
    fc.record({ integrations: anyFacts.map((other) => other.integrations) }),
  ),
});

/** Why a decided call may not begin: the rate is used up, all calls that may run do, or another one probes. */
export interface Denial {
  readonly kind: 'rate' | 'full' | 'probing';
  readonly forMs: number;
}

/** What happens outside in one story: attempts end in turn, displays are acknowledged or not, the world moves. */
export interface Script {
  readonly endings: readonly Ending[];
  /** What providers say about attempts that nobody knows the end of. */
  readonly lookups: readonly ('taken' | 'not taken' | 'cannot say')[];
  /** The first calls are asked for in vain, where it is not null. */
  readonly denials: readonly (Denial | null)[];
  /** Milliseconds from being placed to being shown; null: nobody looks. */
  readonly shownAfterMs: number | null;
  readonly engagedAfterMs: number | null;
  /** When our own processing has failed too often, and an operator takes it up again in the end. */
  readonly buriedAfterMs: number | null;
  /** How often an operator takes up what failed. */
  readonly redrives: number;
  readonly turns: readonly Turn[];
}

export const anyScript: fc.Arbitrary<Script> = fc.record({
  endings: fc.array(anyEnding, { minLength: 1, maxLength: 8 }),
  lookups: fc.array(fc.constantFrom('taken', 'not taken', 'cannot say', 'cannot say'), { minLength: 1, maxLength: 4 }),
  denials: fc.array(
    fc.option(
      fc.record({
        kind: fc.constantFrom<Denial['kind']>('rate', 'full', 'probing'),
        forMs: fc.integer({ min: 1, max: 100_000 }),
      }),
      { freq: 2 },
    ),
    { maxLength: 4 },
  ),
  shownAfterMs: fc.option(fc.integer({ min: 0, max: 40_000 })),
  engagedAfterMs: fc.option(fc.integer({ min: 0, max: 300_000 }), { freq: 2 }),
  buriedAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { freq: 1 }),
  redrives: fc.nat({ max: 2 }),
  turns: fc.array(anyTurn, { maxLength: 3 }),
});
