import type { AmbiguityPolicy, CategoryClass, ChannelName, EnvironmentMode, InboxCopy } from '../base/names.js';

/** All times in milliseconds; `maxAttempts` counts provider calls on one channel. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  readonly giveUpAfterMs: number;
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
}

/** What routing must know of a channel; it never asks for a name. */
export interface ChannelTraits {
  /** Delivered by our own commit to people who are online; shown only when the client says so. */
  readonly inApp: boolean;
  /** What the address is called in explanations: "e-mail address", "phone number". */
  readonly addressNoun: string;
}

export interface EndpointFact {
  readonly channel: ChannelName;
  readonly address: string;
  readonly retired: boolean;
}

export interface IntegrationFact {
  readonly key: string;
  readonly channel: ChannelName;
  readonly enabled: boolean;
}

/** Everything that deciding may look at; loaded in bulk, never changed by deciding. */
export interface Facts {
  readonly notificationId: string;
  readonly createdAt: Date;
  readonly sendAt: Date | null;
  /** The earlier of the caller's `expiresAt` and the category's relevance window. */
  readonly expiresAt: Date | null;
  readonly canceled: boolean;
  readonly mode: EnvironmentMode;
  readonly category: CategoryPolicy;
  /** The caller's own choice of channels, in order; null: the category's. */
  readonly requestedChannels: readonly ChannelName[] | null;
  readonly traits: Readonly<Record<ChannelName, ChannelTraits>>;
  readonly online: boolean;
  readonly endpoints: readonly EndpointFact[];
  /** The person's own choices for this category; a channel without one is on. */
  readonly optOuts: ReadonlySet<ChannelName>;
  /** Preferred first. */
  readonly integrations: readonly IntegrationFact[];
}
