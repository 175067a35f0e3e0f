import * as fc from 'fast-check';
import {
  CADENCES,
  CATEGORY_CLASSES,
  CONSENT_STATES,
  LEVELS,
  PLATFORMS,
  PRESENCE_STATES,
  WEEKDAYS,
  type ChannelName,
  type Platform,
  type PresenceState,
} from '../../src/base/names.js';
import type { Profile } from '../../src/routing/profile.js';
import { anySpan, ZONES } from './local-times.js';

/** People, policies and sends as callers of the API would have them: for what is tried on a whole gateway. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const CHANNELS = ['INBOX', 'EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH'] as const satisfies ChannelName[];
const channel = fc.constantFrom(...CHANNELS);
const address = fc.constantFrom<ChannelName>('EMAIL', 'SMS', 'SLACK');
const some = fc.uniqueArray(channel, { minLength: 1, maxLength: 4 });
const chance = (percent: number): fc.Arbitrary<boolean> => fc.nat({ max: 99 }).map((n) => n < percent);

function maybe<Value>(percent: number, value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 100 - percent, arbitrary: fc.constant(undefined) }, { weight: percent, arbitrary: value });
}

/** Far enough from now that no time of it comes while a test runs. */
const ahead = (now: Date, days: number): fc.Arbitrary<string> =>
  fc.integer({ min: HOUR, max: days * DAY }).map((ms) => new Date(now.getTime() + ms).toISOString());

const anyCaps = fc.array(
  fc.record({
    max: fc.integer({ min: 1, max: 3 }),
    per: fc.constantFrom('PT6H', 'P1D', 'P7D'),
    channel: maybe(40, channel),
  }),
  { minLength: 1, maxLength: 2 },
);

const anyWindow = fc.oneof(
  fc.constantFrom('BUSINESS_HOURS', 'AFTER_WORK', 'MORNING_OR_NOON').map((preset) => ({ preset })),
  fc.array(anySpan.map(inOrder), { minLength: 1, maxLength: 2 }).map((spans) => ({ spans })),
);

