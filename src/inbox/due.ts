import type { Clock } from '../base/clock.js';
import { changeItems, listAwake, listExpired, type DueItem, type ItemChange } from '../store/inbox-changes.js';
import type { Db } from '../store/database.js';
import type { InTransaction } from '../store/transaction.js';

export interface DueContext {
  readonly database: { readonly db: Db };
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
}

/** Items that are looked up at once. */
const SLICE = 500;

/**
 * Brings back what was put off until now, and takes out what has ended: each inbox in a commit of its own, so that it may end
 * at any place and run twice.
 */
export async function inboxDue(context: DueContext): Promise<void> {
  const { db } = context.database;
  await each(context, 'WOKEN', (now) => listAwake(db, now, SLICE));
  await each(context, 'REMOVED', (now) => listExpired(db, now, SLICE));
}

async function each(
  { inTransaction, clock }: DueContext,
  change: ItemChange,
  list: (now: Date) => Promise<DueItem[]>,
): Promise<void> {
  for (;;) {
    const now = clock.now();
    const due = await list(now);
    for (const items of Map.groupBy(due, (one) => `${one.environmentId} ${one.recipientId}`).values()) {
      const [first] = items;
      if (!first) continue;
      const { environmentId, recipientId } = first;
      const ids = items.map((item) => item.id);
      await inTransaction(async (tx) => {
        const changed = await changeItems(tx.db, { environmentId, recipientId }, { ids }, change, now);
        if (changed > 0) tx.announce({ environmentId, recipientId });
      });
    }
    if (due.length < SLICE) return;
  }
}
