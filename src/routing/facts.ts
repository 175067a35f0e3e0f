import type {
  AmbiguityPolicy,
  Cadence,
  CategoryClass,
  ChannelName,
  ConsentState,
  EnvironmentMode,
  Failover,
  InboxCopy,
  Level,
  Platform,
  PresenceState,
  SilenceAction,
  SuppressionReason,
} from '../base/names.js';
import type { Cap, CategoryRules, Span, Throttle } from './profile.js';
import type { Tracking } from './tracking.js';

/** All times in milliseconds; `maxAttempts` counts provider calls on one channel; each pause is `factor` times the last. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly factor?: number;
  readonly maxDelayMs: number;
  readonly giveUpAfterMs: number;
}

/** What follows when nobody opens it in time: at most `times` times. */
export interface SilencePolicy {
  readonly afterMs: number;
  readonly then: SilenceAction;
  readonly times: number;
}

/** What a category says about every notification of its kind. */
export interface CategoryPolicy {
  readonly key: string;
  readonly class: CategoryClass;
  readonly mandatory: boolean;
  readonly channels: readonly ChannelName[];
  readonly ackTimeoutMs: number;
  readonly inboxCopy: InboxCopy;
  readonly retry: RetryPolicy;
  readonly onAmbiguous: AmbiguityPolicy;
  readonly failover: Failover;
  readonly silence: SilencePolicy | null;
  /** Of the critical lane: people's wishes about time do not hold it. */
  readonly critical: boolean;
  readonly rules: CategoryRules;
}

/** What routing must know of a channel; it never asks for a name. */
export interface ChannelTraits {
  /** Delivered by our own commit to people who are online; shown only when the client says so. */
  readonly inApp: boolean;
  /** Goes to every address of the person; else to the first that works. */
  readonly everyAddress: boolean;
  /** Takes files along. */
  readonly carriesFiles: boolean;
  /** What the address is called in explanations: "e-mail address", "phone number". */
  readonly addressNoun: string;
  /** Where people see it, first the platform that it is made for; empty: it belongs to none. */
  readonly platforms: readonly Platform[];
  /** Goes only where the person is not known to be away. */
  readonly whereActive: boolean;
  /** What the place is called in explanations: "Slack". */
  readonly placeNoun: string;
}

/** What is known of a person on one platform. */
export interface PresenceFact {
  readonly platform: Platform;
  /** A client is connected there now. */
  readonly connected: boolean;
  /** As was said last, and still holds; null: nobody said. */
  readonly state: PresenceState | null;
}

export interface EndpointFact {
  readonly channel: ChannelName;
  readonly address: string;
  readonly retired: boolean;
  /** Why it is on the suppression list; null: it is not. */
  readonly suppressed: SuppressionReason | null;
  /** The push service whose token it is; null: every provider of the channel takes it. */
  readonly service: string | null;
}

/** How an attempt whose answer was lost can be settled, besides by policy. */
export interface Settling {
  /** The provider answers a repetition under the same key with the first result, for so long after the first call. */
  readonly keyMs: number | null;
  /** The provider can be asked whether it took an attempt. */
  readonly lookup: boolean;
  /** The provider reports what it took, by our attempt id. */
  readonly reports: boolean;
}

/** What the adapter of an integration can do. */
export interface AdapterFact {
  /** Classes of categories that it may carry. */
  readonly classes: readonly CategoryClass[];
  /** Bytes that it takes at most; null: no limit is known. */
  readonly payloadLimit: number | null;
  /** The push service whose tokens alone it takes; null: any address. */
  readonly service: string | null;
  readonly settling: Settling;
}

export interface IntegrationFact extends AdapterFact {
  readonly key: string;
  readonly channel: ChannelName;
  readonly enabled: boolean;
  /** Settings and credentials are those since this instant. */
  readonly configuredAt: Date;
  /** Nobody calls it before this instant; null: it may be called. */
  readonly blocked: { readonly until: Date; readonly reason: BlockReason } | null;
  /** All calls that may run at once do: this notification's turn comes by then, or when one of them ends. */
  readonly fullUntil: Date | null;
}

