import type { ChannelName, DeliveryState, NotificationState } from '../base/names.js';
import { DELIVERY_RANK } from './delivery-rank.js';

export interface AttemptView {
  readonly number: number;
  readonly integration: string;
  readonly provider: string;
  readonly startedAt: Date;
  readonly leaseUntil: Date;
  readonly end: 'accepted' | 'rejected' | 'failed' | 'rate_limited' | 'misconfigured' | 'unknown' | null;
  readonly endedAt: Date | null;
  readonly retryAt: Date | null;
  /** Times that the provider was asked about it in vain. */
  readonly lookups: number;
}

export interface DeliveryView {
  readonly ordinal: number;
  readonly channel: ChannelName;
  readonly address: string | null;
  readonly state: DeliveryState;
  readonly reason: string | null;
  /** In-app only: display must be acknowledged by then. */
  readonly ackBy: Date | null;
  readonly providerId: string | null;
  /** When a provider took it, or it was shown. */
  readonly reachedAt: Date | null;
  readonly attempts: readonly AttemptView[];
}

export interface State {
  readonly deliveries: readonly DeliveryView[];
  readonly heldUntil: Date | null;
  /** Its place in the line of an integration whose limit is used up. */
  readonly throttled: { readonly integration: string; readonly until: Date } | null;
  /** It lies in a window of a digest for this channel, which closes then or, if more comes, later. */
  readonly gathered: { readonly channel: ChannelName; readonly closesAt: Date } | null;
  /** It went in a digest on this channel. */
  readonly digested: ChannelName | null;
  /** It is not gathered any more: its words could not be had. */
  readonly alone: boolean;
  /** A quiet copy lies in the inbox list. */
  readonly copied: boolean;
  /** The person opened it, or did more with it. */
  readonly engaged: boolean;
  /** How often nobody opened it in time, and how many deliveries had been made by the last time: those are passed over. */
  readonly silences: number;
  readonly passed: number;
  readonly finished: { readonly state: NotificationState; readonly reason: string; readonly at: Date } | null;
}

export const NOTHING_YET: State = {
  deliveries: [],
  heldUntil: null,
  throttled: null,
  gathered: null,
  digested: null,
  alone: false,
  copied: false,
  engaged: false,
  silences: 0,
  passed: 0,
  finished: null,
};

/** Did it reach the person, as far as anybody knows? */
export function isReached(delivery: DeliveryView): boolean {
  return DELIVERY_RANK[delivery.state] >= DELIVERY_RANK.SENT && delivery.state !== 'BOUNCED';
}
