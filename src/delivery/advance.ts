import { Batcher } from '../base/batcher.js';
import { monotonicMs, sleepBy, type Clock } from '../base/clock.js';
import { isUnavailable, messageOf } from '../base/errors.js';
import { Turns } from '../base/turns.js';
import type { Urgency } from '../base/urgency.js';
import type { Logger } from '../base/log.js';
import { LANES, type Lane } from '../base/names.js';
import type { Lessons } from '../health/lessons.js';
import { HOLD_MS } from '../health/slow-start.js';
import { loadFacts, type EnvironmentRef, type Situation } from '../recipients/facts.js';
import type { HistoryEvent } from '../routing/history.js';
import type { Database } from '../store/database.js';
import { findEnvironment } from '../store/environments.js';
import type { KeptRows } from '../store/kept-rows.js';
import type { InTransaction, Work as Job } from '../store/transaction.js';
import { attempt, lookUp, type AttemptContext } from './attempt.js';
import { bury, stumble } from './dead-letters.js';
import type { Work } from './planned.js';
import { takeSteps, type StepContext, type StepResult } from './step.js';

export interface AdvanceContext extends StepContext, AttemptContext {
  readonly database: Database;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly lessons: Pick<Lessons, 'add'>;
  readonly kept: KeptRows;
  readonly urgency: Urgency;
}

interface Load {
  readonly environment: EnvironmentRef;
  readonly id: string;
}

interface Step {
  readonly environmentId: string;
  readonly work: Work;
}

function perLane<Value>(make: (lane: Lane) => Value): Readonly<Record<Lane, Value>> {
  return Object.fromEntries(LANES.map((lane) => [lane, make(lane)])) as Record<Lane, Value>;
}

/** Notifications in hand at once for one job: the bound on what a crash can leave unknown. */
const IN_HAND = 100;
/** Loads and steps of several jobs share statements up to this; bulk less, because a batch holds the thread. */
const TOGETHER: Readonly<Record<Lane, number>> = { CRITICAL: 250, NORMAL: 250, BULK: 150 };
/** Calls that begin in one turn of the event loop. */
const PER_TURN = 8;
/** How long a batch of another lane lets critical ones pass, at most. */
const PATIENCE_MS = 50;
const PATIENCE_STEP_MS = 2;
/** How often a notification that keeps moving under us is read again before its job is tried later. */
const REREADS = 10;
/** An outcome is worth waiting for the database: a lost one is a notification that nobody knows about. */
const RECORD_RETRIES = 20;
/** Deaths of a process with a job in hand, after which its notifications go one by one, to find the one that kills. */
const CRASHES_TO_SPLIT = 3;
/** Deaths with one notification alone in hand, after which it is not touched again. */
const CRASHES_TO_BURY = 8;

/**
 * Carries notifications on until they rest: load, decide, write, carry out, and decide again after every outcome. The one
 * place that decides, for first attempts, retries, failover, acknowledgements and timers alike; it never names a channel
 * or a provider. Repeating it for notifications that rest does nothing. One that cannot be processed fails alone.
 */
export class Advancer {
  // Lanes share no batch: what is critical does not wait for what bulk has gathered.
  private readonly loading: Readonly<Record<Lane, Batcher<Load, Situation | null>>>;
  private readonly stepping: Readonly<Record<Lane, Batcher<Step, StepResult>>>;
  private readonly environments = new Map<string, EnvironmentRef>();
  private readonly turns = new Turns(PER_TURN);
  private handingBack = false;
  private givenUp = false;

  constructor(private readonly context: AdvanceContext) {
    const limits = (lane: Lane) => ({ maxSize: TOGETHER[lane], inFlight: 2 });
    this.loading = perLane(
      (lane) =>
        new Batcher<Load, Situation | null>(async (items) => {
          await this.giveWay(lane);
          return this.load(items);
        }, limits(lane)),
    );
    this.stepping = perLane(
      (lane) =>
        new Batcher<Step, StepResult>(async (items) => {
          await this.giveWay(lane);
          return this.step(items);
        }, limits(lane)),
    );
  }

  /** Finishes what is in hand and hands the rest of its jobs back to the queue. */
  handBack(): void {
    this.handingBack = true;
  }

  /** Tries no longer to record what cannot be recorded. */
  giveUp(): void {
    this.givenUp = true;
  }

