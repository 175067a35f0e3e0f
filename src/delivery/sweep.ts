import { plus, type Clock } from '../base/clock.js';
import type { Logger } from '../base/log.js';
import { LANES, type Lane } from '../base/names.js';
import type { Database } from '../store/database.js';
import { findOrphans } from '../store/orphans.js';
import { advanceEach, type InTransaction } from '../store/transaction.js';

/** What is younger may still lie in a job that is being written or carried. */
const YOUNGEST_MS = 600_000;
/** What is older than an idempotency key is nobody's surprise any more, and a matter for people. */
const OLDEST_MS = 72 * 3_600_000;
/** With more than this waiting in a lane, jobs are simply not done yet. */
const QUIET = 500;
const SLICE = 5_000;

export interface SweepContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly backlog: { of(lane: Lane): Promise<number> };
}

/**
 * Finds notifications that nobody will ever look at, because neither a timer nor a job is left of them (a queue that was
 * emptied by hand, a restored backup), and carries them on. Nothing of ours makes them. Answers how many there were;
 * carrying on what was none does nothing.
 */
export async function sweepOrphans(context: SweepContext): Promise<number> {
  for (const lane of LANES) if ((await context.backlog.of(lane)) > QUIET) return 0;
  const now = context.clock.now();
  const orphans = await findOrphans(context.database.db, plus(now, -OLDEST_MS), plus(now, -YOUNGEST_MS), SLICE);
  if (orphans.length === 0) return 0;
  context.log.warn({ count: orphans.length }, 'notifications without a timer or a job were found; they go on');
  await context.inTransaction(async (tx) => advanceEach(tx, orphans));
  return orphans.length;
}
