import type { PresenceState } from './attention.ts';
import { backoff } from './backoff.ts';
import type { Operation } from './operations.ts';

/** Tells the gateway how present the token's owner is; holds for `expiresIn`. */
export const reportPresence: Operation<
  { reportPresence: { userErrors: { code: string }[] } },
  { input: { platform: string; state: PresenceState; expiresIn: string } }
> = {
  document: `mutation ReportPresence($input: ReportPresenceInput!) {
  reportPresence(input: $input) { userErrors { code } }
}`,
};

/** For so long a report holds. */
export const lease = 'PT90S';
const renewAfterMs = 45_000;
/** A hidden page may get one timer a minute: what is due at 25 s is told by 85 s at the latest. */
const renewHiddenAfterMs = 25_000;
/** Who switches tabs is away for a moment; that is no news. */
const awayAfterMs = 10_000;
const apartMs = 5_000;

/**
 * Reports what changes and renews what holds: never twice within 5 s, and after failures ever more rarely. Nobody
 * hears of failures: presence is a hint, and the gateway sees the connection anyway.
 */
export class PresenceReports {
  private wanted: PresenceState | null = null;
  private wantedAt = 0;
  private sent: PresenceState | null = null;
  private triedAt = -Infinity;
  private failures = 0;
  private sending = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly send: (state: PresenceState) => Promise<unknown>) {}

  /** It is so now. To be called again with every look, changed or not. */
  update(state: PresenceState): void {
    if (state !== this.wanted) this.wantedAt = Date.now();
    this.wanted = state;
    this.plan();
  }

  /** Nothing more is reported until the next `update`. */
  pause(): void {
    this.wanted = null;
    clearTimeout(this.timer);
  }

  /** The last tab goes: said at once, if anything else was said before. */
  leave(): void {
    this.pause();
    if (this.sent && this.sent !== 'AWAY') this.send('AWAY').catch(() => {});
    this.sent = null;
  }

  private plan(): void {
    clearTimeout(this.timer);
    const { wanted, sent, triedAt, failures } = this;
    if (!wanted || this.sending) return;
    const renew = document.visibilityState === 'visible' ? renewAfterMs : renewHiddenAfterMs;
    const due = wanted === sent ? triedAt + renew : this.wantedAt + (wanted === 'AWAY' ? awayAfterMs : 0);
    const allowed = triedAt + apartMs + (failures > 0 ? backoff(failures) : 0);
    this.timer = setTimeout(() => void this.report(wanted), Math.max(0, Math.max(due, allowed) - Date.now()));
  }

  private async report(state: PresenceState): Promise<void> {
    this.sending = true;
    this.triedAt = Date.now();
    try {
      await this.send(state);
      this.sent = state;
      this.failures = 0;
    } catch {
      this.sent = null;
      this.failures += 1;
    }
    this.sending = false;
    this.plan();
  }
}
