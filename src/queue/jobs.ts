import { LANES, type Lane } from '../base/names.js';

/** What each job carries: ids alone; the rows are the truth. */
export interface JobPayloads {
  advance: { environmentId: string; tenant?: string | null; ids: string[] };
  expand: { environmentId: string; sendId: string; lane: Lane; tenant?: string | null; after?: string | null };
  /** Looks at every timer that is due. */
  wake: Record<string, never>;
  /** Looks for notifications that neither a timer nor a job is left of. */
  sweep: Record<string, never>;
  /** Folds what vendors told into the ledger. */
  fold: Record<string, never>;
  /** Looks at every webhook call that is due. */
  webhooks: Record<string, never>;
  /** Closes every window of a digest that is due. */
  digest: Record<string, never>;
  /** Takes away the rest of people who were erased. */
  erase: Record<string, never>;
  /** Brings back items that were put off, and takes out those whose end has come. */
  inbox: Record<string, never>;
  maintain: Record<string, never>;
  /**
   * Lets go of what is past its time. `left`: what the run before did not come to the end of, by environment and step, and
   * where it goes on; missing: all there is.
   */
  prune: { left?: Record<string, Record<string, string>> };
}
export type JobName = keyof JobPayloads;

/** Fetchers of one queue in one process. */
export interface Fetchers {
  readonly count: number;
  /** Of owners with much waiting alone: they keep moving however many others come before them. */
  readonly heavyOnly?: true;
}

export interface QueueSettings {
  /** Queue in pg-boss: one a lane for work on notifications, so that lanes do not wait for each other. */
  readonly name: string;
  readonly job: JobName;
  readonly lane: Lane;
  /** Jobs fetched at once: two or more, so that a full fetch is followed at once. */
  readonly batchSize: number;
  readonly fetchers: readonly Fetchers[];
  /** Jobs that are due are announced; those with a time are found by this poll, or by the alarm of who wrote them. */
  readonly pollSeconds: number;
}

export function queueName(job: JobName, lane: Lane): string {
  return job === 'advance' || job === 'expand' ? `${job}-${lane.toLowerCase()}` : job;
}

export const QUEUES: readonly QueueSettings[] = [
  ...LANES.flatMap((lane): QueueSettings[] => [
    {
      name: queueName('advance', lane),
      job: 'advance',
      lane,
      batchSize: 2,
      fetchers: [{ count: 2 }, { count: 1, heavyOnly: true }],
      pollSeconds: 2,
    },
    { name: queueName('expand', lane), job: 'expand', lane, batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 1 },
  ]),
  { name: 'wake', job: 'wake', lane: 'NORMAL', batchSize: 10, fetchers: [{ count: 1 }], pollSeconds: 0.5 },
  { name: 'webhooks', job: 'webhooks', lane: 'NORMAL', batchSize: 10, fetchers: [{ count: 1 }], pollSeconds: 1 },
  { name: 'digest', job: 'digest', lane: 'NORMAL', batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 1 },
  { name: 'sweep', job: 'sweep', lane: 'NORMAL', batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 5 },
  { name: 'fold', job: 'fold', lane: 'NORMAL', batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 2 },
  { name: 'prune', job: 'prune', lane: 'NORMAL', batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 5 },
  { name: 'erase', job: 'erase', lane: 'NORMAL', batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 1 },
  { name: 'inbox', job: 'inbox', lane: 'NORMAL', batchSize: 10, fetchers: [{ count: 1 }], pollSeconds: 1 },
  { name: 'maintain', job: 'maintain', lane: 'NORMAL', batchSize: 2, fetchers: [{ count: 1 }], pollSeconds: 2 },
];
