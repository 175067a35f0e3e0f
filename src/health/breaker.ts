import { plus } from '../base/clock.js';

/** What everybody's calls have taught about an integration; one row, shared by all processes. */
export interface BreakerState {
  /** Failures since the last success. */
  readonly failures: number;
  /** Openings since it last worked: each is longer than the one before. */
  readonly opens: number;
  readonly openReason: 'CIRCUIT_OPEN' | 'MISCONFIGURED' | null;
  readonly openedAt: Date | null;
  /** Nobody calls before; afterwards one probe does. */
  readonly openUntil: Date | null;
  /** A probe runs until then at the latest. */
  readonly probeUntil: Date | null;
  /** The provider asked for a pause. */
  readonly pausedUntil: Date | null;
}

export const HEALTHY: BreakerState = {
  failures: 0,
  opens: 0,
  openReason: null,
  openedAt: null,
  openUntil: null,
  probeUntil: null,
  pausedUntil: null,
};

/** How a handful of calls to one integration ended. A refused address is a success here: the provider answered. */
export interface Tally {
  readonly successes: number;
  readonly failures: number;
  readonly misconfigured: number;
  /** The furthest time that the provider named, or a moment where it named none. */
  readonly pauseUntil: Date | null;
}

export type BreakerChange =
  'INTEGRATION_OPENED' | 'INTEGRATION_CLOSED' | 'INTEGRATION_MISCONFIGURED' | 'INTEGRATION_RECOVERED';

/** Failures in a row that open the circuit. */
export const FAILURES_TO_OPEN = 5;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 300_000;
/** The state after these outcomes, and the change that operators want to hear of. Pure. */
export function afterOutcomes(
  before: BreakerState,
  tally: Tally,
  now: Date,
): { state: BreakerState; change: BreakerChange | null } {
  const pausedUntil = later(before.pausedUntil, tally.pauseUntil);
  if (tally.successes > 0) {
    const state = { ...HEALTHY, pausedUntil };
    if (before.openReason === null) return { state, change: null };
    return { state, change: before.openReason === 'MISCONFIGURED' ? 'INTEGRATION_RECOVERED' : 'INTEGRATION_CLOSED' };
  }
  const failures = before.failures + tally.failures + tally.misconfigured;
  const isOpen = before.openReason !== null && before.openUntil !== null && before.openUntil > now;
  const opens = before.opens + 1;
  if (tally.misconfigured > 0 && !(isOpen && before.openReason === 'MISCONFIGURED')) {
    const opened = open({ ...before, failures, pausedUntil }, 'MISCONFIGURED', opens, openUntil(opens, now), now);
    return { state: opened, change: before.openReason === 'MISCONFIGURED' ? null : 'INTEGRATION_MISCONFIGURED' };
  }
  // Calls that began before it opened end now; only a probe that fails makes it longer.
  const halfOpen = before.openReason !== null && !isOpen;
  if (tally.failures > 0 && (halfOpen || (!isOpen && failures >= FAILURES_TO_OPEN))) {
    const until = openUntil(opens, now);
    const opened = open({ ...before, failures, pausedUntil }, before.openReason ?? 'CIRCUIT_OPEN', opens, until, now);
    return { state: opened, change: before.openReason === null ? 'INTEGRATION_OPENED' : null };
  }
  return { state: { ...before, failures, pausedUntil }, change: null };
}

/**
 * Longer each time. Wrong credentials, too, are probed, though they heal by being changed: vendors refuse good ones at
 * times, and one such refusal must not cost minutes.
 */
function openUntil(opens: number, now: Date): Date {
  return plus(now, Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** Math.min(opens - 1, 10)));
}

function open(
  state: BreakerState,
  openReason: NonNullable<BreakerState['openReason']>,
  opens: number,
  openUntil: Date,
  now: Date,
): BreakerState {
  return { ...state, openReason, opens, openUntil, openedAt: state.openedAt ?? now, probeUntil: null };
}

/** While one probes, the others look again after this. */
const PROBE_WAIT_MS = 1_000;

/** Why, and how long, nobody calls an integration; null: it may be called, half-open ones by who gets the probe. */
export function blockOf(
  state: BreakerState | null,
  now: Date,
): { until: Date; reason: 'CIRCUIT_OPEN' | 'MISCONFIGURED' | 'PROVIDER_PAUSED' } | null {
  if (state === null) return null;
  if (state.openReason !== null && state.openUntil !== null) {
    if (state.openUntil > now) return { until: state.openUntil, reason: state.openReason };
    if (state.probeUntil !== null && state.probeUntil > now) {
      const soon = plus(now, PROBE_WAIT_MS);
      return { until: state.probeUntil < soon ? state.probeUntil : soon, reason: state.openReason };
    }
  }
  if (state.pausedUntil !== null && state.pausedUntil > now)
    return { until: state.pausedUntil, reason: 'PROVIDER_PAUSED' };
  return null;
}

/** Open, and its time is over: one call may find out. */
export function wantsProbe(state: BreakerState | null, now: Date): boolean {
  return state !== null && state.openReason !== null && state.openUntil !== null && state.openUntil <= now;
}

function later(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
