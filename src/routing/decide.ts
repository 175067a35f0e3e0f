import { FINAL_STATES, type ChannelName, type NotificationState } from '../base/names.js';
import { nextOnChannel, type Candidate } from './candidates.js';
import { whyOf, type Decision, type Plan, type Reason } from './decision.js';
import { channelsAt } from './channels-at.js';
import { evolve, fold } from './evolve.js';
import { isReached, type DeliveryView, type State } from './state.js';
import type { Facts } from './facts.js';
import { gather, passesGate, stays, windowOn } from './gathering.js';
import type { HistoryEvent } from './history.js';
import { lapses } from './lapses.js';
import { channelsOf, notesOf, planOf, planOfEnd, silencedBy, skipReason, step, wantsCopy, type Notes } from './plan.js';
import { RULES } from './rules/index.js';
import { ambiguousCount, nextSettlement, type Next, type Settlement } from './settle.js';

const LATER = 8_640_000_000_000_000;

/**
 * What should happen to a notification now, and why: the one function that decides, asked when it is accepted, at every
 * due time, and after every outcome, report, acknowledgement and silence. Pure and total: the same facts, state and
 * instant give the same decision, and every channel considered stands in the plan exactly once.
 */
export function decide(known: Facts, state: State, now: Date): Decision {
  const facts = { ...known, channelsNow: channelsAt(known, now) };
  if (state.finished) return rest(state, [], planOfEnd(facts, state, state.finished));
  const events = lapses(state, now);
  let current = fold(events, state);

  const running = current.deliveries.flatMap((delivery) => delivery.attempts).filter((attempt) => attempt.end === null);
  if (running.length > 0)
    return wait(facts, current, events, earliest(running.map((attempt) => attempt.leaseUntil)), 'IN_FLIGHT', now);

  if (current.digested) {
    const state = current.engaged || current.deliveries.some(isReached) ? 'COMPLETED' : 'DIGESTED';
    const notes: Notes = new Map([[current.digested, { decision: 'SEND', reason: 'DIGESTED', integration: null }]]);
    return finish(facts, current, events, state, 'DIGESTED', now, notes);
  }

  const arrived = current.deliveries.filter((d) => d.ordinal >= current.passed && isReached(d));
  const reached = arrived.at(-1);
  const isAlone = arrived.every((d) => d.channel === reached?.channel) && !current.engaged;
  const onward = reached && isAlone && goesOn(facts, current, reached.channel, now) ? reached.channel : null;
  if ((reached || current.engaged) && onward === null) {
    const followUp = reached && !current.engaged ? followUpAt(facts, current, reached) : null;
    const settled = followUp === null || facts.canceled || (facts.expiresAt !== null && facts.expiresAt <= now);
    if (settled) return finish(facts, current, events, 'COMPLETED', successReason(current, reached), now);
    if (followUp > now)
      return wait(facts, current, events, followUp, 'AWAITING_ENGAGEMENT', now, { on: reached?.channel ?? null });
    const silent: HistoryEvent = { type: 'notification.silent', at: now };
    events.push(silent);
    current = evolve(current, silent);
  }

  for (const rule of RULES) {
    const gate = rule.gate?.(facts, now);
    if (gate && passesGate(facts, current, gate.reason, now)) continue;
    if (gate?.kind === 'finish') {
      // What went before nobody opened it went all the same.
      const state = current.deliveries.some(isReached) ? 'COMPLETED' : gate.state;
      return finish(facts, current, events, state, gate.reason, now);
    }
    if (gate?.kind === 'hold') return hold(facts, current, events, gate.until, gate.reason, now);
  }

  const shown = current.deliveries.filter((delivery) => delivery.ackBy !== null && delivery.state === 'SENDING');
  if (shown.length > 0)
    return wait(facts, current, events, earliest(shown.map((d) => d.ackBy as Date)), 'AWAITING_DISPLAY', now);

  const settlement = nextSettlement(facts, current, now);
  if (settlement?.kind === 'wait')
    return wait(facts, current, events, settlement.until, 'SETTLING', now, { on: settlement.delivery.channel });
  if (settlement) return lookup(facts, current, events, settlement);
  if (isTooAmbiguous(facts, current, now)) return fail(facts, current, events, 'AMBIGUOUS', now);
  const lying = onward === null ? stays(facts, current, events, now) : null;
  if (lying) return lying;
  return route(facts, current, events, now, onward === null ? channelsOf(facts) : [onward]);
}

