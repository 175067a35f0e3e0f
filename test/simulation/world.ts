import { setImmediate as turn } from 'node:timers/promises';
import { isUnavailable, messageOf, UserErrors } from '../../src/base/errors.js';
import type { Providers } from '../../src/providers/index.js';
import type { InboxHint } from '../../src/store/transaction.js';
import { Random } from '../chaos/random.ts';
import { Gate, type Asked, type Fault, type GateEvents, type Statement } from './gate.ts';
import { Jobs, type Job } from './jobs.ts';
import { Observations } from './observations.ts';
import { startProcess, type Process } from './process.ts';
import type { Server } from './server.ts';
import { Timeline, type Happening, type Owner } from './timeline.ts';
import type { Vendor } from './vendor.ts';

/** How likely things go wrong at each statement. */
export interface Faults {
  readonly cutBefore: number;
  readonly cutAfter: number;
  readonly late: number;
  readonly kill: number;
  readonly freeze: number;
}

export const CALM: Faults = { cutBefore: 0, cutAfter: 0, late: 0, kill: 0, freeze: 0 };

/** Turns of the event loop without a question to Postgres, after which nothing of ours is under way. */
const QUIET_TURNS = 4;
const JOBS_IN_HAND = 4;
const STEPS_MAX = 60_000;
const HEARTBEAT_MS = 10_000;
/** One death more with a notification in hand, and it may be taken for the cause. */
const DEATHS_MAX = 4;

type Candidate =
  | { readonly kind: 'statement'; readonly asked: Asked }
  | { readonly kind: 'happening'; readonly happening: Happening }
  | { readonly kind: 'job'; readonly job: Job; readonly process: Process };

/**
 * One story as it goes: everything that can go on is gathered, the seed picks one, and it goes on until all waits again.
 * When nothing can, time moves to the next moment for which something waits.
 */
export class World implements GateEvents {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly gate: Gate;
  readonly jobs: Jobs;
  readonly observations: Observations;
  readonly trace: string[] = [];
  readonly vendors = new Map<string, Vendor>();
  processes: Process[] = [];
  faults: Faults = CALM;
  /** Statements that a scene keeps back for now. */
  isHeld: (asked: Asked) => boolean = () => false;
  /** A scene's own fault at a statement, in place of chance. */
  faultAt: (asked: Asked) => Fault = () => null;
  /** Whoever asks and is not answered leaves it at that. */
  givesUp = false;
  onHint: (hint: InboxHint) => void = () => undefined;
  steps = 0;
  private started = 0;
  private deaths = 0;
  private readonly open = new Map<() => void, Owner>();
  private readonly hands = new Map<Job, Owner>();
  private doomed: Owner | null = null;

  constructor(server: Server, seed: string, startAt: number) {
    this.timeline = new Timeline(startAt);
    this.random = new Random(seed);
    this.gate = new Gate(server, this);
    this.jobs = new Jobs(() => this.timeline.now);
    this.observations = new Observations(server.admin, () => this.timeline.now);
  }

  note(line: string): void {
    this.trace.push(`${new Date(this.timeline.now).toISOString().slice(5, 23)} ${line}`);
  }

  at(moment: number, label: string, run: () => void | Promise<void>): void {
    const happening: Happening = {
      at: Math.round(moment),
      owner: null,
      label,
      run: () => {
        this.timeline.remove(happening);
        return run();
      },
    };
    this.timeline.add(happening);
  }

  start(): Process {
    this.started += 1;
    const owner: Owner = { name: `process ${this.started}`, alive: true, frozenUntil: 0 };
    const providers: Providers = new Map(
      [...this.vendors].map(([name, vendor]) => [name, vendor.provider(owner) as never]),
    );
    const process = startProcess({
      ...{ owner, providers, queue: this.jobs.queue },
      database: this.gate.database(owner),
      clock: this.timeline.clockOf(owner, 0),
      hint: (hints) => owner.alive && hints.forEach((hint) => this.onHint(hint)),
      note: (line) => owner.alive && this.note(`${owner.name}: ${line}`),
    });
    this.processes.push(process);
    this.note(`${owner.name} starts`);
    return process;
  }

  /** It dies once this step is over. */
  doom(owner: Owner): void {
    this.doomed = owner;
  }

  /** A process dies with everything in its hands, and another one takes its place. */
  async kill(owner: Owner): Promise<void> {
    if (!owner.alive) return;
    this.deaths += 1;
    this.note(`${owner.name} dies`);
    await this.gate.kill(owner);
    this.timeline.forget(owner);
    this.processes = this.processes.filter((process) => process.owner !== owner);
    for (const [job, hand] of [...this.hands]) {
      if (hand !== owner) continue;
      this.hands.delete(job);
      this.jobs.putBack(job, HEARTBEAT_MS);
    }
    this.start();
    for (const [lost, at] of [...this.open]) if (at === owner) lost();
  }

