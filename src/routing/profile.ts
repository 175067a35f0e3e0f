import type { Cadence, ChannelName, DigestKind, Level, OnCap, Weekday } from '../base/names.js';

/** Local times of a day, `HH:MM`; an end at or before the start is on the next day. */
export interface Span {
  readonly start: string;
  readonly end: string;
  /** Days on which it starts; all of them where the list is empty. */
  readonly days: readonly Weekday[];
}

/** At most so many in so long. */
export interface Cap {
  readonly max: number;
  readonly periodMs: number;
  /** On one channel, or of one category; missing: of everything. */
  readonly channel?: ChannelName;
  readonly category?: string;
}

/** What a sender says: at most so many notifications of one key for one person in so long; further ones do not go. */
export interface Throttle {
  readonly key: string;
  readonly max: number;
  readonly periodMs: number;
}

/**
 * What a person chose, besides the matrix of categories and channels; kept with the person as JSON. Times are ISO 8601.
 * Missing fields are not chosen.
 */
export interface Profile {
  readonly level?: Level;
  /** Whole channels that are off. */
  readonly channelsOff?: readonly ChannelName[];
  /** Everything rests until then. */
  readonly pausedUntil?: string;
  readonly quietHours?: Span;
  readonly caps?: readonly Cap[];
  /** For a time, instead of the person's own addresses on that channel. */
  readonly redirects?: readonly { readonly channel: ChannelName; readonly address: string; readonly until: string }[];
  /** Whose it is meanwhile. */
  readonly delegate?: { readonly recipientId: string; readonly until: string; readonly categories?: readonly string[] };
  /** By category key. */
  readonly categories?: Readonly<Record<string, CategoryChoice>>;
  /** No marketing at all: an unsubscribe from everything, or the law's "do not sell, do not profile". */
  readonly unsubscribedAt?: string;
  readonly doNotSell?: boolean;
  readonly limitUse?: boolean;
}

/** What a person chose for one category. */
export interface CategoryChoice {
  /** These, in this order, of those that the category leaves to people. */
  readonly channels?: readonly ChannelName[];
  readonly pausedUntil?: string;
  /** Which of several addresses on a channel. */
  readonly addresses?: Readonly<Partial<Record<ChannelName, string>>>;
}

/** What an operator says of a category for people; kept with the category as JSON. Missing fields are not said. */
export interface CategoryRules {
  /** Key of the section that people see it in. */
  readonly section?: string;
  /** For people: what it is about, and how much of it to expect. */
  readonly description?: string;
  readonly expected?: string;
  /** Channels and cadences that people may choose; missing: all of the category's channels, every cadence. */
  readonly choosableChannels?: readonly ChannelName[];
  readonly choosableCadences?: readonly Cadence[];
  /** False: nothing goes until the person switches it on. */
  readonly defaultOn?: boolean;
  /** Goes whatever people prefer: levels, channels, pauses, quiet hours and caps do not hold it. Never marketing. */
  readonly overrides?: boolean;
  /** What becomes of it while the person pauses; default DROP. */
  readonly onPause?: 'HOLD' | 'DROP';
  /** When the sender wants it out, in the recipient's time zone: the start of any of these, or any time within. */
  readonly window?: { readonly spans: readonly Span[] };
  /** At certain local times other channels come first. */
  readonly channelsAt?: readonly (Span & { readonly channels: readonly ChannelName[] })[];
  /** Channels made for the platform on which the person is active come first. */
  readonly preferActivePlatform?: boolean;
  /** Channels that go only while the person is present where they are seen. */
  readonly onlyWhilePresent?: readonly ChannelName[];
  readonly caps?: readonly Cap[];
  /** What becomes of it beyond a cap; default HOLD. */
  readonly onCap?: OnCap;
  readonly digest?: DigestRule;
  /** Terms that a person agrees to; consent cannot be asked for without them. */
  readonly termsUrl?: string;
}

/** How notifications of a category are gathered, unless the person chose a cadence. */
export interface DigestRule {
  /** BATCH: opens with the first one; SCHEDULE: closes at fixed local times. */
  readonly kind: DigestKind;
  /** BATCH: so long after the first one; each further one moves the end, up to `maxMs`, if `sliding`. */
  readonly windowMs?: number;
  readonly sliding?: boolean;
  readonly maxMs?: number;
  /** SCHEDULE: a cadence, a cron expression of five fields, or an RRULE, at the person's local time. */
  readonly cadence?: Exclude<Cadence, 'INSTANT'>;
  readonly at?: string;
  readonly cron?: string;
  readonly rrule?: string;
  /** Channels that are gathered; missing: all but in-app ones. */
  readonly channels?: readonly ChannelName[];
  /** Template of the digest's words, by key; missing: plain English made of the items. */
  readonly template?: string;
  /** Items that are shown one by one; the rest is counted. Default 10. */
  readonly maxItems?: number;
}
