import { sql } from 'kysely';
import type { Db } from '../../src/store/database.js';
import type { JobInput, Queue } from '../../src/queue/queue.js';
import type { Statement } from './gate.ts';

/** A job as pg-boss would keep it. */
export interface Job {
  readonly input: JobInput;
  at: number;
  /** Deaths and throws so far. */
  tries: number;
}

const MARK = '/* jobs */';

/**
 * Jobs by virtual time. They ride on the transaction that writes them, as with pg-boss: a statement carries them, and they
 * exist once it is durable.
 */
export class Jobs {
  private waiting: Job[] = [];

  constructor(private readonly nowMs: () => number) {}

  /** What `transactions` needs of a queue. */
  readonly queue: Pick<Queue, 'insert'> = {
    async insert(db, jobs) {
      if (jobs.length > 0) await sql`${sql.raw(`select ${MARK}`)} ${JSON.stringify(jobs)}::jsonb`.execute(db as Db);
    },
  };

  committed(statements: readonly Statement[]): void {
    for (const { text, params } of statements) {
      if (!text.includes(MARK)) continue;
      for (const input of JSON.parse(params[0] as string) as (JobInput & { at?: string })[])
        this.waiting.push({ input, at: input.at ? Date.parse(input.at) : this.nowMs(), tries: 0 });
    }
  }

  due(): Job[] {
    return this.waiting.filter((job) => job.at <= this.nowMs());
  }

  next(): number | null {
    return this.waiting.length === 0 ? null : Math.min(...this.waiting.map((job) => job.at));
  }

  take(job: Job): void {
    this.waiting.splice(this.waiting.indexOf(job), 1);
  }

  /** Its process died, or its handler threw: it comes again. */
  putBack(job: Job, afterMs: number): void {
    this.waiting.push({ input: job.input, at: this.nowMs() + afterMs, tries: job.tries + 1 });
  }
}
