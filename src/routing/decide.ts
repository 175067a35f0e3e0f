import { FINAL_STATES, type ChannelName, type NotificationState } from '../base/names.js';
import { nextOnChannel, reasonOf } from './candidates.js';
import { explain, inOneLine, type Action, type Decision, type Plan, type PlanStep, type Reason } from './decision.js';
import { DELIVERY_RANK, evolve, fold, type State } from './evolve.js';
import type { Facts } from './facts.js';
import type { HistoryEvent } from './history.js';
import { RULES } from './rules/index.js';

const LATER = 8_640_000_000_000_000;

/**
 * What should happen to a notification now, and why: the one function that decides, asked when it is accepted, at every
 * due time, and after every outcome, report, acknowledgement and silence. Pure and total: the same facts, state and
 * instant give the same decision, and every channel considered stands in the plan exactly once.
 */
export function decide(facts: Facts, state: State, now: Date): Decision {
  if (state.finished) return rest(state, [], planOf(facts, state, state.finished.state, null, null));
  const lapsed = lapses(state, now);
  const current = fold(lapsed, state);

  const running = current.deliveries.flatMap((delivery) => delivery.attempts).filter((attempt) => attempt.end === null);
  if (running.length > 0)
    return wait(facts, current, lapsed, earliest(running.map((attempt) => attempt.leaseUntil)), 'IN_FLIGHT', now);

  const reached = current.deliveries.find((d) => DELIVERY_RANK[d.state] >= DELIVERY_RANK.SENT && d.state !== 'BOUNCED');
  if (reached)
    return finish(facts, current, lapsed, 'COMPLETED', reached.state === 'DELIVERED' ? 'DISPLAYED' : 'ACCEPTED', now);

  for (const rule of RULES) {
    const gate = rule.gate?.(facts, now);
    if (gate?.kind === 'finish') return finish(facts, current, lapsed, gate.state, gate.reason, now);
    if (gate?.kind === 'hold') return hold(facts, current, lapsed, gate.until, gate.reason, now);
  }

  const shown = current.deliveries.filter((delivery) => delivery.ackBy !== null && delivery.state === 'SENDING');
  if (shown.length > 0)
    return wait(
      facts,
      current,
      lapsed,
      earliest(shown.map((delivery) => delivery.ackBy as Date)),
      'AWAITING_DISPLAY',
      now,
    );

  // Counted over all channels: going on to the next one is a resend as well. What came back was certainly taken.
  const ambiguous = current.deliveries
    .filter((delivery) => delivery.state !== 'BOUNCED')
    .flatMap((delivery) => delivery.attempts.filter((attempt) => attempt.end === 'unknown')).length;
  if (ambiguous > (facts.category.onAmbiguous === 'RESEND' ? 1 : 0))
    return finish(facts, current, lapsed, 'FAILED', 'AMBIGUOUS', now);
  return route(facts, current, lapsed, now);
}

/** Walks the channels in order and takes the first on which something can be done. */
function route(facts: Facts, state: State, before: readonly HistoryEvent[], now: Date): Decision {
  const events = [...before];
  let current = state;
  for (const channel of channelsOf(facts)) {
    if (skipReason(facts, current, channel)) continue;
    if (facts.traits[channel].inApp) {
      const action: Action = {
        kind: 'place',
        ordinal: current.deliveries.length,
        channel,
        ackBy: new Date(now.getTime() + facts.category.ackTimeoutMs),
      };
      return { events, state: current, action, plan: planOf(facts, current, 'SEND', channel, null) };
    }
    let candidate = nextOnChannel(facts, current, channel, now);
    while (candidate.kind === 'exhausted' && candidate.gaveUp && hasDelivery(current, candidate.gaveUp.ordinal)) {
      const gaveUp: HistoryEvent = { type: 'delivery.gave_up', at: now, ...candidate.gaveUp };
      events.push(gaveUp);
      current = evolve(current, gaveUp);
      candidate = nextOnChannel(facts, current, channel, now);
    }
    if (candidate.kind === 'wait') return wait(facts, current, events, candidate.until, 'RETRY_LATER', now, channel);
    if (candidate.kind === 'attempt') {
      if (wantsCopy(facts, current)) events.push({ type: 'inbox.copied', at: now });
      const { kind, ...attempt } = candidate;
      return {
        events,
        state: fold(events.slice(before.length), state),
        action: { kind, channel, ...attempt },
        plan: planOf(facts, current, 'SEND', channel, candidate.integration),
      };
    }
  }
  if (current.deliveries.length > 0) return finish(facts, current, events, 'FAILED', 'ALL_CHANNELS_FAILED', now);
  const silenced = channelsOf(facts).some((channel) => onlyOptOut(facts, channel));
  return silenced
    ? finish(facts, current, events, 'SUPPRESSED', 'OPTED_OUT', now)
    : finish(facts, current, events, 'UNROUTABLE', 'ALL_CHANNELS_SKIPPED', now);
}