  /** Somebody asks a process for something, and again when it fails or dies, until it is done. */
  act(label: string, work: (process: Process) => Promise<unknown>): void {
    const process = this.random.pick(this.processes);
    const over = (): boolean => this.open.delete(again);
    const again = (): void => {
      if (!over()) return;
      this.note(`${label} was not answered`);
      if (this.givesUp) return;
      this.at(this.timeline.now + this.random.between(200, 5_000), label, () => this.act(label, work));
    };
    this.open.set(again, process.owner);
    this.note(`${label} at ${process.owner.name}`);
    work(process).then(over, (error: unknown) => {
      if (!isUnavailable(error) || error instanceof UserErrors) {
        over();
        this.note(`${label} was refused: ${messageOf(error)}`);
        if (!(error instanceof UserErrors)) this.observations.failures.push(`${label}: ${messageOf(error)}`);
      } else again();
    });
  }

  /** Until nothing is left to happen. Answers false when it does not come to rest. */
  async run(): Promise<boolean> {
    for (; this.steps < STEPS_MAX; this.steps += 1) {
      await this.quiet();
      const candidates = this.candidates();
      if (candidates.length > 0) {
        await this.go(this.random.pick(candidates));
        continue;
      }
      if (this.gate.isBlocked()) await this.gate.untangle();
      await this.quiet();
      if (this.candidates().length > 0) continue;
      const next = this.nextMoment();
      if (next === null) return !this.gate.isBlocked();
      this.timeline.now = Math.max(this.timeline.now, next);
    }
    return false;
  }

  fault(asked: Asked): Fault {
    const { owner, text } = asked;
    const staged = this.faultAt(asked);
    if (staged) return staged;
    const { cutBefore, cutAfter, late, kill, freeze } = this.faults;
    if (this.random.chance(kill) && this.deaths < DEATHS_MAX) this.doomed = owner;
    if (this.random.chance(freeze)) {
      owner.frozenUntil = this.timeline.now + this.random.between(100, this.random.chance(0.5) ? 3_000 : 60_000);
      this.note(`${owner.name} freezes until ${new Date(owner.frozenUntil).toISOString().slice(11, 23)}`);
      this.observations.froze(owner.frozenUntil);
      return 'late';
    }
    if (this.random.chance(cutBefore)) return this.broken(owner, text, 'before');
    if (this.random.chance(text === 'commit' ? cutAfter * 4 : cutAfter)) return this.broken(owner, text, 'after');
    return this.random.chance(late) ? 'late' : null;
  }

  async committed(statements: readonly Statement[]): Promise<void> {
    this.jobs.committed(statements);
    await this.observations.committed(statements);
  }

  private broken(owner: Owner, text: string, fault: 'before' | 'after'): Fault {
    this.note(`${owner.name} loses its connection ${fault} "${text.replace(/\s+/g, ' ').slice(0, 60)}"`);
    return fault;
  }

  private candidates(): Candidate[] {
    const { now } = this.timeline;
    const awake = this.processes.filter((process) => process.owner.frozenUntil <= now);
    const due = this.jobs.due();
    const free = awake.filter(
      ({ owner }) => [...this.hands.values()].filter((one) => one === owner).length < JOBS_IN_HAND,
    );
    return [
      ...this.gate
        .ready(now)
        .filter((asked) => !this.isHeld(asked))
        .map((asked): Candidate => ({ kind: 'statement', asked })),
      ...this.timeline.due().map((happening): Candidate => ({ kind: 'happening', happening })),
      ...due.flatMap((job) => free.map((process): Candidate => ({ kind: 'job', job, process }))),
    ];
  }

  private nextMoment(): number | null {
    const { now } = this.timeline;
    const thaws = this.processes.map((process) => process.owner.frozenUntil).filter((at) => at > now);
    const ahead = [this.timeline.next(), this.jobs.next(), ...thaws].filter((at) => at !== null && at > now);
    return ahead.length === 0 ? null : Math.min(...(ahead as number[]));
  }

  private async go(candidate: Candidate): Promise<void> {
    switch (candidate.kind) {
      case 'statement': {
        // A statement takes its time.
        this.timeline.now += this.random.chance(0.3) ? 1 : 0;
        await this.gate.step(candidate.asked);
        break;
      }
      case 'happening':
        await candidate.happening.run();
        break;
      case 'job':
        void this.carryOut(candidate.job, candidate.process);
        break;
      default:
        candidate satisfies never;
    }
    const { doomed } = this;
    this.doomed = null;
    if (!doomed) return;
    await this.quiet();
    await this.kill(doomed);
  }

  private async carryOut(job: Job, { owner, handlers }: Process): Promise<void> {
    this.jobs.take(job);
    this.hands.set(job, owner);
    const { input } = job;
    const handle = handlers[input.job] as (data: unknown, lane: typeof input.lane, tries: number) => Promise<void>;
    try {
      await handle(input.data, input.lane, job.tries);
      if (owner.alive) this.hands.delete(job);
    } catch (error) {
      if (!owner.alive || !this.hands.delete(job)) return;
      this.note(`${owner.name}: job ${input.job} failed: ${messageOf(error)}`);
      if (!isUnavailable(error)) this.observations.failures.push(`job ${input.job}: ${messageOf(error)}`);
      this.jobs.putBack(job, 1_000);
    }
  }

  private async quiet(): Promise<void> {
    let seen = -1;
    for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
      if (this.gate.questions !== seen) turns = 0;
      seen = this.gate.questions;
      await turn();
    }
  }
}