/** Does it still want to go in the digest of a channel, now that it closes? Decided like everything else. */
export function goesInDigest(facts: Facts, state: State, channel: ChannelName, now: Date): boolean {
  const { steps } = decide(facts, state, now).plan;
  return state.gathered?.channel === channel && steps.some((s) => s.channel === channel && s.reason === 'GATHERING');
}

/** Is there more to do on the one channel that has reached the person already, at other addresses? */
function goesOn(facts: Facts, state: State, channel: ChannelName, now: Date): boolean {
  if (!facts.traits[channel].everyAddress || skipReason(facts, state, channel)) return false;
  const next = nextOnChannel(facts, state, channel, now);
  return next.kind !== 'exhausted' || (next.gaveUp !== null && hasDelivery(state, next.gaveUp.ordinal));
}

/** When somebody must have opened it, or more follows; null when nothing does. */
function followUpAt(facts: Facts, state: State, reached: DeliveryView): Date | null {
  const { silence } = facts.category;
  if (silence === null || state.silences >= silence.times || reached.reachedAt === null) return null;
  return new Date(reached.reachedAt.getTime() + silence.afterMs);
}

function successReason(state: State, reached: DeliveryView | undefined): Reason {
  if (state.engaged) return 'ENGAGED';
  return reached?.state === 'DELIVERED' ? 'DISPLAYED' : 'ACCEPTED';
}

/** Counted over all channels: going on to the next one is a resend as well. */
function isTooAmbiguous(facts: Facts, state: State, now: Date, next?: Next): boolean {
  return ambiguousCount(facts, state, now, next) > (facts.category.onAmbiguous === 'RESEND' ? 1 : 0);
}

function lookup(
  facts: Facts,
  state: State,
  events: readonly HistoryEvent[],
  { ordinal, attempt, delivery }: Extract<Settlement, { kind: 'lookup' }>,
): Decision {
  const { channel, address } = delivery;
  const { number, integration, startedAt: since } = attempt;
  const plan = planOf(facts, state, 'WAIT', channel, integration, 'SETTLING');
  return {
    events,
    state,
    action: { kind: 'lookup', ordinal, number, channel, address: address ?? '', integration, since },
    plan,
  };
}

type Waiting = Extract<Candidate, { kind: 'wait' }> & { readonly channel: ChannelName };

/** Walks the channels in order and takes the first on which something can be done. */
function route(
  facts: Facts,
  state: State,
  before: readonly HistoryEvent[],
  now: Date,
  channels: readonly ChannelName[],
): Decision {
  const events = [...before];
  let current = state;
  let soonest: Waiting | null = null;
  let isAmbiguous = false;
  const notes = new Map<ChannelName, NonNullable<ReturnType<Notes['get']>>>();
  for (const channel of channels) {
    if (skipReason(facts, current, channel)) continue;
    const window = windowOn(facts, current, channel, now);
    if (facts.traits[channel].inApp) {
      const ordinal = current.deliveries.length;
      isAmbiguous = isTooAmbiguous(facts, current, now, { ordinal, channel });
      if (isAmbiguous) continue;
      if (window) return gather(facts, current, events, { channel, window }, now, notes);
      const ackBy = new Date(now.getTime() + facts.category.ackTimeoutMs);
      const plan = planOf(facts, current, 'SEND', channel, null, 'SELECTED', notes);
      return { events, state: current, action: { kind: 'place', ordinal, channel, ackBy }, plan };
    }
    let candidate = nextOnChannel(facts, current, channel, now);
    while (candidate.kind === 'exhausted' && candidate.gaveUp && hasDelivery(current, candidate.gaveUp.ordinal)) {
      const gaveUp: HistoryEvent = { type: 'delivery.gave_up', at: now, ...candidate.gaveUp };
      events.push(gaveUp);
      current = evolve(current, gaveUp);
      if (isTooAmbiguous(facts, current, now)) return fail(facts, current, events, 'AMBIGUOUS', now, notes);
      candidate = nextOnChannel(facts, current, channel, now);
    }
    if (candidate.kind === 'exhausted') {
      notes.set(channel, { decision: 'SKIP', reason: candidate.reason, integration: null });
    } else if (window && !isTooAmbiguous(facts, current, now, { ordinal: current.deliveries.length, channel })) {
      return gather(facts, current, events, { channel, window }, now, notes);
    } else if (candidate.kind === 'wait') {
      if (soonest === null || candidate.until < soonest.until) soonest = { ...candidate, channel };
      notes.set(channel, { decision: 'HOLD', reason: candidate.reason, integration: candidate.integration });
      if (!mayPassOver(facts, candidate)) break;
    } else {
      isAmbiguous = isTooAmbiguous(facts, current, now, { ordinal: candidate.ordinal, channel });
      if (isAmbiguous) continue;
      if (wantsCopy(facts, current)) events.push({ type: 'inbox.copied', at: now });
      const { kind, ...attempt } = candidate;
      const plan = planOf(facts, current, 'SEND', channel, candidate.integration, 'SELECTED', notes);
      const after = fold(events.slice(before.length), state);
      return { events, state: after, action: { kind, channel, ...attempt }, plan };
    }
  }
  if (soonest) {
    const { until, reason, channel, integration } = soonest;
    return wait(facts, current, events, until, reason, now, { on: channel, integration, notes });
  }
  if (isAmbiguous) return fail(facts, current, events, 'AMBIGUOUS', now, notes);
  const wasTried = current.deliveries.length > 0 || [...notes.values()].some((note) => GIVEN_UP.has(note.reason));
  if (wasTried) return fail(facts, current, events, 'ALL_CHANNELS_FAILED', now, notes);
  const silenced = silencedBy(facts);
  return silenced
    ? finish(facts, current, events, 'SUPPRESSED', silenced, now, notes)
    : finish(facts, current, events, 'UNROUTABLE', 'ALL_CHANNELS_SKIPPED', now, notes);
}

