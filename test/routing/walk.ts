import { plus } from '../../src/base/clock.js';
import { RECHECK_MS } from '../../src/routing/candidates.js';
import { decide, goesInDigest } from '../../src/routing/decide.js';
import type { Action, Decision } from '../../src/routing/decision.js';
import { fold } from '../../src/routing/evolve.js';
import { NOTHING_YET, type State } from '../../src/routing/state.js';
import type { Facts, IntegrationFact } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { NOON, type Denial, type Ending, type Script } from '../support/arbitraries.js';

export const LEASE_MS = 20_000;

/** One time of deciding: what was known, and what was decided. */
export interface Moment {
  readonly now: Date;
  readonly facts: Facts;
  readonly before: State;
  readonly decision: Decision;
}

export interface Walk {
  readonly moments: readonly Moment[];
  readonly state: State;
  readonly history: readonly HistoryEvent[];
}

type Due = { readonly at: Date } & (
  | { readonly events: readonly HistoryEvent[] }
  | { readonly change: Partial<Facts> }
  // A window of a digest ends: it is asked who still goes.
  | { readonly closes: Extract<HistoryEvent, { type: 'notification.gathered' }> }
);

/**
 * Plays one notification to its end: decide, do what was decided, let the script answer, move time to what comes first,
 * decide again. The end is when nothing late comes any more and no operator takes it up again. Throws after `bound`
 * decisions, and when a wait does not lead forward.
 */
export function walk(from: Facts, script: Script, bound: number): Walk {
  const play = new Play(from, script);
  while (play.moments.length < bound) if (!play.step()) return play;
  throw new Error(`no end after ${bound} decisions: ${play.history.map((event) => event.type).join(', ')}`);
}

class Play implements Walk {
  readonly history: HistoryEvent[] = [];
  readonly moments: Moment[] = [];
  state = NOTHING_YET;
  private now = NOON;
  private attempts = 0;
  private lookups = 0;
  private redrives = 0;
  private readonly denials: (Denial | null)[];
  private readonly due: Due[];

  constructor(
    private facts: Facts,
    private readonly script: Script,
  ) {
    this.denials = [...script.denials];
    this.due = script.turns.map((turn) => ({ at: plus(NOON, turn.afterMs), change: turn.change }));
    const { engagedAfterMs, buriedAfterMs } = script;
    if (engagedAfterMs !== null)
      this.later(engagedAfterMs, (at) => [{ type: 'engagement.recorded', at, kind: 'OPENED' }]);
    if (buriedAfterMs !== null)
      this.later(buriedAfterMs, (at) => [
        { type: 'notification.finished', at, state: 'FAILED', reason: 'DEAD_LETTER', why: '' },
      ]);
  }

  /** One decision and what follows from it; false: this was the end. */
  step(): boolean {
    this.takeDue();
    const { now, state: before } = this;
    const facts = loaded(this.facts, now);
    const decision = decide(facts, before, now);
    const { action } = decision;
    if (action.kind === 'attempt' && this.deny(action, decision)) return true;
    this.moments.push({ now, facts, before, decision });
    this.learn(decision.events);
    for (const event of decision.events)
      if (event.type === 'notification.gathered') this.due.push({ at: event.closesAt, closes: event });
    switch (action.kind) {
      case 'rest':
        return this.rest();
      case 'attempt':
        this.attempt(action);
        return true;
      case 'lookup':
        this.lookUp(action);
        return true;
      case 'place': {
        const { kind: _kind, ...place } = action;
        this.learn([{ type: 'inbox.placed', at: now, ...place, why: '' }]);
        if (this.script.shownAfterMs !== null)
          this.later(this.script.shownAfterMs, (at) => [{ type: 'inbox.displayed', at }]);
        return true;
      }
      case 'wait':
        if (action.until <= now) throw new Error(`at ${now.toISOString()}: a wait until ${action.until.toISOString()}`);
        this.now = new Date(Math.min(action.until.getTime(), ...this.due.map((one) => one.at.getTime())));
        return true;
      default:
        return action satisfies never;
    }
  }

