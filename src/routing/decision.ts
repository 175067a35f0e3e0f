import type { ChannelName, NotificationState, StepDecision } from '../base/names.js';
import type { HistoryEvent } from './history.js';
import type { State } from './state.js';
import type { PassedOver } from './fitness.js';

/**
 * Why a channel was chosen, held or left out, or why a notification ended. The set is closed and documented: callers may
 * depend on the codes; the sentences are for people.
 */
export const REASONS = {
  SELECTED: 'the first channel that can reach this person now',
  NEXT_IN_LINE: 'kept in reserve; it goes if what comes before it fails',
  ACCEPTED: 'the provider took it',
  DISPLAYED: 'shown to the person',
  ENGAGED: 'the person opened it',
  NO_ENDPOINT: 'the person has no {address}',
  ENDPOINT_SUPPRESSED: "the person's {address} is on the suppression list: they complained, or asked for nothing more",
  ENDPOINT_RETIRED: "the provider said that the person's {address} is gone",
  NO_INTEGRATION: 'no provider is set up for this channel',
  INTEGRATION_DISABLED: 'every provider of this channel is switched off',
  CLASS_NOT_CARRIED: 'this provider may not carry notifications of this class',
  PAYLOAD_TOO_LARGE: 'the files are larger than this provider takes',
  TOKEN_NOT_CARRIED: 'no provider that is set up takes a token of this kind',
  RECIPIENT_AWAY: 'the person is away: not active in {place}',
  RECIPIENT_OFFLINE: 'the person is not online',
  COPIED: 'a quiet copy lies in the inbox list already',
  CATEGORY_OPT_OUT: 'the person switched this channel off for this category',
  CHANNEL_OPT_OUT: 'the person switched this channel off for everything',
  NOT_CHOSEN: 'the person chose other channels for this category',
  NOT_SUBSCRIBED: 'the person has not switched this category on',
  LEVEL: 'the person wants less than this',
  UNSUBSCRIBED: 'the person unsubscribed from everything that is no necessity',
  PAUSED: 'the person pauses until a date',
  QUIET_HOURS: 'it is quiet time where the person is',
  SEND_WINDOW: 'the sender wants it out at certain hours of the person',
  FREQUENCY_CAP: 'the person has had as many as may come in this time',
  THROTTLED_KEY: 'the sender wants only so many of this key in this time',
  DELEGATED: 'somebody else takes it for the person meanwhile',
  STANDS_IN: 'somebody who is away has named this person to take it meanwhile',
  REDIRECTED: 'it goes to another address that the person named for a time',
  DIGESTED: 'it is part of a digest',
  GATHERING: 'it is gathered with others and goes in one digest',
  PREFERENCE_OVERRIDDEN: 'this category goes whatever the person prefers',
  LAW_APPLIED: 'the rules of this law were applied',
  NOT_TRACKED: 'nobody looks at what the person opens or clicks',
  CONSENT_MISSING: 'the law where the person is demands a consent that is not there',
  POSTAL_ADDRESS_MISSING: 'the law where the person is demands a postal address of the sender, and none is set',
  NOT_ACKNOWLEDGED: 'the client did not say in time that it was shown',
  PROVIDER_REJECTED: 'the provider refused it for good',
  ENDPOINT_GONE: 'the provider says that this address is gone',
  RENDER_ERROR: 'the template could not be rendered with this data',
  RETRIES_EXHAUSTED: 'every attempt that the retry policy allows has failed',
  MISCONFIGURED: 'the provider refused our credentials or settings',
  BOUNCED: 'it came back after the provider had taken it',
  AMBIGUOUS: 'nobody can know whether the provider took it, and this category does not resend',
  CIRCUIT_OPEN: 'the provider fails for everybody at the moment; it is tried again shortly',
  PROVIDER_PAUSED: 'the provider asked for a pause',
  THROTTLED: 'the limit of this provider is used up; its turn has a time',
  SETTLING: 'nobody knows yet whether the provider took it; its word is waited for',
  AWAITING_ENGAGEMENT: 'it went; if nobody opens it in time, more follows',
  NOT_OPENED: 'it went there, and nobody opened it in time',
  DEAD_LETTER: 'it could not be processed; an operator has to look at it',
  RETRY_LATER: 'the last attempt failed; the next one has a time',
  IN_FLIGHT: 'an attempt is running',
  AWAITING_DISPLAY: 'waiting for the client to say that it was shown',
  SCHEDULED: 'the sender asked for a later time',
  EXPIRED: 'its time of relevance is over',
  CANCELED: 'the sender canceled it, or the person was erased',
  ALL_CHANNELS_SKIPPED: 'no channel can reach this person',
  ALL_CHANNELS_FAILED: 'every channel that could reach this person was tried and failed',
  OPTED_OUT: 'the person does not want it on any channel that could reach them',
} as const;
export type Reason = keyof typeof REASONS;

