import { plus, type Clock } from '../base/clock.js';
import type { JobPayloads } from '../queue/jobs.js';
import type { Handlers, Queue } from '../queue/queue.js';
import type { Db } from '../store/database.js';
import { ensurePartitions } from '../store/partitions.js';
import { dropIdempotencyKeys } from '../store/sends.js';
import type { Lane } from '../base/names.js';
import type { Advancer } from './advance.js';

const IDEMPOTENCY_KEPT_MS = 72 * 3_600_000;
/** Partitions are made this far ahead, so that a week without maintenance goes unnoticed. */
export const DAYS_AHEAD = 7;

export interface WorkerContext {
  readonly advancer: Advancer;
  readonly expand: (job: JobPayloads['expand']) => Promise<void>;
  readonly db: Db;
  readonly clock: Clock;
}

/** Job name → handler. */
export function handlers(context: WorkerContext): Handlers {
  return {
    advance: ({ environmentId, ids }, lane: Lane) => context.advancer.advance(environmentId, ids, lane),
    expand: (job) => context.expand(job),
    maintain: async () => {
      const now = context.clock.now();
      await ensurePartitions(context.db, now, DAYS_AHEAD);
      await dropIdempotencyKeys(context.db, plus(now, -IDEMPOTENCY_KEPT_MS));
    },
  };
}

export async function startWorkers(queue: Queue, context: WorkerContext): Promise<void> {
  await queue.work(handlers(context));
  await queue.schedule('maintain', '17 * * * *');
}
