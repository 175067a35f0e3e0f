import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINAL_STATES } from '../../src/base/names.js';
import { decide } from '../../src/routing/decide.js';
import { DELIVERY_RANK, evolve, fold, type State } from '../../src/routing/evolve.js';
import { anyFacts, anyScript } from '../support/arbitraries.js';
import { boundOf, walk, type Moment, type Walk } from './walk.js';

const RUNS = { numRuns: 1_500 };

/** Checks something of every story that facts and a script can tell. */
function everyWalk(check: (walked: Walk) => void): void {
  fc.assert(
    fc.property(anyFacts, anyScript, (facts, script) => check(walk(facts, script, boundOf(facts, script)))),
    RUNS,
  );
}

/** Checks something of every attempt or placement in every story. */
function everyAction(check: (moment: Moment & { channel: string }) => void): void {
  everyWalk(({ moments }) => {
    for (const moment of moments) {
      const { action } = moment.decision;
      if (action.kind === 'attempt' || action.kind === 'place') check({ ...moment, channel: action.channel });
    }
  });
}

function ends(state: State): (string | null)[] {
  return state.deliveries.flatMap((delivery) => delivery.attempts.map((attempt) => attempt.end));
}

describe('whatever happens outside', () => {
  it('a notification ends in a final state, within what its retry budget allows', () =>
    everyWalk(({ state }) => {
      expect(FINAL_STATES.has(state.finished?.state as never)).toBe(true);
    }));

  it('nothing of it is left half done', () =>
    everyWalk(({ moments }) => {
      const last = moments.at(-1)?.decision.state as State;
      for (const delivery of last.deliveries) expect(['QUEUED', 'SENDING', 'RETRYING']).not.toContain(delivery.state);
      expect(ends(last)).not.toContain(null);
    }));

  it('a notification is completed exactly when a delivery was taken and did not come back', () =>
    everyWalk(({ moments }) => {
      const { state } = (moments.at(-1) as Moment).decision;
      const reached = state.deliveries.some(
        (delivery) => DELIVERY_RANK[delivery.state] >= DELIVERY_RANK.SENT && delivery.state !== 'BOUNCED',
      );
      expect(state.finished?.state === 'COMPLETED').toBe(reached);
    }));

  it('the same question has the same answer, and asking changes nothing', () =>
    everyWalk(({ moments }) => {
      for (const { facts, before, now, decision } of moments) {
        const asked = structuredClone({ facts, before, now });
        expect(decide(facts, before, now)).toEqual(decision);
        expect({ facts, before, now }).toEqual(asked);
      }
    }));

  it('the state of a decision is what its events make', () =>
    everyWalk(({ moments }) => {
      for (const { before, decision } of moments) expect(decision.state).toEqual(fold(decision.events, before));
    }));

  it('what is finished stays finished, and a rest is a rest', () =>
    everyWalk(({ moments, state }) => {
      const { facts, now, decision } = moments.at(-1) as Moment;
      expect(state.finished).toEqual(decision.state.finished);
      expect(decide(facts, state, now)).toMatchObject({ events: [], action: { kind: 'rest' } });
    }));

  it('every channel considered stands in the plan exactly once, in order, with a reason', () =>
    everyWalk(({ moments }) => {
      for (const { facts, decision } of moments) {
        const wanted = [...new Set(facts.requestedChannels ?? facts.category.channels)];
        expect(decision.plan.steps.map((step) => step.channel)).toEqual(wanted);
        for (const step of decision.plan.steps) expect(step.explanation).toMatch(/^[^{}]+$/);
      }
    }));
});

