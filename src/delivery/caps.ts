import { instant, type Clock } from '../base/clock.js';
import { setUse, usesFor, type CapAsk, type UsesByPerson } from '../recipients/cap-uses.js';
import { turnOf } from '../routing/cap-turn.js';
import type { CapAnswer } from '../routing/capped.js';
import { deleteCapUses, lockPeople, saveCapUses, type CapUseRow } from '../store/cap-uses.js';
import type { Database } from '../store/database.js';
import type { InTransaction } from '../store/transaction.js';

export interface CapDeskContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
}

/**
 * Caps and throttles that hold over all processes: whoever asks has the people in question to itself until the answer is
 * stored. Asking again gives the same answer, except to those who wait: they are told whether their turn has come.
 */
export class CapDesk {
  constructor(private readonly context: CapDeskContext) {}

  /** One answer for every notification that asks. */
  async ask(environmentId: string, asks: readonly CapAsk[]): Promise<Map<string, CapAnswer>> {
    if (asks.length === 0) return new Map();
    return this.context.inTransaction(async ({ db }) => {
      await lockPeople(db, environmentId, [...new Set(asks.map((ask) => ask.recipientId))]);
      // Read under the lock: nobody who had it before is ahead of this.
      const now = this.context.clock.now();
      const people = await usesFor(db, environmentId, asks, now);
      const answers = new Map<string, CapAnswer>();
      const changed = new Map<string, CapUseRow>();
      for (const { notificationId, recipientId, question } of inLine(asks, people)) {
        const turn = turnOf(question, notificationId, people.get(recipientId) ?? new Map(), now.getTime());
        answers.set(notificationId, turn.answer);
        for (const { scope, at, waits } of turn.uses) {
          const of = { recipient_id: recipientId, scope, notification_id: notificationId };
          const row = { ...of, at: instant(at), waits };
          changed.set(`${scope} ${notificationId}`, row);
          setUse(people, row);
        }
      }
      await saveCapUses(db, environmentId, [...changed.values()]);
      return answers;
    });
  }

  /** Gives back what notifications held that ended without going. */
  async release(environmentId: string, notificationIds: readonly string[]): Promise<void> {
    if (notificationIds.length > 0) await deleteCapUses(this.context.database.db, environmentId, notificationIds);
  }
}

/** Who waits first, in the order of their places; then the others, the oldest first. */
function inLine(asks: readonly CapAsk[], people: UsesByPerson): CapAsk[] {
  const placeOf = ({ notificationId, recipientId }: CapAsk): number => {
    const uses = [...(people.get(recipientId)?.values() ?? [])].flat();
    return Math.min(...uses.filter((use) => use.notificationId === notificationId).map((use) => use.at));
  };
  return asks
    .map((ask) => ({ ask, place: placeOf(ask) }))
    .sort((a, b) =>
      a.place === b.place ? (a.ask.notificationId < b.ask.notificationId ? -1 : 1) : a.place < b.place ? -1 : 1,
    )
    .map(({ ask }) => ask);
}
