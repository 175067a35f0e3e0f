import type { Clock } from '../base/clock.js';
import { takeDueTimers } from '../store/timers.js';
import { advanceEach, type InTransaction } from '../store/transaction.js';

/** Timers that one commit hands on. */
const SLICE = 5_000;

/**
 * Hands every notification whose timer is due to its lane's queue: waits that are over, and what a process that died left
 * behind. Never carried out from here: a job counts how often it killed a process.
 */
export async function wakeDue(context: { inTransaction: InTransaction; clock: Clock }): Promise<void> {
  for (;;) {
    const count = await context.inTransaction(async (tx) => {
      const due = await takeDueTimers(tx.db, context.clock.now(), SLICE);
      advanceEach(tx, due);
      return due.length;
    });
    if (count < SLICE) return;
  }
}
