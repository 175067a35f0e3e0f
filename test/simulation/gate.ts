import { setTimeout as pause } from 'node:timers/promises';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import type { Database, Db } from '../../src/store/database.js';
import type { Physical, Server } from './server.ts';
import type { Owner } from './timeline.ts';

export interface Statement {
  readonly text: string;
  readonly params: readonly unknown[];
}

type Result = { readonly value: unknown } | { readonly error: Error };

/** A statement that a process has asked for and has no answer to. */
export interface Asked extends Statement {
  readonly owner: Owner;
  readonly line: Line;
  /** What Postgres said; the process has not heard it yet. */
  result: Result | null;
  answer(result: Result): void;
}

/** One connection as a process sees it. */
interface Line {
  readonly owner: Owner;
  physical: Physical;
  broken: boolean;
  /** What its open transaction has done so far; null: none is open. */
  transaction: Statement[] | null;
}

export type Tables = Db extends Kysely<infer All> ? All : never;

/** Connections of a process. */
const POOL = 6;

export type Fault = 'before' | 'after' | 'late' | null;

export interface GateEvents {
  /** What chance does to a statement: the connection breaks before or after it, or the answer comes later. */
  fault(asked: Asked): Fault;
  /** Statements that have become durable together. */
  committed(statements: readonly Statement[], owner: Owner): Promise<void>;
}

/**
 * Stands between the processes of a story and Postgres. Every statement waits here until the story picks it, and one runs
 * at a time, so what happens in which order is the seed's choice alone. One that waits for a lock steps aside until it has it.
 */
export class Gate {
  private readonly asked: Asked[] = [];
  private readonly blocked: { asked: Asked; settled: Promise<Result> }[] = [];
  private readonly lines = new Set<Line>();
  private readonly queues = new Map<Owner, ((client: PostgresPoolClient) => void)[]>();
  /** Grows with every question. */
  questions = 0;

  constructor(
    private readonly server: Server,
    private readonly events: GateEvents,
  ) {}

  /** Statements and answers that can go now. */
  ready(now: number): Asked[] {
    return this.asked.filter((one) => one.owner.alive && one.owner.frozenUntil <= now);
  }

  isBlocked(): boolean {
    return this.blocked.length > 0;
  }

  /** Runs a statement, or hands over its answer. */
  async step(asked: Asked): Promise<void> {
    this.asked.splice(this.asked.indexOf(asked), 1);
    if (asked.result) return asked.answer(asked.result);
    const { line } = asked;
    const fault = line.broken ? null : this.events.fault(asked);
    if (fault === 'before') await this.cut(line);
    if (line.broken) return asked.answer({ error: lostConnection() });
    const settled = line.physical.client.query(asked.text, [...asked.params]).then(
      (value): Result => ({ value: inOneOrder(asked.text, value) }),
      (error: unknown): Result => ({ error: error as Error }),
    );
    const answer = await this.settle({ asked, settled }, fault);
    if (!answer) this.blocked.push({ asked, settled });
    const others = await this.unblock();
    // All at once and at the end: while the database is waited for, nobody goes on, or chance would have a say.
    for (const one of [answer, ...others]) one?.();
  }

  /** Lets those go on whose locks are free; where all wait for each other, Postgres ends it. */
  async untangle(): Promise<void> {
    const pids = new Set(this.blocked.map((one) => one.asked.line.physical.pid));
    for (const { asked, settled } of this.blocked) {
      const blockers = await this.server.blockersOf(asked.line.physical.pid);
      if (blockers.every((pid) => pids.has(pid))) await Promise.race([settled, pause(2_000)]);
    }
    for (const answer of await this.unblock()) answer();
  }

  private async unblock(): Promise<(() => void)[]> {
    const answers: (() => void)[] = [];
    for (const one of [...this.blocked]) {
      const answer = await this.settle(one, null);
      if (!answer) continue;
      this.blocked.splice(this.blocked.indexOf(one), 1);
      answers.push(answer);
    }
    return answers;
  }

