import { backoff } from './backoff.ts';
import type { LeaderMessage, Seat, TabMessage, TabRole } from './tab-seat.ts';

/** Listens to the tab that has the socket. */
export function follow(seat: Seat): TabRole {
  const { id, handlers, say } = seat;
  let leader = '';
  /** What was told while the list was being read; null: nobody reads. */
  let told: LeaderMessage[] | null = null;
  let joined = false;
  let over = false;
  let asked = false;
  let failures = 0;
  let joinAt = 0;

  const apply = (message: LeaderMessage): void => {
    if (over) return;
    const at = seat.at ?? 0;
    if (message.kind === 'lead') {
      if (message.anew) {
        joined = false;
        void join();
        return;
      }
      if (message.at !== null && at < message.at) {
        seat.at = message.at;
        handlers.missed();
      }
      handlers.status(message.status);
      return;
    }
    const { event, after, toast } = message;
    // A reset is obeyed at any version: a server that was set back counts lower than we do.
    if (event.version <= at && event.kind !== 'InboxReset') return;
    if (at < after) handlers.missed();
    seat.at = event.version;
    handlers.event(event, toast === id);
  };

  /** Listens first and reads then, so that between the two nothing is lost. */
  const join = async (): Promise<void> => {
    if (told) return;
    const waiting: LeaderMessage[] = (told = []);
    try {
      const at = await handlers.before();
      if (over) return;
      seat.at = at;
      joined = true;
    } catch {
      if (over) return;
      // The leader's next word after this brings the next try.
      joinAt = Date.now() + backoff(failures++);
      handlers.status('offline');
    }
    told = null;
    if (joined) waiting.forEach(apply);
  };

  const turned = (): void => say({ kind: 'tab', tab: id, attention: seat.attention() });
  handlers.status('connecting');
  void join();
  turned();

  return {
    hear(message: TabMessage) {
      if (message.kind === 'lead') {
        const other = message.leader !== leader;
        leader = message.leader;
        if (other) turned();
      } else if (message.kind !== 'event' || message.leader !== leader) {
        // A leader that was robbed of the lock and does not know it yet: the next one tells the same.
        return;
      }
      asked = false;
      if (told) told.push(message);
      else if (joined) apply(message);
      else if (Date.now() >= joinAt) void join();
    },
    turned,
    check() {
      if (asked) return false;
      asked = true;
      turned();
      return true;
    },
    retry() {
      say({ kind: 'retry' });
      if (!joined) void join();
    },
    stop(gone) {
      over = true;
      if (gone) say({ kind: 'tab', tab: id, attention: null });
    },
  };
}
