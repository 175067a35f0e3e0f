import { stateOf, tabToShow, type Attention, type PresenceState } from './attention.ts';
import type { ConnectionStatus, EventStream, SocketHandlers } from './event-stream.ts';
import type { InboxEvent } from './operations.ts';
import { presenceReports } from './presence.ts';
import type { Seat, TabRole } from './tab-seat.ts';

interface Peer extends Attention {
  readonly id: string;
  /** What it said is not believed for longer. */
  readonly until: number;
}

/** A visible tab speaks every 15 s: one that was silent for so long has crashed, and shows nothing. */
const visibleForMs = 45_000;
/** A hidden one may get one timer a minute. */
const hiddenForMs = 150_000;
/** How wrong the guess at the server's clock may be. */
const clockSlackMs = 1_000;

interface LeaderOptions {
  readonly open: (handlers: SocketHandlers) => EventStream;
  /** The server's clock. */
  readonly now: () => number;
  /** Tells the gateway how present the person is; null: nobody is in front of this. */
  readonly report: ((state: PresenceState) => Promise<unknown>) | null;
  /** The server refused this tab's token, and there are others that may have a better one. `live`: it has taken it before. */
  readonly refused: (live: boolean) => void;
}

/** Has the socket, and tells the other tabs what comes and which of them may show it. A tab alone leads too. */
export function lead(seat: Seat, { open, now, report, refused }: LeaderOptions): TabRole {
  const { id, handlers, say } = seat;
  const peers = new Map<string, Peer>();
  const reports = report && presenceReports(report);
  let status: ConnectionStatus = 'connecting';
  let liveFrom = Infinity;

  const tabs = (): Peer[] => {
    for (const peer of peers.values()) if (Date.now() >= peer.until) peers.delete(peer.id);
    return [{ ...seat.attention(), id, until: 0 }, ...peers.values()];
  };
  const tell = (anew = false): void => say({ kind: 'lead', leader: id, status, at: seat.at, anew });
  const turned = (): void => {
    if (status === 'live') reports?.update(stateOf(tabs(), Date.now()));
  };
  /** What is replayed belongs into the list: only what was made since the connection stands is news. */
  const toastFor = (event: InboxEvent): string | undefined =>
    event.kind === 'InboxItemAdded' && event.item.toast && Date.parse(event.item.createdAt) >= liveFrom
      ? tabToShow(tabs())?.id
      : undefined;

  const stream = open({
    async before() {
      const at = await handlers.before();
      const anew = seat.at !== null && at < seat.at;
      seat.at = at;
      tell(anew);
      return at;
    },
    event(event) {
      const after = seat.at ?? 0;
      const toast = toastFor(event);
      seat.at = event.version;
      say({ kind: 'event', leader: id, event, after, toast });
      handlers.event(event, toast === id);
    },
    status(next) {
      status = next;
      if (next === 'live') liveFrom = now() - clockSlackMs;
      else reports?.pause();
      tell();
      handlers.status(next);
      turned();
    },
    failed: (error) => handlers.failed(error),
    refused() {
      if (tabs().length > 1) refused(liveFrom < Infinity);
    },
  });

  return {
    hear(message) {
      if (message.kind === 'retry') stream.retry();
      if (message.kind !== 'tab') return;
      const { tab, attention } = message;
      peers.delete(tab);
      if (attention) {
        const until = Date.now() + (attention.visible ? visibleForMs : hiddenForMs);
        peers.set(tab, { ...attention, id: tab, until });
        tell();
      }
      turned();
    },
    turned,
    check() {
      turned();
      return true;
    },
    retry: () => stream.retry(),
    stop(gone) {
      stream.stop();
      if (gone && tabs().length === 1) reports?.leave();
      else reports?.pause();
    },
  };
}
