import type { DeliveryState, NotificationState } from '../base/names.js';
import { DELIVERY_RANK } from './delivery-rank.js';
import type { HistoryEvent } from './history.js';
import { isReached, NOTHING_YET, type AttemptView, type DeliveryView, type State } from './state.js';

/** Folds one event into the state. Events about deliveries or attempts that never began change nothing. */
export function evolve(state: State, event: HistoryEvent): State {
  switch (event.type) {
    case 'notification.held':
      return { ...state, heldUntil: event.until };
    case 'inbox.copied':
      return { ...state, copied: true };
    case 'notification.finished':
      return finish(state, event);
    case 'notification.throttled':
      return { ...state, throttled: { integration: event.integration, until: event.until } };
    case 'notification.gathered':
      return { ...state, gathered: { channel: event.channel, closesAt: event.closesAt } };
    case 'digest.closed':
      return { ...state, gathered: null, digested: event.channel };
    case 'digest.left':
      return { ...state, gathered: null, alone: state.alone || event.alone };
    case 'notification.silent':
      // Said again before anything else went, it says nothing new.
      return state.passed === state.deliveries.length
        ? state
        : { ...state, silences: state.silences + 1, passed: state.deliveries.length };
    case 'notification.redriven':
      return takeBack(state);
    case 'engagement.recorded':
      // Seen is not opened: it may have lain on a screen that nobody looked at.
      return event.kind === 'SEEN' ? state : { ...state, engaged: true };
    case 'attempt.looked_up':
      return change(state, event.ordinal, (delivery) => lookedUp(delivery, event.number));
    case 'delivery.deferred':
    case 'delivery.complained':
    case 'delivery.unsubscribed':
      return state;
    case 'attempt.started':
      return begin(state, event);
    case 'inbox.placed':
      return place(state, event);
    case 'attempt.accepted':
    case 'attempt.rejected':
    case 'attempt.failed':
    case 'attempt.rate_limited':
    case 'attempt.misconfigured':
    case 'attempt.unknown':
      return reopen(
        state,
        change(state, event.ordinal, (delivery) => end(delivery, event, state.finished)),
      );
    case 'inbox.displayed':
      return reopen(state, {
        ...state,
        deliveries: state.deliveries.map((d) => (d.ackBy === null ? d : rise(d, 'DELIVERED', null, event.at))),
      });
    case 'delivery.delivered':
    case 'delivery.bounced': {
      const [next, reason] =
        event.type === 'delivery.delivered' ? (['DELIVERED', null] as const) : (['BOUNCED', 'BOUNCED'] as const);
      return reopen(
        state,
        change(state, event.ordinal, (delivery) => rise(delivery, next, reason, event.at)),
      );
    }
    case 'inbox.missed':
      return giveUp(state, event.ordinal, 'NOT_ACKNOWLEDGED', event.at);
    case 'delivery.gave_up':
      return giveUp(state, event.ordinal, event.reason, event.at);
    default:
      return event satisfies never;
  }
}

/** What a delivery becomes that was still to be tried when its notification ended. */
function leftOver(outcome: NotificationState): DeliveryState {
  if (outcome === 'EXPIRED' || outcome === 'CANCELED') return outcome;
  // Another delivery did it.
  return outcome === 'COMPLETED' || outcome === 'DIGESTED' ? 'CANCELED' : 'UNDELIVERED';
}

/** What was still to be tried ends with the notification; what nobody knows stays unknown. */
function finish(state: State, event: Of<'notification.finished'>): State {
  if (state.finished) return state;
  const deliveries = state.deliveries.map((delivery) =>
    DELIVERY_RANK[delivery.state] < DELIVERY_RANK.UNKNOWN
      ? { ...delivery, state: leftOver(event.state), reason: event.reason }
      : delivery,
  );
  return { ...state, deliveries, gathered: null, finished: { state: event.state, reason: event.reason, at: event.at } };
}

/**
 * Late news can take the end back: what all had taken for done came back, or what had been given up was taken after all.
 * Routing then goes on from there, and ends it anew. What is told again is no news.
 */
function reopen(before: State, state: State): State {
  if (!state.finished || state.deliveries.every((delivery, nth) => delivery === before.deliveries[nth])) return state;
  const reached = state.deliveries.some(isReached);
  const wrong =
    (state.finished.state === 'COMPLETED' && !reached && !state.engaged) ||
    (state.finished.state === 'FAILED' && reached);
  return wrong ? takeBack(state) : state;
}

/** Was it still to be tried when the notification ended, and has nobody said more of it since? */
function isLeftOver(delivery: DeliveryView, finished: State['finished']): boolean {
  return finished !== null && delivery.state === leftOver(finished.state) && delivery.reason === finished.reason;
}

/** Said after the end, it stands all the same: were the end taken back, this delivery would not go on. */
function giveUp(state: State, ordinal: number, reason: string, at: Date): State {
  return change(state, ordinal, (delivery) =>
    isLeftOver(delivery, state.finished)
      ? { ...delivery, state: 'UNDELIVERED', reason }
      : rise(delivery, 'UNDELIVERED', reason, at),
  );
}

/** It has not ended after all: deliveries that were to be tried until then are to be tried again. */
function takeBack(state: State): State {
  const { finished } = state;
  if (!finished) return state;
  const deliveries = state.deliveries.map((delivery): DeliveryView => {
    if (!isLeftOver(delivery, finished)) return delivery;
    const isRunning = (delivery.attempts.at(-1)?.end ?? null) === null;
    return { ...delivery, state: isRunning ? 'SENDING' : 'RETRYING', reason: null };
  });
  return { ...state, deliveries, finished: null };
}