/** Why an integration is not called for a while: it fails for everybody, refuses our credentials, or asked for a pause. */
export type BlockReason = 'CIRCUIT_OPEN' | 'MISCONFIGURED' | 'PROVIDER_PAUSED';

/** A consent that counts now: the latest of its channel and purpose. */
export interface ConsentFact {
  readonly channel: ChannelName;
  /** A category's key, `MARKETING` for all advertising, or `DEVICE`: to be written to on this device at all (TCPA). */
  readonly purpose: string;
  readonly state: ConsentState;
  readonly at: Date;
}

/** What the person wants, with what the environment and the tenant say where the person said nothing. */
export interface PersonFact {
  readonly timeZone: string;
  /** ISO 3166-1, where known: of the person, else of the phone number. */
  readonly country: string | null;
  readonly level: Level;
  readonly channelsOff: ReadonlySet<ChannelName>;
  /** How often, by channel; of a channel that is missing nobody said anything. */
  readonly cadences: Readonly<Partial<Record<ChannelName, Cadence>>>;
  /** The person's own choice for this category, in order; null: none. */
  readonly channels: readonly ChannelName[] | null;
  /** Of everything or of this category, the later. */
  readonly pausedUntil: Date | null;
  readonly quietHours: Span | null;
  readonly caps: readonly Cap[];
  /** When a cap that is used up lets the next one through; null: none is, as far as is known. */
  readonly cappedUntil: Date | null;
  /** Channels whose own cap is used up, and until when. */
  readonly cappedChannels: Readonly<Partial<Record<ChannelName, Date>>>;
  /** Who has it meanwhile; null: the person. */
  readonly delegate: { readonly recipientId: string; readonly name: string; readonly until: Date } | null;
  /** It came from somebody else: it goes no further. */
  readonly isDelegated: boolean;
  /** The name of the person whose it was before, where it is known. */
  readonly standsInFor?: string | null;
  /** Channels whose own addresses are replaced for a time, and until when. */
  readonly redirects: Readonly<Partial<Record<ChannelName, Date>>>;
  readonly unsubscribed: boolean;
  readonly tracking: Tracking;
  readonly consents: readonly ConsentFact[];
}

/** Everything that deciding may look at; loaded in bulk, never changed by deciding. */
export interface Facts {
  readonly notificationId: string;
  readonly createdAt: Date;
  readonly sendAt: Date | null;
  /** The earlier of the caller's `expiresAt` and the category's relevance window. */
  readonly expiresAt: Date | null;
  /** By the sender; or nothing may go to the person any more, who was erased. */
  readonly canceled: boolean;
  readonly mode: EnvironmentMode;
  readonly category: CategoryPolicy;
  /** The caller's own choice of channels, in order; null: the category's. */
  readonly requestedChannels: readonly ChannelName[] | null;
  /** The channels to consider at this moment, in order: what the deciding itself works out first. */
  readonly channelsNow?: readonly ChannelName[];
  readonly traits: Readonly<Record<ChannelName, ChannelTraits>>;
  /** Where the person is, as far as anybody knows: at most one a platform. */
  readonly presence: readonly PresenceFact[];
  /** What its files weigh as they travel, coded for mail. */
  readonly attachmentBytes: number;
  readonly person: PersonFact;
  /** The sender's, as it stands under advertising; null: none was set. */
  readonly postalAddress: string | null;
  /** It is what a digest became: not gathered again. */
  readonly isDigest: boolean;
  /** Whose, and of what, digests may mix it with: of the tenant and the caller's own key; empty: neither. */
  readonly digestKey: string;
  /** The sender's window for this one; null: the category's. */
  readonly window: { readonly spans: readonly Span[] } | null;
  /** At most so many of this key for one person in so long, and until when that is used up, as far as is known. */
  readonly throttle: (Throttle & { readonly usedUpUntil: Date | null }) | null;
  readonly endpoints: readonly EndpointFact[];
  /** The person's own choices for this category; a channel without one is on. */
  readonly optOuts: ReadonlySet<ChannelName>;
  /** Preferred first. */
  readonly integrations: readonly IntegrationFact[];
}
