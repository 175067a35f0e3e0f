import { fromKysely, PgBoss } from 'pg-boss';
import type { Logger } from '../base/log.js';
import type { Lane } from '../base/names.js';
import { messageOf } from '../base/errors.js';
import { QUEUES, queueName, type JobName, type JobPayloads } from './jobs.js';

export type JobInput = {
  [Name in JobName]: { job: Name; lane: Lane; data: JobPayloads[Name]; at?: Date };
}[JobName];
export type Enqueue = (...jobs: JobInput[]) => void;
export type Handlers = { [Name in JobName]: (data: JobPayloads[Name], lane: Lane) => Promise<void> };

/** The part of a Kysely transaction that pg-boss rides on. */
type Trx = Parameters<typeof fromKysely>[0];

export interface Queue {
  /** Writes jobs with the transaction given; they exist when it commits. */
  insert(db: unknown, jobs: readonly JobInput[]): Promise<void>;
  /** Starts workers. A handler that throws is tried again (crashes and database outages; our own retries are decisions). */
  work(handlers: Handlers): Promise<void>;
  /** Runs a job on a cron schedule (UTC), once however many processes ask for it. */
  schedule(job: JobName, cron: string): Promise<void>;
  /** Stops fetching and waits for handlers that run, at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * pg-boss with its own small pool (sharing the application's can deadlock: a transaction that holds a connection would
 * wait for another one), LISTEN/NOTIFY for jobs that are due, and a poll each second for jobs with a time, which are
 * not announced.
 */
export async function openQueue(url: string, log: Logger): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: url,
    schema: 'pgboss',
    max: 6,
    application_name: 'tidings-queue',
    useListenNotify: true,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 300,
  });
  boss.on('error', (error) => log.warn({ error: messageOf(error) }, 'queue'));
  await boss.start();
  for (const { name } of QUEUES) {
    const options = {
      notify: true,
      retryLimit: 1_000_000,
      retryDelay: 1,
      expireInSeconds: 3600,
      heartbeatSeconds: 10,
      deleteAfterSeconds: 600,
    };
    await boss.createQueue(name, { partition: true, ...options });
    await boss.updateQueue(name, options);
    await boss.getQueue(name);
  }
  return {
    async insert(db, jobs) {
      const byQueue = Map.groupBy(jobs, (job) => queueName(job.job, job.lane));
      for (const [name, group] of byQueue)
        await boss.insert(
          name,
          group.map((job) => ({ data: job.data, ...(job.at ? { startAfter: job.at } : {}) })),
          { db: fromKysely(db as Trx) },
        );
    },
    async work(handlers) {
      for (const { name, job, lane, batchSize, workers } of QUEUES) {
        const handle = handlers[job] as (data: object, lane: Lane) => Promise<void>;
        await boss.work<object>(
          name,
          {
            batchSize,
            localConcurrency: workers,
            pollingIntervalSeconds: 1,
            notifyPollingIntervalSeconds: 1,
            burstWhenBatchFull: true,
            perJobResults: true,
          },
          (jobs) =>
            Promise.all(
              jobs.map(async ({ id, data }) => {
                try {
                  await handle(data, lane);
                  return { id, status: 'completed' as const };
                } catch (error) {
                  log.error({ queue: name, job: id, error: messageOf(error) }, 'job failed; it will be tried again');
                  return { id, status: 'failed' as const, output: { message: messageOf(error) } };
                }
              }),
            ),
        );
      }
    },
    schedule: (job, cron) => boss.schedule(queueName(job, 'NORMAL'), cron),
    async stop(graceMs) {
      await boss.stop({ graceful: true, timeout: graceMs, close: true });
    },
  };
}