  /** A process is gone: its statements with it, and Postgres rolls back what it had open. */
  async kill(owner: Owner): Promise<void> {
    owner.alive = false;
    for (const one of this.asked.filter((asked) => asked.owner === owner))
      this.asked.splice(this.asked.indexOf(one), 1);
    for (const one of this.blocked.filter(({ asked }) => asked.owner === owner)) {
      await this.server.cancel(one.asked.line.physical.pid);
      await one.settled;
      this.blocked.splice(this.blocked.indexOf(one), 1);
    }
    for (const line of [...this.lines].filter((one) => one.owner === owner)) {
      await this.cut(line);
      this.giveBack(line);
    }
    this.queues.delete(owner);
    for (const answer of await this.unblock()) answer();
  }

  /** The database as one process uses it. */
  database(owner: Owner): Database {
    const pool = { connect: () => this.connect(owner), end: async () => undefined };
    const db: Db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) });
    const transaction: Database['transaction'] = (work) => db.transaction().execute(work);
    return { db, transaction, orm: null as never, close: async () => undefined };
  }

  /** What hands over the answer; null: it waits for a lock. */
  private async settle(
    { asked, settled }: { asked: Asked; settled: Promise<Result> },
    fault: Fault,
  ): Promise<(() => void) | null> {
    for (let patience = 8; ; patience = 25) {
      const result = await Promise.race([settled, pause(patience, null)]);
      if (result) return this.done(asked, result, fault);
      if ((await this.server.blockersOf(asked.line.physical.pid)).length > 0) return null;
    }
  }

  private async done(asked: Asked, result: Result, fault: Fault): Promise<() => void> {
    const { line, text, params, owner } = asked;
    const statement = { text, params };
    let durable: readonly Statement[] = [];
    if ('value' in result) {
      if (text === 'begin') line.transaction = [];
      else if (text === 'rollback') line.transaction = null;
      else if (text === 'commit') {
        durable = line.transaction ?? [];
        line.transaction = null;
      } else if (line.transaction) line.transaction.push(statement);
      else durable = [statement];
    }
    if (durable.length > 0) await this.events.committed(durable, owner);
    if (fault === 'after') {
      await this.cut(line);
      return () => asked.answer({ error: lostConnection() });
    }
    if (fault !== 'late') return () => asked.answer(result);
    return () => {
      asked.result = result;
      this.asked.push(asked);
    };
  }

  private async cut(line: Line): Promise<void> {
    line.broken = true;
    if (line.transaction) await line.physical.client.query('rollback');
    line.transaction = null;
  }

  private connect(owner: Owner): Promise<PostgresPoolClient> {
    return new Promise((resolve) => {
      if (!owner.alive) return;
      const waiting = this.queues.get(owner) ?? [];
      this.queues.set(owner, waiting);
      waiting.push(resolve);
      this.serve(owner);
    });
  }

  private serve(owner: Owner): void {
    const waiting = this.queues.get(owner) ?? [];
    const used = [...this.lines].filter((line) => line.owner === owner).length;
    if (waiting.length === 0 || used >= POOL) return;
    const physical = this.server.free.pop();
    if (!physical) throw new Error('the story has more processes than connections');
    const line: Line = { owner, physical, broken: false, transaction: null };
    this.lines.add(line);
    const query = (text: string, params: readonly unknown[] = []): Promise<unknown> =>
      new Promise((resolve, reject) => {
        if (!owner.alive) return;
        this.questions += 1;
        const answer = (result: Result): void =>
          owner.alive ? ('value' in result ? resolve(result.value) : reject(result.error)) : undefined;
        this.asked.push({ owner, line, text, params, result: null, answer });
      });
    waiting.shift()?.({ query, release: () => this.release(line) } as unknown as PostgresPoolClient);
  }

  private release(line: Line): void {
    this.giveBack(line);
    if (line.owner.alive) this.serve(line.owner);
  }

  private giveBack(line: Line): void {
    if (this.lines.delete(line)) this.server.free.push(line.physical);
  }
}

/** Rows that the statement does not order come in one order all the same: which one is no business of Postgres' pages. */
function inOneOrder<T>(text: string, value: T): T {
  const { rows } = value as { rows?: unknown[] };
  if (!rows || rows.length < 2 || (/order by/i.test(text) && !/returning/i.test(text))) return value;
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(row) }));
  rows.splice(0, Infinity, ...keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row));
  return value;
}

function lostConnection(): Error {
  return Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
}