export function fold(events: readonly HistoryEvent[], from: State = NOTHING_YET): State {
  return events.reduce(evolve, from);
}

type Of<Type extends HistoryEvent['type']> = Extract<HistoryEvent, { type: Type }>;
type EndEvent = Of<
  | 'attempt.accepted'
  | 'attempt.rejected'
  | 'attempt.failed'
  | 'attempt.rate_limited'
  | 'attempt.misconfigured'
  | 'attempt.unknown'
>;

const BEGUN = {
  state: 'SENDING',
  address: null,
  reason: null,
  ackBy: null,
  providerId: null,
  reachedAt: null,
} as const;

function begin(before: State, event: Of<'attempt.started'>): State {
  const known = before.deliveries.find((delivery) => delivery.ordinal === event.ordinal);
  if (known?.attempts.some((other) => other.number === event.number)) return before;
  // The place in the line is used; what goes by itself lies in no window.
  const state = before.throttled || before.gathered ? { ...before, throttled: null, gathered: null } : before;
  const attempt: AttemptView = {
    number: event.number,
    integration: event.integration,
    provider: event.provider,
    startedAt: event.at,
    leaseUntil: event.leaseUntil,
    end: null,
    endedAt: null,
    retryAt: null,
    lookups: 0,
  };
  if (!known) {
    const { ordinal, channel, address } = event;
    const delivery: DeliveryView = { ...BEGUN, ordinal, channel, address, attempts: [attempt] };
    return { ...state, deliveries: [...state.deliveries, delivery].sort((a, b) => a.ordinal - b.ordinal) };
  }
  return change(state, event.ordinal, (delivery) => ({
    ...delivery,
    // A further attempt begins only where the last one settled nothing.
    state: DELIVERY_RANK[delivery.state] < DELIVERY_RANK.SKIPPED ? 'SENDING' : delivery.state,
    attempts: [...delivery.attempts, attempt].sort((a, b) => a.number - b.number),
  }));
}

function place(state: State, event: Of<'inbox.placed'>): State {
  if (state.deliveries.some((delivery) => delivery.ordinal === event.ordinal)) return state;
  // On its way to a screen; only the client knows when it is there.
  const { ordinal, channel, ackBy } = event;
  const delivery: DeliveryView = { ...BEGUN, ordinal, channel, ackBy, attempts: [] };
  const deliveries = [...state.deliveries, delivery].sort((a, b) => a.ordinal - b.ordinal);
  return { ...state, gathered: null, deliveries };
}

const STATE_AFTER = {
  'attempt.accepted': 'SENT',
  'attempt.rejected': 'UNDELIVERED',
  'attempt.failed': 'RETRYING',
  'attempt.rate_limited': 'RETRYING',
  'attempt.misconfigured': 'RETRYING',
  'attempt.unknown': 'UNKNOWN',
} as const satisfies Record<EndEvent['type'], DeliveryState>;

function end(delivery: DeliveryView, event: EndEvent, over: State['finished']): DeliveryView {
  const index = delivery.attempts.findIndex((attempt) => attempt.number === event.number);
  const attempt = delivery.attempts[index];
  // The first word about an attempt stands; only a certain answer may replace "unknown".
  if (!attempt || (attempt.end !== null && !(attempt.end === 'unknown' && event.type !== 'attempt.unknown')))
    return delivery;
  const ended: AttemptView = {
    ...attempt,
    end: event.type.slice('attempt.'.length) as AttemptView['end'],
    endedAt: event.at,
    retryAt: 'retryAt' in event ? event.retryAt : null,
  };
  const attempts = delivery.attempts.with(index, ended);
  const simulated = event.type === 'attempt.accepted' && event.simulated;
  const next = simulated ? 'SIMULATED' : STATE_AFTER[event.type];
  const isLatest = index === delivery.attempts.length - 1;
  const settles = event.type === 'attempt.accepted' || event.type === 'attempt.rejected';
  const reason = event.type === 'attempt.rejected' ? event.reason : null;
  // Certainty about the latest attempt, come late: it may be tried again after all, unless everything is over.
  const settled = isLatest && !settles && delivery.state === 'UNKNOWN' && attempt.end === 'unknown';
  const risen = settled
    ? { ...delivery, state: over ? leftOver(over.state) : next, reason: over?.reason ?? null }
    : settles || isLatest
      ? rise(delivery, next, reason, event.at)
      : delivery;
  return { ...risen, attempts, providerId: event.type === 'attempt.accepted' ? event.providerId : delivery.providerId };
}

function rise(delivery: DeliveryView, state: DeliveryState, reason: string | null, at: Date): DeliveryView {
  if (DELIVERY_RANK[state] <= DELIVERY_RANK[delivery.state]) return delivery;
  const risen = { ...delivery, state, reason };
  return { ...risen, reachedAt: delivery.reachedAt ?? (isReached(risen) ? at : null) };
}

function lookedUp(delivery: DeliveryView, number: number): DeliveryView {
  const attempts = delivery.attempts.map((attempt) =>
    attempt.number === number ? { ...attempt, lookups: attempt.lookups + 1 } : attempt,
  );
  return { ...delivery, attempts };
}

function change(state: State, ordinal: number, apply: (delivery: DeliveryView) => DeliveryView): State {
  const index = state.deliveries.findIndex((delivery) => delivery.ordinal === ordinal);
  const delivery = state.deliveries[index];
  return delivery ? { ...state, deliveries: state.deliveries.with(index, apply(delivery)) } : state;
}
