/** At most `max` uses within any stretch of `periodMs`, its end excluded. */
export interface CapWindow {
  readonly max: number;
  readonly periodMs: number;
}

/** One use: of a notification that went, or of one that waits and has a place in the line. Epoch ms. */
export interface CapUse {
  readonly notificationId: string;
  readonly at: number;
  /** Its time has not come, or nobody has taken it up yet. */
  readonly waits: boolean;
}

/** A window with the uses that count in it, oldest first. */
export interface UsedWindow extends CapWindow {
  readonly uses: readonly number[];
}

/** A place that nobody took up for so long counts no more: its notification ended without saying so. */
const PLACE_KEPT_MS = 60_000;

/** The first instant from `from` on at which one more use leaves no stretch of any of these windows with too many. */
export function earliestUse(from: number, windows: readonly UsedWindow[]): number {
  let at = from;
  for (;;) {
    const next = windows.reduce((latest, window) => freeFrom(latest, window), at);
    if (next === at) return at;
    at = next;
  }
}

/**
 * Uses that count for a notification, oldest first: all that went, and of those that wait the ones ahead of it. Those whose
 * time has come go at any moment: they count as now.
 */
export function usesBefore(notificationId: string, uses: readonly CapUse[], now: number): number[] {
  const own = uses.find((use) => use.notificationId === notificationId && use.waits);
  return uses
    .filter((use) => {
      if (use.notificationId === notificationId) return false;
      if (!use.waits) return true;
      if (use.at < now - PLACE_KEPT_MS) return false;
      return own === undefined || use.at < own.at || (use.at === own.at && use.notificationId < notificationId);
    })
    .map((use) => (use.waits ? Math.max(use.at, now) : use.at))
    .sort((a, b) => a - b);
}

/** Every `max` uses that lie together forbid the time around them; later ones forbid later times, so one pass is enough. */
function freeFrom(from: number, { uses, max, periodMs }: UsedWindow): number {
  const most = Math.max(1, max);
  let at = from;
  for (let first = 0; first + most <= uses.length; first += 1) {
    const begin = uses[first] as number;
    const end = uses[first + most - 1] as number;
    if (end - begin < periodMs && at > end - periodMs && at < begin + periodMs) at = begin + periodMs;
  }
  return at;
}
