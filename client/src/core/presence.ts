import type { PresenceState } from './attention.ts';
import { backoff } from './backoff.ts';
import type { Operation } from './operations.ts';

/** Tells the gateway how present the token's owner is; holds for `expiresIn`. */
export const reportPresence: Operation<
  { reportPresence: { userErrors: { code: string }[] } },
  { input: { platform: string; client: string; state: PresenceState; expiresIn: string } }
> = {
  document: `mutation ReportPresence($input: ReportPresenceInput!) {
  reportPresence(input: $input) { userErrors { code } }
}`,
};

/**
 * By what name this browser reports, whichever of its tabs does: the gateway keeps a state for each, and the most present
 * one counts. Where nothing can be stored it is `own`.
 */
export function clientName(own: string): string {
  try {
    return ((localStorage as Record<string, string>)['tidings:client'] ??= own);
  } catch {
    return own;
  }
}

/**
 * For so long a report holds. Away is said for long and seldom again: it spares hidden tabs, which get one timer a minute
 * at best. While anything else is true, some tab is visible and asks the leader often.
 */
export const leaseOf = (state: PresenceState): string => (state === 'AWAY' ? 'PT30M' : 'PT90S');
const renewAfterMs = 45_000;
const renewAwayAfterMs = 900_000;
/** Who switches tabs is away for a moment; that is no news. */
const awayAfterMs = 10_000;
const apartMs = 5_000;

/** Says how present the person is. */
export interface PresenceReports {
  /** It is so now. To be called again with every look, changed or not. */
  update(state: PresenceState): void;
  /** Nothing more is reported until the next `update`. */
  pause(): void;
  /** The last tab goes: said at once, if anything else was said before. */
  leave(): void;
}

/**
 * Reports what changes and renews what holds: never twice within 5 s, and after failures ever more rarely. Nobody
 * hears of failures: presence is a hint, and the gateway sees the connection anyway.
 */
export function presenceReports(send: (state: PresenceState) => Promise<unknown>): PresenceReports {
  let wanted: PresenceState | null = null;
  let wantedAt = 0;
  let sent: PresenceState | null = null;
  let triedAt = -Infinity;
  let failures = 0;
  let sending = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const plan = (): void => {
    clearTimeout(timer);
    if (!wanted || sending) return;
    const state = wanted;
    const away = state === 'AWAY';
    const due =
      state === sent ? triedAt + (away ? renewAwayAfterMs : renewAfterMs) : wantedAt + (away ? awayAfterMs : 0);
    const allowed = triedAt + apartMs + (failures > 0 ? backoff(failures) : 0);
    timer = setTimeout(() => void report(state), Math.max(due, allowed) - Date.now());
  };
  const report = async (state: PresenceState): Promise<void> => {
    sending = true;
    triedAt = Date.now();
    sent = state;
    try {
      await send(state);
      failures = 0;
    } catch {
      sent = null;
      failures += 1;
    }
    sending = false;
    plan();
  };
  const pause = (): void => {
    wanted = null;
    clearTimeout(timer);
  };
  return {
    update(state) {
      if (state !== wanted) wantedAt = Date.now();
      wanted = state;
      plan();
    },
    pause,
    leave() {
      pause();
      if (sent && sent !== 'AWAY') send('AWAY').catch(() => {});
    },
  };
}
