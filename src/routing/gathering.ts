import { plus } from '../base/clock.js';
import type { ChannelName } from '../base/names.js';
import type { Decision, Reason } from './decision.js';
import { digestWindow, type DigestWindow } from './digest-window.js';
import { fold } from './evolve.js';
import type { State } from './state.js';
import type { Facts } from './facts.js';
import type { HistoryEvent } from './history.js';
import { channelsOf, planOf, skipReason, wantsCopy, type Notes } from './plan.js';

/** A window that closed wakes what lies in it; who hears nothing for so long after looks again. */
const NET_MS = 300_000;

/** What holds digests as a whole does not hold what is still to be gathered. */
const OF_DIGESTS: ReadonlySet<Reason> = new Set<Reason>(['QUIET_HOURS', 'SEND_WINDOW', 'FREQUENCY_CAP']);

/** The window that something not tried on this channel yet would go into now; null: it goes by itself. */
export function windowOn(facts: Facts, state: State, channel: ChannelName, now: Date): DigestWindow | null {
  const isTried = state.deliveries.some((delivery) => delivery.channel === channel);
  return state.alone || isTried ? null : digestWindow(facts, channel, now);
}

/** Does this gate leave alone what is gathered? Its digest asks the same gate when it goes. */
export function passesGate(facts: Facts, state: State, reason: Reason, now: Date): boolean {
  if (!OF_DIGESTS.has(reason)) return false;
  if (lies(facts, state)) return true;
  const first = channelsOf(facts).find((channel) => skipReason(facts, state, channel) === null);
  return first !== undefined && windowOn(facts, state, first, now) !== null;
}

/** Is it in an open window of a channel that it may still go on? */
function lies(facts: Facts, { gathered, ...state }: State): boolean {
  return gathered !== null && skipReason(facts, { ...state, gathered }, gathered.channel) === null;
}

/** Nothing goes while it is gathered: it waits for its digest. Null: it is in none that would take it. */
export function stays(facts: Facts, state: State, before: readonly HistoryEvent[], now: Date): Decision | null {
  const { gathered } = state;
  return gathered && lies(facts, state) ? wait(facts, state, before, gathered, now) : null;
}

/** Puts it into a window: writing the event of it puts it there, in the same commit. */
export function gather(
  facts: Facts,
  state: State,
  before: readonly HistoryEvent[],
  into: { readonly channel: ChannelName; readonly window: DigestWindow },
  now: Date,
  notes: Notes,
): Decision {
  const { channel, window } = into;
  const { key, closesAt, slidesMs } = window;
  const events: HistoryEvent[] = wantsCopy(facts, state) ? [{ type: 'inbox.copied', at: now }] : [];
  events.push({ type: 'notification.gathered', at: now, channel, key, closesAt, slidesMs });
  return wait(facts, fold(events, state), [...before, ...events], { channel, closesAt }, now, notes);
}

function wait(
  facts: Facts,
  state: State,
  events: readonly HistoryEvent[],
  { channel, closesAt }: NonNullable<State['gathered']>,
  now: Date,
  notes?: Notes,
): Decision {
  const { expiresAt } = facts;
  const net = plus(closesAt > now ? closesAt : now, NET_MS);
  const until = expiresAt && expiresAt > now && expiresAt < net ? expiresAt : net;
  const plan = planOf(facts, state, 'HOLD', channel, null, 'GATHERING', notes);
  return { events, state, action: { kind: 'wait', until }, plan: { ...plan, sendAt: closesAt } };
}