/** What time alone has made true: leases that ran out, displays that nobody acknowledged. */
function lapses(state: State, now: Date): HistoryEvent[] {
  return state.deliveries.flatMap((delivery): HistoryEvent[] => {
    const { ordinal } = delivery;
    if (delivery.ackBy !== null && delivery.state === 'SENDING' && delivery.ackBy <= now)
      return [{ type: 'inbox.missed', at: now, ordinal }];
    return delivery.attempts
      .filter((attempt) => attempt.end === null && attempt.leaseUntil <= now)
      .map((attempt) => ({
        type: 'attempt.unknown',
        at: now,
        ordinal,
        number: attempt.number,
        durationMs: null,
        httpStatus: null,
        code: 'LEASE_EXPIRED',
        detail: 'the process that made this call did not report back in time',
      }));
  });
}

function channelsOf(facts: Facts): readonly ChannelName[] {
  return [...new Set(facts.requestedChannels ?? facts.category.channels)];
}

function skipReason(facts: Facts, state: State, channel: ChannelName): Reason | null {
  const tried = state.deliveries.filter((delivery) => delivery.channel === channel);
  const failed = tried.filter((delivery) => delivery.state === 'UNDELIVERED' || delivery.state === 'BOUNCED');
  if (facts.traits[channel].inApp && failed[0]) return reasonOf(failed[0]);
  for (const rule of RULES) {
    const reason = rule.skip?.(facts, channel);
    // A channel that was tried explains itself by what happened to it.
    if (reason) return failed.length > 0 ? reasonOf(failed[failed.length - 1] as (typeof failed)[number]) : reason;
  }
  return null;
}

/** Would this channel reach the person, if only the person wanted it? */
function onlyOptOut(facts: Facts, channel: ChannelName): boolean {
  const reasons = RULES.map((rule) => rule.skip?.(facts, channel)).filter((reason) => reason != null);
  return reasons.length === 1 && reasons[0] === 'CATEGORY_OPT_OUT';
}

function wantsCopy(facts: Facts, state: State): boolean {
  const placed = state.deliveries.some((delivery) => facts.traits[delivery.channel].inApp);
  const inApp = channelsOf(facts).find((channel) => facts.traits[channel].inApp);
  if (facts.category.inboxCopy !== 'ALWAYS' || state.copied || placed || inApp === undefined) return false;
  return !RULES.some((rule) => rule.skip?.(facts, inApp) === 'CATEGORY_OPT_OUT');
}

function finish(
  facts: Facts,
  state: State,
  before: readonly HistoryEvent[],
  outcome: NotificationState,
  reason: Reason,
  now: Date,
): Decision {
  // What was placed but never shown does not stay behind when the notification ends without it.
  const unseen =
    FINAL_STATES.has(outcome) && outcome !== 'COMPLETED'
      ? state.deliveries.filter((d) => d.ackBy && d.state === 'SENDING')
      : [];
  const missed = unseen.map((delivery): HistoryEvent => ({ type: 'inbox.missed', at: now, ordinal: delivery.ordinal }));
  const plan = planOf(facts, fold(missed, state), outcome, null, null);
  const finished: HistoryEvent = {
    type: 'notification.finished',
    at: now,
    state: outcome,
    reason,
    why: inOneLine(plan.steps),
  };
  return rest(fold([...missed, finished], state), [...before, ...missed, finished], plan);
}