  private learn(events: readonly HistoryEvent[]): void {
    this.history.push(...events);
    this.state = fold(events, this.state);
  }

  private later(afterMs: number, events: (at: Date) => readonly HistoryEvent[]): void {
    const at = plus(this.now, afterMs);
    this.due.push({ at, events: events(at) });
  }

  private takeDue(): void {
    this.due.sort((a, b) => a.at.getTime() - b.at.getTime());
    while (this.due[0] && this.due[0].at <= this.now) {
      const one = this.due.shift() as Due;
      if ('events' in one) this.learn(one.events);
      else if ('closes' in one) this.close(one.closes);
      else this.facts = { ...this.facts, ...one.change };
    }
  }

  private close({ channel, closesAt }: Extract<HistoryEvent, { type: 'notification.gathered' }>): void {
    const { gathered } = this.state;
    if (gathered?.channel !== channel || gathered.closesAt.getTime() !== closesAt.getTime()) return;
    const at = this.now;
    const goes = goesInDigest(loaded(this.facts, at), this.state, channel, at);
    const digestId = '01890000-0000-7000-8000-00000000d19e';
    if (goes) this.learn([{ type: 'digest.closed', at, channel, digestId, digestNotificationId: digestId }]);
    else this.learn([{ type: 'digest.left', at, digestId, alone: false }]);
  }

  /** A limit holds over all processes: the call may not begin, and it is decided again with that known. */
  private deny(action: Extract<Action, { kind: 'attempt' }>, { events }: Decision): boolean {
    const denial = this.denials.shift();
    if (!denial) return false;
    const until = plus(this.now, denial.forMs);
    if (denial.kind === 'rate') {
      const gaveUp = events.filter(({ type }) => type === 'delivery.gave_up');
      this.learn([...gaveUp, { type: 'notification.throttled', at: this.now, integration: action.integration, until }]);
      return true;
    }
    const said: Partial<IntegrationFact> =
      denial.kind === 'full' ? { fullUntil: until } : { blocked: { until, reason: 'CIRCUIT_OPEN' } };
    const integrations = this.facts.integrations.map((one) =>
      one.key === action.integration ? { ...one, ...said } : one,
    );
    this.facts = { ...this.facts, integrations };
    return true;
  }

  private attempt({ kind: _kind, ...claim }: Extract<Action, { kind: 'attempt' }>): void {
    const { now } = this;
    const leaseUntil = plus(now, LEASE_MS);
    this.learn([{ type: 'attempt.started', at: now, ...claim, provider: claim.integration, leaseUntil, why: '' }]);
    const ending = nth(this.script.endings, this.attempts);
    this.attempts += 1;
    for (const due of endingOf(ending, claim, now)) this.due.push(due);
  }

  private lookUp({ ordinal, number }: Extract<Action, { kind: 'lookup' }>): void {
    const answer = nth(this.script.lookups, this.lookups);
    this.lookups += 1;
    const at = this.now;
    const end = { ...SILENT_END, at, ordinal, number };
    if (answer === 'taken') this.learn([{ type: 'attempt.accepted', ...end, simulated: false, providerId: 'found' }]);
    else if (answer === 'not taken') this.learn([{ type: 'attempt.failed', ...end, retryAt: null }]);
    else this.learn([{ type: 'attempt.looked_up', at, ordinal, number, detail: null }]);
  }

  /** All is quiet, unless something late comes or somebody takes it up again. */
  private rest(): boolean {
    const next = this.due[0];
    if (next) {
      this.now = next.at;
      return true;
    }
    const { finished } = this.state;
    const isDead = finished?.reason === 'DEAD_LETTER';
    if (finished?.state !== 'FAILED' || (!isDead && this.redrives >= this.script.redrives)) return false;
    if (!isDead) this.redrives += 1;
    this.learn([{ type: 'notification.redriven', at: this.now }]);
    return true;
  }
}

