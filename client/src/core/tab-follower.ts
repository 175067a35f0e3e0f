import { backoff } from './backoff.ts';
import type { LeaderMessage, Seat, TabMessage, TabRole } from './tab-seat.ts';

/** A tab that listens to the one which has the socket. */
export class TabFollower implements TabRole {
  private leader: string | null = null;
  /** What was told while the list was being read; null: nobody reads. */
  private told: LeaderMessage[] | null = null;
  private joined = false;
  private over = false;
  private asked = false;
  private failures = 0;
  private joinAt = 0;

  constructor(private readonly seat: Seat) {
    seat.handlers.status('connecting');
    void this.join();
    this.turned(false);
  }

  /** Says that this tab is here, and how. The leader answers. */
  turned(wake: boolean): void {
    this.seat.say({ kind: 'tab', tab: this.seat.id, attention: this.seat.attention(), wake });
  }

  check(): boolean {
    if (this.asked) return false;
    this.asked = true;
    this.turned(false);
    return true;
  }

  hear(message: TabMessage): void {
    if (message.kind === 'lead') {
      const other = message.leader !== this.leader;
      this.leader = message.leader;
      if (other) this.turned(false);
    } else if (message.kind !== 'event' || message.leader !== this.leader) {
      // A leader that was robbed of the lock and does not know it yet: the next one tells the same.
      return;
    }
    this.asked = false;
    if (this.told) this.told.push(message);
    else if (this.joined) this.apply(message);
    else if (Date.now() >= this.joinAt) void this.join();
  }

  retry(): void {
    this.seat.say({ kind: 'retry' });
    if (!this.joined) void this.join();
  }

  stop(gone: boolean): void {
    this.over = true;
    if (gone) this.seat.say({ kind: 'bye', tab: this.seat.id });
  }

  /** Listens first and reads then, so that between the two nothing is lost. */
  private async join(): Promise<void> {
    if (this.told) return;
    const told: LeaderMessage[] = (this.told = []);
    const { seat } = this;
    try {
      const at = await seat.handlers.before();
      if (this.over) return;
      seat.at = at;
      this.joined = true;
    } catch {
      if (this.over) return;
      // The leader's next word after this brings the next try.
      this.joinAt = Date.now() + backoff(this.failures);
      this.failures += 1;
      seat.handlers.status('offline');
    }
    this.told = null;
    if (this.joined) for (const message of told) this.apply(message);
  }

  private apply(message: LeaderMessage): void {
    const { seat } = this;
    if (this.over) return;
    const at = seat.at ?? 0;
    if (message.kind === 'lead') {
      if (message.at !== null && (message.anew || at < message.at)) {
        seat.at = message.at;
        seat.handlers.missed();
      }
      seat.handlers.status(message.status);
      return;
    }
    const { event, after, toast } = message;
    if (event.version <= at) return;
    if (at < after) seat.handlers.missed();
    seat.at = event.version;
    seat.handlers.event(event, toast === seat.id);
  }
}