describe('nothing goes', () => {
  it('where the person does not want it, unless the category is mandatory or SECURITY', () =>
    everyAction(({ facts, channel }) => {
      if (facts.category.mandatory || facts.category.class === 'SECURITY') return;
      expect([...facts.optOuts]).not.toContain(channel);
    }));

  it('after a cancel, after its time, or before it', () =>
    everyAction(({ facts, now }) => {
      expect(facts.canceled).toBe(false);
      expect(now.getTime()).toBeLessThan(facts.expiresAt?.getTime() ?? Infinity);
      expect(now.getTime()).toBeGreaterThanOrEqual(facts.sendAt?.getTime() ?? 0);
    }));

  it('while something is on its way, or after it arrived', () =>
    everyAction(({ decision: { state } }) => {
      expect(ends(state)).not.toContain(null);
      expect(state.finished).toBeNull();
      for (const delivery of state.deliveries)
        expect(['SENDING', 'SENT', 'SIMULATED', 'DELIVERED']).not.toContain(delivery.state);
    }));

  it('to an address or through a provider that is out', () =>
    everyAction(({ facts, decision: { action } }) => {
      if (action.kind !== 'attempt') return;
      const { channel, address, integration: key } = action;
      expect(facts.endpoints).toContainEqual({ channel, address, retired: false });
      expect(facts.integrations).toContainEqual({ channel, key, enabled: true });
    }));

  it('into an inbox of somebody who is away, or twice', () =>
    everyAction(({ facts, decision: { action, state } }) => {
      if (action.kind !== 'place') return;
      expect(facts.online).toBe(true);
      expect(state.deliveries.map((delivery) => delivery.channel)).not.toContain(action.channel);
    }));
});

describe('providers are called', () => {
  it('at most as often as the policy allows for an address; one that refuses us, once', () =>
    everyWalk(({ state, moments }) => {
      const { maxAttempts } = (moments[0] as Moment).facts.category.retry;
      for (const { attempts } of state.deliveries) {
        const refused = attempts.filter((attempt) => attempt.end === 'misconfigured').map((one) => one.integration);
        expect(attempts.length - refused.length).toBeLessThanOrEqual(maxAttempts);
        expect(new Set(refused).size).toBe(refused.length);
      }
    }));

  it('once more after nobody could know whether the last call was taken, where the category says so, else never', () =>
    everyAction(({ facts, decision: { action, state } }) => {
      if (action.kind !== 'attempt') return;
      // What came back was taken for certain.
      const open = state.deliveries.filter((delivery) => delivery.state !== 'BOUNCED');
      const ambiguous = ends({ ...state, deliveries: open }).filter((end) => end === 'unknown').length;
      expect(ambiguous).toBeLessThanOrEqual(facts.category.onAmbiguous === 'RESEND' ? 1 : 0);
    }));

  it('under numbers that count up from one, one delivery an address', () =>
    everyWalk(({ state, history }) => {
      for (const { attempts } of state.deliveries)
        expect(attempts.map((attempt) => attempt.number)).toEqual(attempts.map((_, index) => index + 1));
      expect(state.deliveries.map((delivery) => delivery.ordinal)).toEqual(state.deliveries.map((_, index) => index));
      const targets = state.deliveries.map(({ channel, address }) => `${channel} ${address}`);
      expect(new Set(targets).size).toBe(targets.length);
      expect(history.filter((event) => event.type === 'attempt.started').length).toBe(ends(state).length);
    }));

  it('not before the time that a provider named, and not without a pause after its own failure', () =>
    everyAction(({ decision: { action, state }, now }) => {
      if (action.kind !== 'attempt') return;
      const own = state.deliveries
        .find((delivery) => delivery.ordinal === action.ordinal)
        ?.attempts.filter((attempt) => attempt.integration === action.integration);
      for (const attempt of own ?? [])
        expect(now.getTime()).toBeGreaterThanOrEqual(attempt.retryAt?.getTime() ?? attempt.startedAt.getTime());
    }));
});

it('an event that is written twice changes nothing', () =>
  everyWalk(({ history }) => {
    let state = fold([]);
    for (const event of history) {
      state = evolve(state, event);
      expect(evolve(state, event)).toEqual(state);
    }
  }));
