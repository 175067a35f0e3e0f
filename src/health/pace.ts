import type { Lane } from '../base/names.js';

/** Where an integration's pace stands; instants in epoch milliseconds. */
export interface PaceState {
  /** The next call may begin then. */
  readonly nextSlot: number;
  /** Where each lane's line of waiting notifications ends. */
  readonly line: Readonly<Partial<Record<Lane, number>>>;
}

export interface RateLimit {
  readonly count: number;
  readonly periodMs: number;
}

/** One that wants to call. `inLine`: it waited for its turn already, and that turn has come. */
export interface Ask {
  readonly lane: Lane;
  readonly inLine: boolean;
}

/** `startAt`: call then, within the next moments; `waitUntil`: ask again then. */
export type Slot = { readonly startAt: number } | { readonly waitUntil: number };

/**
 * How far ahead slots are given away, by lane. A critical call finds one within the two seconds though bulk has lined up
 * for hours, because bulk never holds more than the first second.
 */
const HORIZON_MS: Readonly<Record<Lane, number>> = { CRITICAL: 2_000, NORMAL: 1_500, BULK: 1_000 };
/**
 * Calls are spread a little wider than the limit allows, so that what is late on its way never breaks it: a call may
 * reach the provider so much later than another one.
 */
const JITTER_MS = 80;
const LEAST_MARGIN = 0.04;
const MOST_MARGIN = 0.25;

/** The time between two calls. Spread evenly: never a burst, whatever the period. */
export function intervalMs(limit: RateLimit): number {
  const margin = Math.min(MOST_MARGIN, Math.max(LEAST_MARGIN, JITTER_MS / limit.periodMs));
  return (limit.periodMs / limit.count) * (1 + margin);
}

/**
 * Gives slots to those who ask, in their order: to call at once, or at a moment to come, or a place in the lane's line.
 * Pure. Slots are an interval apart, so no period holds more than the limit; who waited is not overtaken by who comes
 * later in the same lane.
 */
export function takeSlots(
  state: PaceState,
  limit: RateLimit,
  asks: readonly Ask[],
  now: number,
): { state: PaceState; slots: Slot[] } {
  const interval = intervalMs(limit);
  const line = { ...state.line };
  const again: Partial<Record<Lane, number>> = {};
  let nextSlot = Math.max(state.nextSlot, now);
  const slots = asks.map(({ lane, inLine }): Slot => {
    const freeAt = nextSlot - HORIZON_MS[lane];
    const end = line[lane] ?? 0;
    if (freeAt <= now && (inLine || end < now)) {
      const startAt = nextSlot;
      nextSlot += interval;
      return { startAt };
    }
    // Who has been in line comes back for the very next slot, and those beside it for the ones after that.
    const beside = again[lane] ?? 0;
    if (inLine) again[lane] = beside + 1;
    const waitUntil = inLine ? freeAt + beside * interval : Math.max(freeAt, end < now ? now : end + interval);
    line[lane] = Math.max(end, waitUntil);
    return { waitUntil };
  });
  return { state: { nextSlot, line }, slots };
}
