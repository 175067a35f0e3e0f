import type { ChannelName, Engagement, NotificationState } from '../base/names.js';

/**
 * What can happen to a notification, in the order it is written. The rows are the ledger: states are folded from them
 * (`evolve`). `ordinal` names the delivery within its notification, from 0; `number` counts attempts of that delivery,
 * from 1. Attempts are numbered by us, so a report of an unknown number is no event.
 */
export type HistoryEvent = { readonly at: Date } & (
  | { readonly type: 'notification.held'; readonly until: Date; readonly reason: string }
  // The integration's limit is used up: its place in the line comes at `until`.
  | { readonly type: 'notification.throttled'; readonly integration: string; readonly until: Date }
  // It went into an open window of a digest, for that channel; `slidesMs` as in digest-window.ts.
  | {
      readonly type: 'notification.gathered';
      readonly channel: ChannelName;
      readonly key: string;
      readonly closesAt: Date;
      readonly slidesMs: number | null;
    }
  // The window closed, and it went in this digest.
  | {
      readonly type: 'digest.closed';
      readonly channel: ChannelName;
      readonly digestId: string;
      readonly digestNotificationId: string;
    }
  // The window closed without it: it would not have gone by then. `alone`: it cannot go with others.
  | { readonly type: 'digest.left'; readonly digestId: string; readonly alone: boolean }
  // Nobody opened it in time: what went so far counts as passed over, and routing goes on.
  | { readonly type: 'notification.silent' }
  // An operator took it out of the dead letters.
  | { readonly type: 'notification.redriven' }
  | { readonly type: 'engagement.recorded'; readonly kind: Engagement }
  | {
      readonly type: 'attempt.started';
      readonly ordinal: number;
      readonly channel: ChannelName;
      readonly address: string;
      readonly integration: string;
      readonly provider: string;
      readonly number: number;
      /** After this instant nobody can still be working on it. */
      readonly leaseUntil: Date;
      /** The channels considered when this was decided, with reasons: "INBOX SKIP RECIPIENT_OFFLINE, EMAIL SEND SELECTED". */
      readonly why: string;
    }
  | ({
      readonly type: 'attempt.accepted';
      readonly simulated: boolean;
      readonly providerId: string | null;
    } & AttemptEnd)
  | ({ readonly type: 'attempt.rejected'; readonly reason: RejectionReason } & AttemptEnd)
  | ({ readonly type: 'attempt.failed'; readonly retryAt: Date | null } & AttemptEnd)
  | ({ readonly type: 'attempt.rate_limited'; readonly retryAt: Date | null } & AttemptEnd)
  | ({ readonly type: 'attempt.misconfigured' } & AttemptEnd)
  | ({ readonly type: 'attempt.unknown' } & AttemptEnd)
  // The provider was asked about an unknown attempt and could not say; what it can say is an end of the attempt.
  | {
      readonly type: 'attempt.looked_up';
      readonly ordinal: number;
      readonly number: number;
      readonly detail: string | null;
    }
  | {
      readonly type: 'inbox.placed';
      readonly ordinal: number;
      readonly channel: ChannelName;
      /** Not displayed by then counts as failed. */
      readonly ackBy: Date;
      readonly why: string;
    }
  // Speaks of the one in-app delivery; the client knows the item, not the ordinal.
  | { readonly type: 'inbox.displayed' }
  | { readonly type: 'inbox.missed'; readonly ordinal: number }
  | { readonly type: 'inbox.copied' }
  // The provider keeps trying by itself, for days perhaps.
  | { readonly type: 'delivery.deferred'; readonly ordinal: number; readonly detail: string | null }
  | { readonly type: 'delivery.delivered'; readonly ordinal: number }
  // `permanent`: the address itself is bad; missing in what was written before there was a difference.
  | {
      readonly type: 'delivery.bounced';
      readonly ordinal: number;
      readonly detail: string | null;
      readonly permanent?: boolean;
    }
  // The person told the provider that they want no more of it; the suppression list says what that stops.
  | {
      readonly type: 'delivery.complained' | 'delivery.unsubscribed';
      readonly ordinal: number;
      readonly detail: string | null;
    }
  | { readonly type: 'delivery.gave_up'; readonly ordinal: number; readonly reason: string }
  | {
      readonly type: 'notification.finished';
      readonly state: NotificationState;
      readonly reason: string;
      readonly why: string;
    }
);

/** Why an attempt was refused for good: by the provider, because the address is gone or the person away, or by our own renderer. */
export type RejectionReason = 'PROVIDER_REJECTED' | 'ENDPOINT_GONE' | 'RENDER_ERROR' | 'RECIPIENT_AWAY';

/** How an attempt ended. */
export interface AttemptEnd {
  readonly ordinal: number;
  readonly number: number;
  readonly durationMs: number | null;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly detail: string | null;
}