const anyDigest = fc.oneof(
  fc.constantFrom('HOURLY', 'DAILY', 'WEEKLY').map((cadence) => ({ kind: 'SCHEDULE', cadence })),
  fc.constantFrom('0 9 * * 1-5', '*/30 * * * *', '30 2 * * *').map((cron) => ({ kind: 'SCHEDULE', cron })),
  fc.constant({ kind: 'SCHEDULE', rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=9' }),
  fc.constant({ kind: 'BATCH', window: 'PT2H' }),
  fc.constant({ kind: 'BATCH', window: 'PT2H', sliding: true, max: 'PT6H' }),
);

/** What `upsertCategory` takes. */
export const anyCategoryInput = some.chain((channels) =>
  fc
    .record({
      class: fc.constantFrom(...CATEGORY_CLASSES),
      channels: fc.constant(channels),
      lane: maybe(50, fc.constantFrom('NORMAL', 'BULK', 'CRITICAL')),
      mandatory: chance(10),
      overrides: chance(10),
      defaultOn: chance(85),
      onPause: fc.constantFrom('HOLD', 'DROP'),
      onCap: fc.constantFrom('HOLD', 'DROP'),
      inboxCopy: fc.constantFrom('WHEN_DELIVERED', 'ALWAYS'),
      caps: maybe(30, anyCaps),
      digest: maybe(20, anyDigest),
      sendWindow: maybe(20, anyWindow),
      channelsAt: maybe(
        20,
        fc.array(
          fc
            .tuple(anySpan.map(inOrder), fc.subarray(channels, { minLength: 1 }))
            .map(([span, first]) => ({ ...span, channels: first })),
          { maxLength: 2 },
        ),
      ),
      preferActivePlatform: maybe(30, fc.boolean()),
      onlyWhilePresent: maybe(20, fc.subarray(['MOBILE_PUSH', 'SLACK'])),
      choosableChannels: maybe(20, some),
      expiresAfter: maybe(15, fc.constantFrom('PT30M', 'P2D')),
    })
    .map((input) => {
      const isAdvertising = input.class === 'MARKETING';
      const isForced = input.mandatory || input.overrides || input.class === 'SECURITY';
      return {
        ...input,
        mandatory: input.mandatory && !isAdvertising,
        overrides: input.overrides && !isAdvertising,
        defaultOn: input.defaultOn || isForced,
      };
    }),
);

/** What `send` takes besides to whom and of what. */
export const anySendInput = (now: Date) =>
  fc
    .record({
      channels: maybe(20, some),
      sendAt: maybe(5, ahead(now, 30)),
      expiresAt: maybe(10, ahead(now, 10)),
      sendWindow: maybe(15, anyWindow),
      tenant: maybe(30, fc.constantFrom('acme', 'zeta')),
      digestKey: maybe(10, fc.constantFrom('one', 'two')),
      attachments: maybe(5, fc.constant([{ filename: 'bill.txt', content: 'VGVu' }])),
      throttle: maybe(10, fc.constant({ key: 'key', max: 1, period: 'P1D' })),
    })
    // What would be over before it begins is refused.
    .filter(({ sendAt, expiresAt }) => sendAt === undefined || expiresAt === undefined || sendAt < expiresAt);

export interface Wish {
  readonly timeZone: string | null;
  readonly country: string | null;
  readonly profile: Profile;
  readonly endpoints: readonly { channel: ChannelName; retired: boolean; second: boolean }[];
  readonly suppressed: readonly { channel: ChannelName; reason: 'COMPLAINT' | 'UNSUBSCRIBED' }[];
  readonly online: boolean;
  readonly reports: readonly { platform: Platform; state: PresenceState }[];
  readonly choices: readonly {
    category: string;
    channel: ChannelName;
    enabled: boolean | null;
    cadence: string | null;
  }[];
  readonly consents: readonly { channel: ChannelName; purpose: string; state: string; daysAgo: number }[];
}

/**
 * A person with whatever may be known of one. Addresses are made of the person's name, so that they are nobody else's.
 *
 * @param colleagues ids of people who may stand in
 */
export function anyWish(now: Date, categories: readonly string[], colleagues: readonly string[]): fc.Arbitrary<Wish> {
  const category = fc.constantFrom(...categories);
  const profile = fc
    .record({
      level: maybe(25, fc.constantFrom(...LEVELS)),
      channelsOff: maybe(15, fc.uniqueArray(channel, { maxLength: 2 })),
      pausedUntil: maybe(8, ahead(now, 9)),
      quietHours: maybe(25, anySpan.map(inOrder)),
      caps: maybe(
        15,
        fc.array(
          fc
            .record({
              max: fc.integer({ min: 1, max: 2 }),
              periodMs: fc.constantFrom(6 * HOUR, DAY),
              channel: maybe(30, channel),
              category: maybe(30, category),
            })
            .map(said),
          { minLength: 1, maxLength: 2 },
        ),
      ),
      redirects: maybe(
        8,
        ahead(now, 9).map((until) => [{ channel: 'EMAIL' as const, address: 'ana@hotel.example', until }]),
      ),
      delegate: maybe(
        8,
        fc
          .record({
            recipientId: fc.constantFrom(...colleagues),
            until: ahead(now, 9),
            categories: maybe(30, fc.uniqueArray(category, { minLength: 1, maxLength: 5 })),
          })
          .map(said),
      ),
      categories: maybe(
        25,
        fc.dictionary(
          category,
          fc.record({ channels: maybe(70, some), pausedUntil: maybe(20, ahead(now, 9)) }).map(said),
          { maxKeys: 6 },
        ),
      ),
      unsubscribedAt: maybe(5, fc.constant(now.toISOString())),
    })
    .map(said) as fc.Arbitrary<Profile>;
  return fc.record({
    timeZone: fc.option(fc.constantFrom(...ZONES), { freq: 9 }),
    country: fc.constantFrom(null, 'DE', 'US', 'CA', 'GB', 'FR', 'JP', 'BR'),
    profile,
    endpoints: fc.uniqueArray(
      fc.record({
        channel: fc.constantFrom<ChannelName>('EMAIL', 'EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH'),
        retired: chance(8),
        second: chance(20),
      }),
      { minLength: 2, maxLength: 6, selector: (one) => `${one.channel} ${one.second}` },
    ),
    suppressed: fc.array(
      fc.record({
        channel: address,
        reason: fc.constantFrom<'COMPLAINT' | 'UNSUBSCRIBED'>('COMPLAINT', 'UNSUBSCRIBED'),
      }),
      { maxLength: 1 },
    ),
    online: chance(30),
    reports: fc.uniqueArray(
      fc.record({ platform: fc.constantFrom(...PLATFORMS), state: fc.constantFrom(...PRESENCE_STATES) }),
      { maxLength: 2, selector: (one) => one.platform },
    ),
    choices: fc.uniqueArray(
      fc.record({
        category,
        channel,
        enabled: fc.constantFrom(null, true, false, false),
        cadence: fc.option(fc.constantFrom(...CADENCES)),
      }),
      { maxLength: 12, selector: (one) => `${one.category} ${one.channel}` },
    ),
    consents: fc.array(
      fc.record({
        channel: fc.constantFrom<ChannelName>('EMAIL', 'SMS', 'MOBILE_PUSH'),
        purpose: fc.constantFrom('MARKETING', 'DEVICE', ...categories.slice(0, 5)),
        state: fc.constantFrom(...CONSENT_STATES, 'GRANTED', 'GRANTED'),
        daysAgo: fc.integer({ min: 1, max: 400 }),
      }),
      { maxLength: 4 },
    ),
  });
}

/** Without what was not said. */
export function said<Of extends object>(of: Of): Of {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Of;
}

/** Days as the API gives them back: each once, in order. */
function inOrder<Of extends { readonly days: readonly string[] }>(span: Of): Of {
  const days = WEEKDAYS.filter((day) => span.days.length === 0 || span.days.includes(day));
  return { ...span, days };
}
