import { fromKysely, PgBoss, type Clock as BossClock, type JobInsert } from 'pg-boss';
import { monotonicMs, type Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { Lane } from '../base/names.js';
import { Alarm } from './alarm.js';
import { Backlog, ownerOf, priorityFor } from './backlog.js';
import { QUEUES, queueName, type JobName, type JobPayloads, type QueueSettings } from './jobs.js';

export type JobInput = {
  [Name in JobName]: { job: Name; lane: Lane; data: JobPayloads[Name]; at?: Date };
}[JobName];
export type Enqueue = (...jobs: JobInput[]) => void;
/** `crashes`: how often a process died, or lost the database, with this job in hand. */
export type Handlers = {
  [Name in JobName]: (data: JobPayloads[Name], lane: Lane, crashes: number) => Promise<void>;
};

/** The part of a Kysely transaction that pg-boss rides on. */
type Trx = Parameters<typeof fromKysely>[0];

export interface Queue {
  /** Writes jobs with the transaction given; they exist when it commits. */
  insert(db: unknown, jobs: readonly JobInput[]): Promise<void>;
  /** Starts workers. A handler that throws is tried again (crashes and database outages; our own retries are decisions). */
  work(handlers: Handlers): Promise<void>;
  /** Runs a job on a cron schedule (UTC), once however many processes ask for it. */
  schedule(job: JobName, cron: string): Promise<void>;
  /** What is due and waits. */
  readonly backlog: Backlog;
  /** Stops fetching and waits for handlers that run, at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * pg-boss with its own small pool (sharing the application's can deadlock: a transaction that holds a connection would
 * wait for another one) and LISTEN/NOTIFY for jobs that are due. Jobs with a time are not announced by pg-boss: an alarm
 * rings for those that this process wrote, and a poll finds the others.
 *
 * @param bossClock pg-boss's own clock, which moves its timers and the time of its tables; for tests that move it by hand
 */
export async function openQueue(url: string, log: Logger, clock: Clock, bossClock?: BossClock): Promise<Queue> {
  const boss = new PgBoss({
    ...(bossClock ? { clock: bossClock } : {}),
    connectionString: url,
    schema: 'pgboss',
    max: 6,
    application_name: 'tidings-queue',
    useListenNotify: true,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
    maintenanceIntervalSeconds: 300,
  });
  boss.on('error', (error) => log.warn({ error: messageOf(error) }, 'queue'));
  await boss.start();
  for (const { name } of QUEUES) await declare(boss, name);
  const backlog = new Backlog(() => readBacklog(boss), monotonicMs);
  const workers = new Map<string, string[]>();
  const alarm = new Alarm(clock, (name) => {
    for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
  });
  return {
    backlog,
    async insert(db, jobs) {
      const byQueue = Map.groupBy(jobs, (job) => queueName(job.job, job.lane));
      for (const [name, group] of byQueue) {
        const rows = group.map((job) => toRow(job, backlog));
        await boss.insert(name, rows, { db: fromKysely(db as Trx) });
        for (const { at } of group) if (at) alarm.set(name, at);
      }
    },
    async work(handlers) {
      for (const settings of QUEUES) {
        const handle = handlers[settings.job] as (data: object, lane: Lane, crashes: number) => Promise<void>;
        workers.set(settings.name, await startFetchers(boss, settings, handle, log));
      }
    },
    schedule: (job, cron) => boss.schedule(queueName(job, 'NORMAL'), cron),
    async stop(graceMs) {
      alarm.stop();
      await boss.stop({ graceful: true, timeout: graceMs, close: true });
    },
  };
}

async function declare(boss: PgBoss, name: string): Promise<void> {
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

/** A job as pg-boss stores it; of work on notifications, whose it is and how many there are can be read off its columns. */
function toRow(job: JobInput, backlog: Backlog): JobInsert {
  const when = job.at ? { startAfter: job.at } : {};
  if (job.job !== 'advance') return { data: job.data, ...when };
  const owner = ownerOf(job.data);
  const priority = priorityFor(backlog.ofOwner(job.lane, owner));
  backlog.add(job.lane, owner, job.data.ids.length);
  return { data: job.data, priority, group: { id: owner, tier: String(job.data.ids.length) }, ...when };
}

async function startFetchers(
  boss: PgBoss,
  { name, lane, batchSize, fetchers, pollSeconds }: QueueSettings,
  handle: (data: object, lane: Lane, crashes: number) => Promise<void>,
  log: Logger,
): Promise<string[]> {
  const ids: string[] = [];
  for (const { count, heavyOnly } of fetchers) {
    const options = {
      batchSize,
      localConcurrency: count,
      pollingIntervalSeconds: pollSeconds,
      notifyPollingIntervalSeconds: pollSeconds,
      burstWhenBatchFull: true,
      perJobResults: true as const,
      ...(heavyOnly ? { maxPriority: -1 } : {}),
    };
    const id = await boss.work<object>(name, options, (jobs) =>
      Promise.all(
        jobs.map(async (job) => {
          const { id, data } = job;
          try {
            await handle(data, lane, (job as { retryCount?: number }).retryCount ?? 0);
            return { id, status: 'completed' as const };
          } catch (error) {
            log.error({ queue: name, job: id, error: messageOf(error) }, 'job failed; it will be tried again');
            return { id, status: 'failed' as const, output: { message: messageOf(error) } };
          }
        }),
      ),
    );
    ids.push(id);
  }
  return ids;
}

/** Sums what is due and not yet taken, by lane and owner. */
async function readBacklog(boss: PgBoss): Promise<Map<Lane, Map<string, number>>> {
  const queues = QUEUES.filter((queue) => queue.job === 'advance');
  const { rows } = await boss.getDb().executeSql(
    `select name, group_id as owner, sum(group_tier::int)::int as count from pgboss.job
     where name = any($1) and state < 'active' and start_after <= now() group by name, group_id`,
    [queues.map((queue) => queue.name)],
  );
  const lanes = new Map<Lane, Map<string, number>>();
  for (const row of rows as { name: string; owner: string | null; count: number | null }[]) {
    const lane = queues.find((queue) => queue.name === row.name)?.lane;
    if (!lane) continue;
    const owners = lanes.get(lane) ?? new Map<string, number>();
    owners.set(row.owner ?? '', row.count ?? 0);
    lanes.set(lane, owners);
  }
  return lanes;
}