  /**
   * Resolves when all of these rest, have a timer, or run elsewhere. Throws when the database cannot be used.
   *
   * @param crashes how often a process died with exactly these in hand
   */
  async advance(job: Job, crashes = 0): Promise<void> {
    const { environmentId, lane, ids } = job;
    if (crashes >= CRASHES_TO_SPLIT && ids.length > 1) return this.split(job);
    if (crashes >= CRASHES_TO_BURY)
      return bury(this.context, environmentId, ids, `a process died ${crashes} times with it in hand`);
    const environment = await this.environment(environmentId);
    const queue = [...ids];
    const failed: { id: string; error: string }[] = [];
    const left: string[] = [];
    const hands = Array.from({ length: Math.min(IN_HAND, queue.length) }, async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        if (this.handingBack) {
          left.push(id);
          continue;
        }
        try {
          await this.carry(environment, id, lane);
        } catch (error) {
          if (isUnavailable(error)) throw error;
          failed.push({ id, error: messageOf(error) });
        }
      }
    });
    const lost = (await Promise.allSettled(hands)).find((hand) => hand.status === 'rejected');
    if (failed.length > 0) await stumble(this.context, job, failed);
    if (lost) throw lost.reason;
    // As a job of its own: the stop of a process is not its death.
    if (left.length > 0) await this.context.inTransaction(async (tx) => tx.advance({ ...job, ids: left }));
  }

  private split({ environmentId, lane, tenant, ids }: Job): Promise<void> {
    this.context.log.warn({ environmentId, count: ids.length }, 'a job keeps killing its process; it goes one by one');
    const of = tenant == null ? {} : { tenant };
    return this.context.inTransaction(async (tx) => {
      for (const id of ids) tx.enqueue({ job: 'advance', lane, data: { environmentId, ids: [id], ...of } });
    });
  }

  /** One notification, from being read to its rest. */
  private async carry(environment: EnvironmentRef, id: string, jobLane: Lane): Promise<void> {
    let news: readonly HistoryEvent[] = [];
    for (let reread = 0; reread < REREADS; reread += 1) {
      const situation = await this.record(news, () =>
        this.ahead(jobLane, this.loading[jobLane].add({ environment, id })),
      );
      if (!situation) return;
      const { state, stale, row, lane } = situation;
      let work: Work = {
        situation,
        lane,
        state,
        revision: row.revision,
        timerAt: row.timerAt,
        news,
        stale,
        mayHold: true,
      };
      let patience = HOLD_MS;
      for (;;) {
        const current = { ...work, mayHold: patience > 0 };
        const step = await this.record(current.news, () =>
          this.ahead(lane, this.stepping[lane].add({ environmentId: environment.id, work: current })),
        );
        if (step.kind === 'held') {
          const from = monotonicMs();
          await Promise.race([step.soon, sleepBy(this.context.clock, patience)]);
          patience -= Math.max(1, monotonicMs() - from);
          continue;
        }
        if (step.kind === 'moved') break;
        if (!step.next) return;
        if (lane !== 'CRITICAL') await this.turns.next();
        const call = step.next.action.kind === 'attempt' ? attempt : lookUp;
        const { events, ending } = await call(this.context, step.work.situation, step.next);
        if (ending) this.context.lessons.add({ environmentId: environment.id, notificationId: id, ending });
        work = { ...step.work, news: events };
      }
      // What the provider said is kept and written over the newer history.
      news = work.news;
    }
    throw new Error(`notification ${id} moved ${REREADS} times while it was carried`);
  }

  /** Says that something critical is in the database's hands. */
  private ahead<T>(lane: Lane, work: Promise<T>): Promise<T> {
    return lane === 'CRITICAL' ? this.context.urgency.during(work) : work;
  }

  /** A batch of what can wait lets pass what cannot, for a moment. */
  private async giveWay(lane: Lane): Promise<void> {
    const { urgency } = this.context;
    for (let waited = 0; urgency.yields(lane) && waited < PATIENCE_MS; waited += PATIENCE_STEP_MS)
      await sleepBy(this.context.clock, PATIENCE_STEP_MS);
  }

  /** With an outcome in hand, a failing database is tried again and again; without one, the job comes back anyway. */
  private async record<T>(news: readonly HistoryEvent[], work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (news.length === 0 || tries >= RECORD_RETRIES || this.givenUp) throw error;
        this.context.log.warn({ error: messageOf(error) }, 'an outcome could not be written; trying again');
        await sleepBy(this.context.clock, Math.min(2_000, 100 * 2 ** tries));
      }
    }
  }

  private async load(items: readonly Load[]): Promise<(Situation | null)[]> {
    const found = new Map<string, Situation>();
    const { db } = this.context.database;
    const { kept, adapterOf } = this.context;
    const now = this.context.clock.now();
    for (const group of Map.groupBy(items, (item) => item.environment.id).values()) {
      const [first] = group;
      if (!first) continue;
      const ids = [...new Set(group.map((item) => item.id))];
      const integrations = await this.context.health.current(first.environment.id);
      for (const situation of await loadFacts(db, first.environment, { ids, integrations, kept, adapterOf }, now))
        found.set(situation.row.id, situation);
    }
    return items.map((item) => found.get(item.id) ?? null);
  }

  private async step(items: readonly Step[]): Promise<StepResult[]> {
    const results = new Map<Work, StepResult>();
    for (const [environmentId, group] of Map.groupBy(items, (item) => item.environmentId)) {
      // The same notification twice in one commit: the second is read again.
      const works = [...new Map(group.map(({ work }) => [work.situation.row.id, work])).values()];
      const steps = await takeSteps(this.context, environmentId, works);
      works.forEach((work, index) => results.set(work, steps[index] as StepResult));
    }
    return items.map(({ work }) => results.get(work) ?? { kind: 'moved' });
  }

  /** An environment's mode never changes. */
  private async environment(id: string): Promise<EnvironmentRef> {
    const known = this.environments.get(id);
    if (known) return known;
    const row = await findEnvironment(this.context.database.db, { id });
    if (!row) throw new Error(`environment ${id} is missing`);
    const environment = { id: row.id, mode: row.mode };
    this.environments.set(id, environment);
    return environment;
  }
}
