import type { AttachmentDesk } from '../attachments/desk.js';
import { plus, sleepBy, type Clock } from '../base/clock.js';
import { isUnavailable } from '../base/errors.js';
import { KEY_KEPT_MS } from '../base/idempotency.js';
import { inboxDue } from '../inbox/due.js';
import type { JobPayloads } from '../queue/jobs.js';
import type { Handlers, Queue } from '../queue/queue.js';
import { CAP_PERIOD_MAX_MS } from '../recipients/caps.js';
import { eraseDue } from '../privacy/erase.js';
import { dropCapUses } from '../store/cap-uses.js';
import type { Database } from '../store/database.js';
import { dropPassedStumbles } from '../store/dead-letters.js';
import { forgetSubjects } from '../store/erasures.js';
import { dropReports } from '../store/presence-reports.js';
import { ensurePartitions } from '../store/partitions.js';
import { dropIdempotencyKeys } from '../store/sends.js';
import type { Advancer } from './advance.js';
import { foldCallbacks, type FoldContext } from './callbacks.js';
import { flushDue, type FlushContext } from './flush-digest.js';
import { prune } from './prune.js';
import { sweepOrphans, type SweepContext } from './sweep.js';
import { wakeDue } from './wake.js';
import type { WebhookCaller } from './webhook-calls.js';

/**
 * Losses of the database that a job in hand sits out. Back in the queue each would count as a death of its process, and a
 * few of those make a dead letter of what did nothing wrong.
 */
const LOSSES_MAX = 60;
const LOSS_PAUSE_MS = 1_000;
/** Longer than tokens of people live. */
const SUBJECTS_KEPT_MS = 3_600_000;
const STUMBLES_KEPT_MS = 24 * 3_600_000;
/** Partitions are made this far ahead, so that a week without maintenance goes unnoticed. */
export const DAYS_AHEAD = 7;

export interface WorkerContext extends SweepContext, FoldContext, FlushContext {
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly advancer: Advancer;
  readonly webhooks: Pick<WebhookCaller, 'look'>;
  readonly expand: (job: JobPayloads['expand']) => Promise<void>;
  readonly attachments: Pick<AttachmentDesk, 'drop'>;
}

/** Job name → handler. */
export function handlers(context: WorkerContext): Handlers {
  return {
    advance: (job, lane, crashes) => sitOut(context.clock, () => context.advancer.advance({ ...job, lane }, crashes)),
    expand: (job) => context.expand(job),
    wake: () => wakeDue(context),
    fold: () => foldCallbacks(context),
    webhooks: () => context.webhooks.look(),
    digest: () => flushDue(context),
    inbox: () => inboxDue(context),
    erase: () => eraseDue(context),
    sweep: async () => void (await sweepOrphans(context)),
    maintain: async () => {
      const now = context.clock.now();
      await ensurePartitions(context.database.db, now, DAYS_AHEAD);
      await dropIdempotencyKeys(context.database.db, plus(now, -KEY_KEPT_MS));
      await forgetSubjects(context.database.db, plus(now, -SUBJECTS_KEPT_MS));
      await dropReports(context.database.db, now);
      await dropPassedStumbles(context.database.db, plus(now, -STUMBLES_KEPT_MS));
      await dropCapUses(context.database.db, plus(now, -CAP_PERIOD_MAX_MS));
      await context.attachments.drop();
    },
    prune: async ({ left }) => void (await prune(context, left)),
  };
}

async function sitOut(clock: Clock, work: () => Promise<void>): Promise<void> {
  for (let losses = 1; ; losses += 1)
    try {
      return await work();
    } catch (error) {
      if (losses >= LOSSES_MAX || !isUnavailable(error)) throw error;
      await sleepBy(clock, LOSS_PAUSE_MS);
    }
}

export async function startWorkers(queue: Queue, context: WorkerContext): Promise<void> {
  await queue.work(handlers(context));
  await queue.schedule('maintain', '17 * * * *');
  await queue.schedule('prune', '37 * * * *');
  // The sweep: every timer has its job, and should one be lost all the same, its timer is found within the minute.
  await queue.schedule('wake', '* * * * *');
  await queue.schedule('fold', '* * * * *');
  // Likewise, and for calls that a process took with it when it died.
  await queue.schedule('webhooks', '* * * * *');
  await queue.schedule('digest', '* * * * *');
  await queue.schedule('inbox', '* * * * *');
  await queue.schedule('erase', '* * * * *');
  await queue.schedule('sweep', '*/10 * * * *');
}