/** The sentence of a reason, with what it speaks of filled in. */
export function explain(reason: Reason, words: { address?: string; place?: string } = {}): string {
  const { address = 'address', place = 'any place that is known' } = words;
  return REASONS[reason].replace('{address}', address).replace('{place}', place);
}

export function isReason(code: string): code is Reason {
  return Object.hasOwn(REASONS, code);
}

/** One channel that was considered. */
export interface PlanStep {
  readonly channel: ChannelName;
  readonly integration: string | null;
  readonly decision: StepDecision;
  readonly reason: Reason;
  readonly explanation: string;
  /** Integrations of the channel that could not be called, and why. */
  readonly passedOver: readonly PassedOver[];
}

/** Something that shaped a plan. */
export interface PlanNote {
  readonly reason: Reason;
  /** For people: until when, of which law. Never an address. */
  readonly detail: string | null;
}

/** The decided, explained result: every channel considered, exactly once, in order. */
export interface Plan {
  readonly outcome: 'SEND' | 'HOLD' | 'WAIT' | NotificationState;
  readonly sendAt: Date | null;
  readonly steps: readonly PlanStep[];
  /** What shaped it besides: a redirect, an override, the law that was applied. Oldest rule first, each once. */
  readonly notes: readonly PlanNote[];
}

/** A plan in one line, for the timeline. */
export function inOneLine(steps: readonly PlanStep[]): string {
  return steps
    .map(({ channel, decision, reason, passedOver }) => {
      const others = passedOver.map((one) => ` (${one.integration} ${one.reason})`).join('');
      return `${channel} ${decision} ${reason}${others}`;
    })
    .join(', ');
}

/** Why it ended as it did, in one line: the channels, then what else shaped the plan. */
export function whyOf({ steps, notes }: Pick<Plan, 'steps' | 'notes'>): string {
  const words = notes.map(({ reason, detail }) => (detail === null ? reason : `${reason} ${detail}`));
  return [inOneLine(steps), ...words].filter((part) => part !== '').join('; ');
}

/** What to do now. `attempt` and `place` name the one channel; nothing else is ever done. */
export type Action =
  | {
      readonly kind: 'attempt';
      readonly ordinal: number;
      readonly number: number;
      readonly channel: ChannelName;
      readonly address: string;
      readonly integration: string;
    }
  /** Ask the provider whether it took an attempt that nobody knows the end of. */
  | {
      readonly kind: 'lookup';
      readonly ordinal: number;
      readonly number: number;
      readonly channel: ChannelName;
      readonly address: string;
      readonly integration: string;
      /** When that attempt began. */
      readonly since: Date;
    }
  | { readonly kind: 'place'; readonly ordinal: number; readonly channel: ChannelName; readonly ackBy: Date }
  /** `integration`: what the wait is for, when it is for one: it ends sooner when that one recovers. */
  | { readonly kind: 'wait'; readonly until: Date; readonly integration?: string | null }
  | { readonly kind: 'rest' };

export interface Decision {
  /** What has become true by now, to be written before the action: lapsed leases, missed displays, the end. */
  readonly events: readonly HistoryEvent[];
  /** The state after those events. */
  readonly state: State;
  readonly action: Action;
  readonly plan: Plan;
}
