import { stateOf, tabToShow, type Attention, type PresenceState } from './attention.ts';
import type { ConnectionStatus, SocketHandlers, SocketStream } from './event-stream.ts';
import type { InboxEvent } from './operations.ts';
import { PresenceReports } from './presence.ts';
import type { Seat, TabMessage, TabRole } from './tab-seat.ts';

interface Peer extends Attention {
  readonly id: string;
  readonly heardAt: number;
}

/** A visible tab speaks every 15 s: one that was silent for so long has crashed, and shows nothing. */
const visibleForMs = 45_000;
/** A hidden one may get one timer a minute. */
const knownForMs = 150_000;
/** How wrong the guess at the server's clock may be. */
const clockSlackMs = 1_000;

interface LeaderOptions {
  readonly seat: Seat;
  readonly open: (handlers: SocketHandlers) => SocketStream;
  /** The server's clock. */
  readonly now: () => number;
  /** Tells the gateway how present the person is; null: nobody is in front of this. */
  readonly report: ((state: PresenceState) => Promise<unknown>) | null;
  /** The server refused this tab's token, and there are others that may have a better one. `live`: it has taken it before. */
  readonly refused: (live: boolean) => void;
}

/** The tab that has the socket: tells the others what comes, and which of them may show it. A tab alone is one too. */
export class TabLeader implements TabRole {
  private readonly peers = new Map<string, Peer>();
  private readonly reports: PresenceReports | null;
  private readonly stream: SocketStream;
  private status: ConnectionStatus | null = null;
  private liveFrom = Infinity;

  constructor(private readonly options: LeaderOptions) {
    const { seat, report } = options;
    this.reports = report && new PresenceReports(report);
    this.stream = options.open({
      before: async () => {
        const at = await seat.handlers.before();
        const anew = seat.at !== null && at < seat.at;
        seat.at = at;
        this.tell(anew);
        return at;
      },
      event: (event) => this.event(event),
      status: (status) => this.became(status),
      refused: () => {
        if (this.tabs().length > 1) options.refused(this.liveFrom < Infinity);
      },
    });
  }

  hear(message: TabMessage): void {
    if (message.kind === 'retry') this.stream.retry();
    else if (message.kind === 'bye') this.peers.delete(message.tab);
    else if (message.kind === 'tab') {
      this.peers.set(message.tab, { ...message.attention, id: message.tab, heardAt: Date.now() });
      if (message.wake) this.stream.wake();
      this.tell(false);
    } else return;
    this.turned();
  }

  retry(): void {
    this.stream.retry();
  }

  /** Looks at how present the person is. A sleeping socket is woken by its stream itself. */
  turned(): void {
    if (this.status === 'live') this.reports?.update(stateOf(this.tabs(), Date.now()));
  }

  check(): boolean {
    this.turned();
    return true;
  }

  stop(gone: boolean): void {
    this.stream.stop();
    if (gone && this.tabs().length === 1) this.reports?.leave();
    else this.reports?.pause();
  }

  private became(status: ConnectionStatus): void {
    if (status === this.status) return;
    this.status = status;
    if (status === 'live') this.liveFrom = this.options.now() - clockSlackMs;
    else this.reports?.pause();
    this.tell(false);
    this.options.seat.handlers.status(status);
    this.turned();
  }

  private tell(anew: boolean): void {
    const { id, at } = this.options.seat;
    this.options.seat.say({ kind: 'lead', leader: id, status: this.status ?? 'connecting', at, anew });
  }

  private event(event: InboxEvent): void {
    const { seat } = this.options;
    const after = seat.at ?? 0;
    const toast = this.toastFor(event);
    seat.at = Math.max(after, event.version);
    seat.say({ kind: 'event', leader: seat.id, event, after, toast });
    seat.handlers.event(event, toast === seat.id);
  }

  /** What is replayed belongs into the list: only what was made since the connection stands is news. */
  private toastFor(event: InboxEvent): string | null {
    if (event.kind !== 'InboxItemAdded' || !event.item.toast) return null;
    if (Date.parse(event.item.createdAt) < this.liveFrom) return null;
    return tabToShow(this.tabs())?.id ?? null;
  }

  private tabs(): Peer[] {
    const { seat } = this.options;
    const now = Date.now();
    const others = [...this.peers.values()].filter(
      (peer) => now - peer.heardAt < (peer.visible ? visibleForMs : knownForMs),
    );
    return [{ ...seat.attention(), id: seat.id, heardAt: now }, ...others];
  }
}
