import { LANES, type Lane } from '../base/names.js';

/** What each job carries: ids alone; the rows are the truth. */
export interface JobPayloads {
  advance: { environmentId: string; ids: string[]; tenant?: string | null };
  expand: { environmentId: string; sendId: string; lane: Lane; tenant?: string | null; after?: string | null };
  maintain: Record<string, never>;
}
export type JobName = keyof JobPayloads;

export interface QueueSettings {
  /** Queue in pg-boss: one a lane for work on notifications, so that lanes do not wait for each other. */
  readonly name: string;
  readonly job: JobName;
  readonly lane: Lane;
  /** Jobs fetched at once, and fetchers in one process. Batches of two or more, so that a full fetch is followed at once. */
  readonly batchSize: number;
  readonly workers: number;
}

export function queueName(job: JobName, lane: Lane): string {
  return job === 'maintain' ? job : `${job}-${lane.toLowerCase()}`;
}

const WORKERS: Record<Lane, number> = { CRITICAL: 2, NORMAL: 2, BULK: 2 };

export const QUEUES: readonly QueueSettings[] = [
  ...LANES.flatMap((lane): QueueSettings[] => [
    { name: queueName('advance', lane), job: 'advance', lane, batchSize: 2, workers: WORKERS[lane] },
    { name: queueName('expand', lane), job: 'expand', lane, batchSize: 2, workers: 1 },
  ]),
  { name: 'maintain', job: 'maintain', lane: 'NORMAL', batchSize: 2, workers: 1 },
];
