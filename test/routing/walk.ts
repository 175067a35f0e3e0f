import { plus } from '../../src/base/clock.js';
import { decide } from '../../src/routing/decide.js';
import type { Decision } from '../../src/routing/decision.js';
import { fold, NOTHING_YET, type State } from '../../src/routing/evolve.js';
import type { Facts } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { NOON, type Ending, type Script } from '../support/arbitraries.js';

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

type Due = { readonly at: Date } & ({ readonly events: readonly HistoryEvent[] } | { readonly change: Partial<Facts> });

/**
 * Plays one notification to its end: decide, do what was decided, let the script answer, move time to what comes first,
 * decide again. Throws after `bound` decisions, and when a wait does not lead forward.
 */
export function walk(from: Facts, script: Script, bound: number): Walk {
  let facts = from;
  let now = NOON;
  let state = NOTHING_YET;
  let attempts = 0;
  const history: HistoryEvent[] = [];
  const moments: Moment[] = [];
  const due: Due[] = script.turns.map((turn) => ({ at: plus(NOON, turn.afterMs), change: turn.change }));
  const learn = (events: readonly HistoryEvent[]): void => {
    history.push(...events);
    state = fold(events, state);
  };
  const takeDue = (): void => {
    due.sort((a, b) => a.at.getTime() - b.at.getTime());
    while (due[0] && due[0].at <= now) {
      const one = due.shift() as Due;
      if ('events' in one) learn(one.events);
      else facts = { ...facts, ...one.change };
    }
  };

  while (moments.length < bound) {
    takeDue();
    const decision = decide(facts, state, now);
    moments.push({ now, facts, before: state, decision });
    learn(decision.events);
    const { action } = decision;
    if (action.kind === 'rest') {
      // What comes late is still heard, and nothing begins again.
      for (const late of due) if ('events' in late) learn(late.events);
      return { moments, state, history };
    }
    if (action.kind === 'attempt') {
      const { kind: _kind, ...claim } = action;
      const leaseUntil = plus(now, LEASE_MS);
      learn([{ type: 'attempt.started', at: now, ...claim, provider: claim.integration, leaseUntil, why: '' }]);
      const ending = script.endings[attempts % script.endings.length] as Ending;
      attempts += 1;
      due.push(...endingOf(ending, claim, now));
    } else if (action.kind === 'place') {
      const { kind: _kind, ...place } = action;
      learn([{ type: 'inbox.placed', at: now, ...place, why: '' }]);
      if (script.shownAfterMs !== null) {
        const at = plus(now, script.shownAfterMs);
        due.push({ at, events: [{ type: 'inbox.displayed', at }] });
      }
    } else {
      if (action.until <= now) throw new Error(`at ${now.toISOString()}: a wait until ${action.until.toISOString()}`);
      now = new Date(Math.min(action.until.getTime(), ...due.map((one) => one.at.getTime())));
    }
  }
  throw new Error(`no end after ${bound} decisions: ${history.map((event) => event.type).join(', ')}`);
}

/** The decisions that a notification may take at most: each attempt is decided, waited for, reported and paused after. */
export function boundOf(facts: Facts, script: Script): number {
  const integrations = new Set(
    [facts, ...script.turns.map((turn) => turn.change)].flatMap((one) => one.integrations ?? []),
  );
  const perAddress = facts.category.retry.maxAttempts + integrations.size;
  return 10 + 2 * script.turns.length + 6 * perAddress * facts.endpoints.length;
}

function endingOf(ending: Ending, claim: { ordinal: number; number: number }, now: Date): Due[] {
  const late = ending.kind.endsWith(' late');
  const at = plus(now, late ? LEASE_MS + ending.afterMs : ending.afterMs);
  const end = {
    at,
    ordinal: claim.ordinal,
    number: claim.number,
    durationMs: ending.afterMs,
    httpStatus: null,
    code: null,
    detail: null,
  };
  const retryAt = ending.retryInMs === null ? null : plus(at, ending.retryInMs);
  const accepted: HistoryEvent = { type: 'attempt.accepted', ...end, simulated: false, providerId: 'id' };
  switch (ending.kind) {
    case 'accepted':
    case 'accepted late':
      return [{ at, events: [accepted] }];
    case 'bounced':
      return [{ at, events: [accepted, { type: 'delivery.bounced', at, ordinal: claim.ordinal, detail: null }] }];
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
      return [{ at, events: [{ type: 'attempt.unknown', ...end }] }];
    case 'lost':
      return [];
    default:
      return ending.kind satisfies never;
  }
}