/** Facts as the loader reads them at an instant: what is over is not there any more, what comes is not there yet. */
function loaded(facts: Facts, now: Date): Facts {
  const integrations = facts.integrations.map((one): IntegrationFact => {
    const { blocked, fullUntil, configuredAt } = one;
    return {
      ...one,
      blocked: blocked && blocked.until > now ? blocked : null,
      fullUntil: fullUntil && fullUntil > now ? fullUntil : null,
      configuredAt: configuredAt > now ? new Date(0) : configuredAt,
    };
  });
  return { ...facts, integrations };
}

/**
 * The decisions that a notification may take at most. Each attempt is denied, decided, waited for, reported, settled and
 * paused after; a refusing integration is tried anew now and then until the time for giving up, and after each change.
 */
export function boundOf(facts: Facts, script: Script): number {
  const worlds = [facts, ...script.turns.map((turn) => turn.change)];
  const integrations = worlds.reduce((sum, one) => sum + (one.integrations?.length ?? 0), 0);
  const { retry, silence } = facts.category;
  const rechecks = 2 + script.turns.length + Math.ceil(retry.giveUpAfterMs / RECHECK_MS);
  const perAddress = retry.maxAttempts + integrations * rechecks;
  const rounds = 1 + (silence?.times ?? 0);
  const disturbances = integrations + script.turns.length + script.denials.length + rounds;
  const steps = (2 + script.redrives) * (20 + 4 * disturbances + 8 * perAddress * facts.endpoints.length * rounds);
  // Each may fall into a time at which nothing goes.
  return 2 * steps;
}

/** What is not told about how an attempt ended. */
const SILENT_END = { durationMs: null, httpStatus: null, code: null, detail: null };

function endingOf(ending: Ending, claim: { ordinal: number; number: number }, now: Date): Due[] {
  const missesLease = ending.kind === 'accepted late' || ending.kind === 'failed late';
  const at = plus(now, missesLease ? LEASE_MS + ending.afterMs : ending.afterMs);
  const { ordinal, number } = claim;
  const end = { ...SILENT_END, at, ordinal, number, durationMs: ending.afterMs };
  const retryAt = ending.retryInMs === null ? null : plus(at, ending.retryInMs);
  const late = plus(at, ending.lateMs);
  const accepted: HistoryEvent = { type: 'attempt.accepted', ...end, simulated: false, providerId: 'id' };
  const unknown: HistoryEvent = { type: 'attempt.unknown', ...end };
  const bounced = (when: Date): HistoryEvent => ({ type: 'delivery.bounced', at: when, ordinal, detail: null });
  switch (ending.kind) {
    case 'accepted':
    case 'accepted late':
      return [{ at, events: [accepted] }];
    case 'bounced':
      return [{ at, events: [accepted, bounced(at)] }];
    case 'bounced late':
      return [
        { at, events: [accepted] },
        { at: late, events: [bounced(late)] },
      ];
    case 'rejected':
      return [{ at, events: [{ type: 'attempt.rejected', ...end, reason: 'PROVIDER_REJECTED' }] }];
    case 'gone':
      return [{ at, events: [{ type: 'attempt.rejected', ...end, reason: 'ENDPOINT_GONE' }] }];
    case 'failed':
    case 'failed late':
      return [{ at, events: [{ type: 'attempt.failed', ...end, retryAt }] }];
    case 'rate_limited':
      return [{ at, events: [{ type: 'attempt.rate_limited', ...end, retryAt }] }];
    case 'misconfigured':
      return [{ at, events: [{ type: 'attempt.misconfigured', ...end }] }];
    case 'unknown':
      return [{ at, events: [unknown] }];
    case 'reported late':
      return [
        { at, events: [unknown] },
        { at: late, events: [{ type: 'delivery.delivered', at: late, ordinal }] },
      ];
    case 'lost':
      return [];
    default:
      return ending.kind satisfies never;
  }
}

function nth<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