/** Of a channel that was never called: it was there, but closed for as long as the policy waits. */
const GIVEN_UP: ReadonlySet<Reason> = new Set<Reason>(['MISCONFIGURED', 'RETRIES_EXHAUSTED']);

/**
 * May the next channel go while this one waits? Never for a turn in a line; always when our credentials are refused,
 * because nobody knows when that ends; for a failure, as the category says, unless a repetition here is the only safe one.
 */
function mayPassOver(facts: Facts, { reason, held }: Extract<Candidate, { kind: 'wait' }>): boolean {
  if (reason === 'THROTTLED') return false;
  return reason === 'MISCONFIGURED' || (!held && facts.category.failover === 'AT_ONCE');
}

/** Nothing more can go: a failure, unless it went before nobody opened it. */
function fail(
  facts: Facts,
  state: State,
  before: readonly HistoryEvent[],
  reason: Reason,
  now: Date,
  notes?: Notes,
): Decision {
  const reached = state.deliveries.findLast(isReached);
  return reached
    ? finish(facts, state, before, 'COMPLETED', successReason(state, reached), now, notes)
    : finish(facts, state, before, 'FAILED', reason, now, notes);
}

function finish(
  facts: Facts,
  state: State,
  before: readonly HistoryEvent[],
  outcome: NotificationState,
  reason: Reason,
  now: Date,
  notes?: Notes,
): Decision {
  // What was placed but never shown does not stay behind when the notification ends without it.
  const unseen =
    FINAL_STATES.has(outcome) && outcome !== 'COMPLETED'
      ? state.deliveries.filter((d) => d.ackBy && d.state === 'SENDING')
      : [];
  const missed = unseen.map((delivery): HistoryEvent => ({ type: 'inbox.missed', at: now, ordinal: delivery.ordinal }));
  const plan = planOf(facts, fold(missed, state), outcome, null, null, reason, notes);
  const finished: HistoryEvent = {
    type: 'notification.finished',
    at: now,
    state: outcome,
    reason,
    why: whyOf(plan),
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
    plan: { outcome: 'HOLD', sendAt: until, steps, notes: notesOf(facts) },
  };
}

function wait(
  facts: Facts,
  state: State,
  events: readonly HistoryEvent[],
  until: Date,
  reason: Reason,
  now: Date,
  about: { on: ChannelName | null; integration?: string | null; notes?: Notes } = { on: null },
): Decision {
  const active =
    about.on ?? state.deliveries.findLast((d) => d.state === 'SENDING' || d.state === 'RETRYING')?.channel ?? null;
  const plan = planOf(facts, state, 'WAIT', active, about.integration ?? null, reason, about.notes);
  return {
    events,
    state,
    action: { kind: 'wait', until: capped(facts, until, now), integration: about.integration ?? null },
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
