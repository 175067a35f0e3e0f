import type { ChannelName, NotificationState } from '../../base/names.js';
import type { PlanNote, Reason } from '../decision.js';
import type { Facts } from '../facts.js';

/** The whole notification stops or waits, whatever the channel. */
export type Gate =
  | { readonly kind: 'finish'; readonly state: NotificationState; readonly reason: Reason }
  | { readonly kind: 'hold'; readonly until: Date; readonly reason: Reason };

/**
 * One rule, one file, one line in the list. A rule speaks about the whole notification (`gate`), about one channel
 * (`skip`), or both; silence (null) lets it pass. Rules look at facts only and change nothing.
 */
export interface Rule {
  readonly name: string;
  readonly gate?: (facts: Facts, now: Date) => Gate | null;
  /** What the plan says of it though nothing is held or left out. */
  readonly note?: (facts: Facts) => PlanNote | null;
  readonly skip?: (facts: Facts, channel: ChannelName) => Reason | null;
}
