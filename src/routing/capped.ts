import type { ChannelName } from '../base/names.js';
import { isLimited, limitsOn, type Limit, type LimitKind } from './cap-limits.js';
import type { Decision, Reason } from './decision.js';
import type { Facts } from './facts.js';

/** One notification that is about to go for the first time on a channel, and the limits that it comes under there. */
export interface CapQuestion {
  readonly channel: ChannelName;
  readonly limits: readonly Limit[];
  /** It takes a place in the line of limits of these kinds, should they be used up. */
  readonly waitsFor: readonly LimitKind[];
  /** Nothing else is left but to wait for this channel. */
  readonly isLast: boolean;
}

/** It goes; or a limit is used up, and this is when it lets it through. */
export type CapAnswer = 'go' | { readonly until: Date; readonly kind: LimitKind };

/** Ends for want of a channel. */
const WITHOUT_CHANNEL: ReadonlySet<Reason> = new Set<Reason>([
  'ALL_CHANNELS_SKIPPED',
  'ALL_CHANNELS_FAILED',
  'OPTED_OUT',
]);

/** What has to be asked before a decision is carried out; null: nothing. */
export function capQuestion(facts: Facts, { action, events, state }: Decision): CapQuestion | null {
  if (!isLimited(facts)) return null;
  const drops = facts.category.rules.onCap === 'DROP';
  if (action.kind === 'attempt' || action.kind === 'place') {
    const limits = limitsOn(facts, action.channel);
    const waitsFor: LimitKind[] = drops ? [] : ['WHOLE'];
    return limits.length === 0 ? null : { channel: action.channel, limits, waitsFor, isLast: false };
  }
  const end = events.find((event) => event.type === 'notification.finished');
  if (!end || !WITHOUT_CHANNEL.has(end.reason as Reason) || (drops && state.deliveries.length > 0)) return null;
  const full = Object.entries(facts.person.cappedChannels) as [ChannelName, Date][];
  const [first] = full.toSorted(([, a], [, b]) => a.getTime() - b.getTime());
  if (!first) return null;
  const [channel] = first;
  return { channel, limits: limitsOn(facts, channel), waitsFor: drops ? [] : ['WHOLE', 'CHANNEL'], isLast: true };
}

/** The same facts with what the answer says, so that deciding again comes to something else. */
export function withAnswer(facts: Facts, question: CapQuestion, answer: CapAnswer): Facts {
  const { person, throttle } = facts;
  const { [question.channel]: _freed, ...others } = person.cappedChannels;
  if (answer === 'go') return { ...facts, person: { ...person, cappedChannels: others } };
  const { until, kind } = answer;
  if (kind === 'KEY') return { ...facts, throttle: throttle && { ...throttle, usedUpUntil: until } };
  if (kind === 'WHOLE' || question.isLast) return { ...facts, person: { ...person, cappedUntil: until } };
  return { ...facts, person: { ...person, cappedChannels: { ...others, [question.channel]: until } } };
}
