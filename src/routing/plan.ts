import { FINAL_STATES, type ChannelName, type NotificationState } from '../base/names.js';
import { reasonOf } from './candidates.js';
import { explain, isReason, type Plan, type PlanNote, type PlanStep, type Reason } from './decision.js';
import { isReached, type State } from './state.js';
import type { Facts } from './facts.js';
import { misfit, passedOver } from './fitness.js';
import { RULES } from './rules/index.js';

/** The channels that are considered, in order, each once. */
export function channelsOf(facts: Facts): readonly ChannelName[] {
  return facts.channelsNow ?? [...new Set(facts.requestedChannels ?? facts.category.channels)];
}

/** What rules have to say of a plan besides its steps. */
export function notesOf(facts: Facts): PlanNote[] {
  return RULES.flatMap((rule) => rule.note?.(facts) ?? []);
}

/** Why a channel is out of the question; null: it is not. */
export function skipReason(facts: Facts, state: State, channel: ChannelName): Reason | null {
  if (isPassed(facts, state, channel)) return 'NOT_OPENED';
  const tried = state.deliveries.filter((delivery) => delivery.channel === channel);
  const failed = tried.filter((delivery) => delivery.state === 'UNDELIVERED' || delivery.state === 'BOUNCED');
  if (facts.traits[channel].inApp && failed[0]) return reasonOf(failed[0]);
  // Its item is there; a person who comes online now finds it in the list.
  if (facts.traits[channel].inApp && state.copied) return 'COPIED';
  for (const rule of RULES) {
    const reason = rule.skip?.(facts, channel);
    // A channel that was tried explains itself by what happened to it.
    if (reason) return failed.length > 0 ? reasonOf(failed[failed.length - 1] as (typeof failed)[number]) : reason;
  }
  return null;
}

/** After a silence: is this channel done, because it went there already, or because the same channel is to go again? */
function isPassed(facts: Facts, state: State, channel: ChannelName): boolean {
  const last = state.deliveries.findLast((delivery) => delivery.ordinal < state.passed && isReached(delivery));
  if (!last) return false;
  // An in-app item is there already; it cannot be placed twice.
  const again = facts.category.silence?.then === 'RESEND' && !facts.traits[last.channel].inApp;
  if (again) return channel !== last.channel;
  return state.deliveries.some((d) => d.ordinal < state.passed && d.channel === channel && isReached(d));
}

/** What the person alone decides. */
const CHOICES: ReadonlySet<Reason> = new Set<Reason>([
  'CATEGORY_OPT_OUT',
  'CHANNEL_OPT_OUT',
  'NOT_CHOSEN',
  'NOT_SUBSCRIBED',
]);

/**
 * Why nothing goes though some channel would reach the person: who does not want it there, or did not consent to it. Null:
 * no channel would.
 */
export function silencedBy(facts: Facts): 'OPTED_OUT' | 'CONSENT_MISSING' | null {
  const found = channelsOf(facts).map((channel) => {
    const reasons = RULES.map((rule) => rule.skip?.(facts, channel)).filter((reason) => reason != null);
    const choices = reasons.filter((reason) => CHOICES.has(reason));
    const isSilent =
      reasons.length > 0 && reasons.every((reason) => CHOICES.has(reason) || reason === 'CONSENT_MISSING');
    if (!isSilent || choices.length > 1) return null;
    return choices.length === 1 ? 'OPTED_OUT' : 'CONSENT_MISSING';
  });
  return found.find((reason) => reason === 'OPTED_OUT') ?? found.find((reason) => reason !== null) ?? null;
}

/** Shall a quiet copy lie in the inbox beside what goes elsewhere? */
export function wantsCopy(facts: Facts, state: State): boolean {
  const placed = state.deliveries.some((delivery) => facts.traits[delivery.channel].inApp);
  const inApp = channelsOf(facts).find((channel) => facts.traits[channel].inApp);
  if (facts.category.inboxCopy !== 'ALWAYS' || state.copied || placed || inApp === undefined) return false;
  return !RULES.some((rule) => CHOICES.has(rule.skip?.(facts, inApp) as Reason));
}

/** What was found out about channels that are not the chosen one: they wait, or were given up before they were tried. */
export type Notes = ReadonlyMap<ChannelName, Pick<PlanStep, 'decision' | 'reason' | 'integration'>>;

/**
 * Every channel considered, once, in order: what was tried, what goes now, what is in reserve, what is out and why.
 *
 * @param why of the chosen channel; without one, of the end
 */
export function planOf(
  facts: Facts,
  state: State,
  outcome: Plan['outcome'],
  chosen: ChannelName | null,
  integration: string | null,
  why: Reason = 'SELECTED',
  notes: Notes = new Map(),
): Plan {
  const steps = channelsOf(facts).map((channel): PlanStep => {
    if (channel === chosen) return step(facts, channel, why === 'SELECTED' ? 'SEND' : 'HOLD', why, integration);
    const there = state.deliveries.filter((delivery) => delivery.channel === channel);
    const tried = there.findLast(isReached) ?? there.at(-1);
    const lastIntegration = tried?.attempts.at(-1)?.integration ?? null;
    if (tried && isReached(tried))
      return step(facts, channel, 'SEND', tried.state === 'DELIVERED' ? 'DISPLAYED' : 'ACCEPTED', lastIntegration);
    if (tried && (tried.state === 'UNDELIVERED' || tried.state === 'BOUNCED'))
      return step(facts, channel, 'SKIP', reasonOf(tried), lastIntegration);
    if (tried?.state === 'UNKNOWN') return step(facts, channel, 'SKIP', 'AMBIGUOUS', lastIntegration);
    const reason = skipReason(facts, state, channel);
    if (reason) return step(facts, channel, 'SKIP', reason, null);
    const note = notes.get(channel);
    if (note) return step(facts, channel, note.decision, note.reason, note.integration);
    // It would have gone there, had it not ended.
    if (endsWithout(outcome) && why !== 'SELECTED') return step(facts, channel, 'SKIP', why, null);
    return step(facts, channel, 'FALLBACK', 'NEXT_IN_LINE', preferredIntegration(facts, channel));
  });
  return { outcome, sendAt: null, steps, notes: notesOf(facts) };
}

/** Of what has ended already. */
export function planOfEnd(
  facts: Facts,
  state: State,
  { state: outcome, reason }: NonNullable<State['finished']>,
): Plan {
  return planOf(facts, state, outcome, null, null, isReason(reason) ? reason : 'SELECTED');
}

/** Has it ended without reaching anybody? */
function endsWithout(outcome: Plan['outcome']): boolean {
  return outcome !== 'COMPLETED' && outcome !== 'DIGESTED' && FINAL_STATES.has(outcome as NotificationState);
}

function preferredIntegration(facts: Facts, channel: ChannelName): string | null {
  const usable = facts.integrations.filter((known) => known.channel === channel && known.enabled);
  return usable.find((known) => misfit(facts, known) === null)?.key ?? null;
}

/** One line of a plan. */
export function step(
  facts: Facts,
  channel: ChannelName,
  decision: PlanStep['decision'],
  reason: Reason,
  integration: string | null,
): PlanStep {
  const { addressNoun: address, placeNoun: place } = facts.traits[channel];
  return {
    channel,
    integration,
    decision,
    reason,
    explanation: explain(reason, { address, place }),
    passedOver: passedOver(facts, channel).filter((other) => other.integration !== integration),
  };
}