function hold(
  facts: Facts,
  state: State,
  before: readonly HistoryEvent[],
  until: Date,
  reason: Reason,
  now: Date,
): Decision {
  const already = state.heldUntil?.getTime() === until.getTime();
  const events: HistoryEvent[] = already
    ? [...before]
    : [...before, { type: 'notification.held', at: now, until, reason }];
  const steps = channelsOf(facts).map((channel) => step(facts, channel, 'HOLD', reason, null));
  return {
    events,
    state: { ...state, heldUntil: until },
    action: { kind: 'wait', until: capped(facts, until, now) },
    plan: { outcome: 'HOLD', sendAt: until, steps },
  };
}

function wait(
  facts: Facts,
  state: State,
  events: readonly HistoryEvent[],
  until: Date,
  reason: Reason,
  now: Date,
  on: ChannelName | null = null,
): Decision {
  const active =
    on ?? state.deliveries.findLast((d) => d.state === 'SENDING' || d.state === 'RETRYING')?.channel ?? null;
  const plan = planOf(facts, state, 'WAIT', active, null, reason);
  return {
    events,
    state,
    action: { kind: 'wait', until: capped(facts, until, now) },
    plan: { ...plan, sendAt: until },
  };
}

/** Expiry wins over every wait that it can end: the notification wakes for it. */
function capped(facts: Facts, until: Date, now: Date): Date {
  return facts.expiresAt && facts.expiresAt > now && facts.expiresAt < until ? facts.expiresAt : until;
}

function rest(state: State, events: readonly HistoryEvent[], plan: Plan): Decision {
  return { events, state, action: { kind: 'rest' }, plan };
}

function earliest(dates: readonly Date[]): Date {
  return new Date(Math.min(LATER, ...dates.map((date) => date.getTime())));
}

function hasDelivery(state: State, ordinal: number): boolean {
  return state.deliveries.some((delivery) => delivery.ordinal === ordinal);
}

/** Every channel considered, once, in order: what was tried, what goes now, what is in reserve, what is out and why. */
function planOf(
  facts: Facts,
  state: State,
  outcome: Plan['outcome'],
  chosen: ChannelName | null,
  integration: string | null,
  chosenReason: Reason = 'SELECTED',
): Plan {
  const steps = channelsOf(facts).map((channel): PlanStep => {
    if (channel === chosen)
      return step(facts, channel, chosenReason === 'SELECTED' ? 'SEND' : 'HOLD', chosenReason, integration);
    const tried = state.deliveries.findLast((delivery) => delivery.channel === channel);
    const lastIntegration = tried?.attempts.at(-1)?.integration ?? null;
    if (tried && DELIVERY_RANK[tried.state] >= DELIVERY_RANK.SENT && tried.state !== 'BOUNCED')
      return step(facts, channel, 'SEND', tried.state === 'DELIVERED' ? 'DISPLAYED' : 'ACCEPTED', lastIntegration);
    if (tried && (tried.state === 'UNDELIVERED' || tried.state === 'BOUNCED'))
      return step(facts, channel, 'SKIP', reasonOf(tried), lastIntegration);
    if (tried?.state === 'UNKNOWN') return step(facts, channel, 'SKIP', 'AMBIGUOUS', lastIntegration);
    const reason = skipReason(facts, state, channel);
    if (reason) return step(facts, channel, 'SKIP', reason, null);
    return step(facts, channel, 'FALLBACK', 'NEXT_IN_LINE', preferredIntegration(facts, channel));
  });
  return { outcome, sendAt: null, steps };
}

function preferredIntegration(facts: Facts, channel: ChannelName): string | null {
  return facts.integrations.find((known) => known.channel === channel && known.enabled)?.key ?? null;
}

function step(
  facts: Facts,
  channel: ChannelName,
  decision: PlanStep['decision'],
  reason: Reason,
  integration: string | null,
): PlanStep {
  return {
    channel,
    integration,
    decision,
    reason,
    explanation: explain(reason, { address: facts.traits[channel].addressNoun }),
  };
}
