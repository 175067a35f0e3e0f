import { describe, expect, it } from 'vitest';
import { FINAL_STATES } from '../../src/base/names.js';
import { RECHECK_MS } from '../../src/routing/candidates.js';
import { channelsAt } from '../../src/routing/channels-at.js';
import { decide } from '../../src/routing/decide.js';
import { evolve, fold } from '../../src/routing/evolve.js';
import { isReached, NOTHING_YET, type State } from '../../src/routing/state.js';
import { isWithin } from '../../src/routing/local-time.js';
import { isGivenUp } from '../../src/routing/open-time.js';
import { isOverriding, isUrgent } from '../../src/routing/overriding.js';
import { skipReason } from '../../src/routing/plan.js';
import { endpoint, integration } from '../support/arbitraries.js';
import { anyStory, endsOf, everyAction, everyWalk } from './every.js';
import type { Moment } from './walk.js';

/** Stories of people who can be reached by mail, so that many are gathered. */
const readyStory = anyStory.map(([story, script]) => {
  const reachable = { endpoints: [endpoint('EMAIL', 'one')], integrations: [integration('EMAIL', 'a')] };
  const quiet = { sendAt: null, expiresAt: null, canceled: false, optOuts: new Set<never>() };
  return [{ ...story, ...reachable, ...quiet, requestedChannels: ['EMAIL' as const] }, script] as const;
});

describe('whatever happens outside', () => {
  it('a notification ends in a final state, within what its retry budget allows', () =>
    everyWalk(({ state }) => {
      expect(FINAL_STATES.has(state.finished?.state as never)).toBe(true);
    }));

  it('nothing of it is left half done', () =>
    everyWalk(({ moments, state }) => {
      const last = moments.at(-1)?.decision.state as State;
      for (const one of [last, state]) {
        for (const delivery of one.deliveries) expect(['QUEUED', 'SENDING', 'RETRYING']).not.toContain(delivery.state);
        expect(endsOf(one)).not.toContain(null);
      }
    }));

  it('completed means exactly that a delivery was taken and did not come back, or that the person did something with it', () =>
    everyWalk(({ moments, state }) => {
      for (const { decision } of moments) {
        const { finished, deliveries, engaged } = decision.state;
        if (decision.events.some((event) => event.type === 'notification.finished'))
          expect(finished?.state === 'COMPLETED').toBe(engaged || deliveries.some(isReached));
      }
      const { deliveries, engaged, finished } = state;
      if (finished?.state === 'COMPLETED') expect(engaged || deliveries.some(isReached)).toBe(true);
      if (finished?.state === 'FAILED') expect(deliveries.some(isReached)).toBe(false);
    }));

  it('digested means exactly that it went in a digest, and nothing of it had arrived by itself', () =>
    everyWalk(({ history, state: { finished, digested } }) => {
      const closed = history.some((event) => event.type === 'digest.closed');
      expect(digested !== null).toBe(closed);
      if (finished?.state === 'DIGESTED') expect([closed, finished.reason]).toEqual([true, 'DIGESTED']);
      if (closed) expect(['DIGESTED', 'COMPLETED', 'FAILED']).toContain(finished?.state);
    }));

  it('what is urgent and what is a digest is never gathered; what is has a plan that says so and a window that ends', () => {
    let gathered = 0;
    everyWalk(({ moments }) => {
      for (const { facts, now, decision } of moments)
        for (const event of decision.events) {
          if (event.type !== 'notification.gathered') continue;
          gathered += 1;
          expect(facts.isDigest || isUrgent(facts)).toBe(false);
          expect(event.closesAt.getTime()).toBeGreaterThan(now.getTime());
          const { plan, action } = decision;
          expect([plan.outcome, action.kind]).toEqual(['HOLD', 'wait']);
          expect(plan.steps.find((step) => step.reason === 'GATHERING')?.channel).toBe(event.channel);
        }
    }, readyStory);
    expect(gathered).toBeGreaterThan(20);
  });

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

  it('what is finished stays finished, but for late news that prove it wrong, and an operator', () =>
    everyWalk(({ history }) => {
      const proof: Partial<Record<string, readonly string[]>> = {
        COMPLETED: ['delivery.bounced'],
        FAILED: ['attempt.accepted', 'delivery.delivered', 'inbox.displayed', 'notification.redriven'],
      };
      let state = NOTHING_YET;
      for (const event of history) {
        const before = state.finished;
        state = evolve(state, event);
        if (before && !state.finished) expect(proof[before.state] ?? []).toContain(event.type);
        else if (before) expect(state.finished).toEqual(before);
      }
    }));

  it('what is finished rests', () =>
    everyWalk(({ moments, state }) => {
      const { facts, now } = moments.at(-1) as Moment;
      expect(decide(facts, state, now)).toMatchObject({ events: [], action: { kind: 'rest' } });
      for (const { before, decision } of moments)
        if (before.finished) expect(decision).toMatchObject({ events: [], action: { kind: 'rest' } });
    }));

  it('every channel considered stands in the plan exactly once, in order, with a reason', () =>
    everyWalk(({ moments }) => {
      for (const { facts, decision, now } of moments) {
        const wanted = channelsAt(facts, now);
        expect(decision.plan.steps.map((step) => step.channel)).toEqual(wanted);
        for (const step of decision.plan.steps) expect(step.explanation).toMatch(/^[^{}]+$/);
      }
    }));

  it('nothing that did not work is said to be in reserve when all is over', () =>
    everyWalk(({ moments }) => {
      for (const { events, plan, state } of moments.map((moment) => moment.decision)) {
        if (events.at(-1)?.type !== 'notification.finished') continue;
        if (!['ALL_CHANNELS_FAILED', 'ALL_CHANNELS_SKIPPED'].includes(state.finished?.reason as string)) continue;
        expect(plan.steps.filter((step) => step.decision === 'FALLBACK')).toEqual([]);
      }
    }));
});

describe('nothing goes', () => {
  it('where the person does not want it, unless the category is mandatory, overriding or SECURITY', () =>
    everyAction(({ facts, action }) => {
      if (facts.category.mandatory || isOverriding(facts)) return;
      expect([...facts.optOuts]).not.toContain(action.channel);
    }));

  it('after a cancel, after its time, or before it', () =>
    everyAction(({ facts, now }) => {
      expect(facts.canceled).toBe(false);
      expect(now.getTime()).toBeLessThan(facts.expiresAt?.getTime() ?? Infinity);
      expect(now.getTime()).toBeGreaterThanOrEqual(facts.sendAt?.getTime() ?? 0);
    }));

  it('in the quiet hours of the person or outside of the sender’s window, unless it is urgent', () =>
    everyAction(({ facts, now }) => {
      const { person, category, window } = facts;
      if (category.mandatory || category.critical || isOverriding(facts)) return;
      if (person.quietHours) expect(isWithin(person.quietHours, person.timeZone, now)).toBe(false);
      const spans = isGivenUp(facts) ? [] : (window?.spans ?? []);
      if (spans.length > 0) expect(spans.some((one) => isWithin(one, person.timeZone, now))).toBe(true);
    }));

  it('while something is on its way', () =>
    everyAction(({ decision: { state } }) => {
      expect(endsOf(state)).not.toContain(null);
      expect(state.finished).toBeNull();
      expect(state.deliveries.map((delivery) => delivery.state)).not.toContain('SENDING');
    }));

  it('while it is gathered, for as long as that channel is open to it', () =>
    everyAction(({ facts, before, now }) => {
      const { gathered } = before;
      if (gathered === null) return;
      const open = { ...facts, channelsNow: channelsAt(facts, now) };
      expect(skipReason(open, before, gathered.channel)).not.toBeNull();
    }));

  it('once the person did something with it', () =>
    everyAction(({ before, decision: { state } }) => {
      expect([before.engaged, state.engaged]).toEqual([false, false]);
    }));

  it('to an address or through a provider that is out, blocked or full', () =>
    everyAction(({ facts, action }) => {
      if (action.kind !== 'attempt') return;
      const { channel, address, integration: key } = action;
      const to = facts.endpoints.find((one) => one.channel === channel && one.address === address);
      expect(to?.retired).toBe(false);
      const objected = facts.category.class === 'MARKETING' ? [null] : [null, 'UNSUBSCRIBED'];
      expect(objected).toContain(to?.suppressed);
      const open = { channel, key, enabled: true, blocked: null, fullUntil: null };
      const by = facts.integrations.find((one) => one.key === key);
      expect(by).toMatchObject(open);
      expect([to?.service, by?.service]).not.toEqual(['apns', 'fcm']);
      expect([to?.service, by?.service]).not.toEqual(['fcm', 'apns']);
    }));

  it('through a provider that may not carry its class, or takes no files as large', () =>
    everyAction(({ facts, action }) => {
      if (action.kind !== 'attempt') return;
      const by = facts.integrations.find((one) => one.key === action.integration);
      expect(by?.classes).toContain(facts.category.class);
      if (action.channel === 'EMAIL') expect(facts.attachmentBytes).toBeLessThanOrEqual(by?.payloadLimit ?? Infinity);
    }));

  it('to a device again that has it, while it goes to the others', () =>
    everyAction(({ action, decision: { state } }) => {
      if (action.kind !== 'attempt' || action.channel !== 'MOBILE_PUSH') return;
      const has = state.deliveries.filter((one) => one.ordinal >= state.passed && isReached(one));
      expect(has.map((one) => one.address)).not.toContain(action.address);
    }));

  it('to an address that refused it or where it came back from', () =>
    everyAction(({ action, decision: { state } }) => {
      if (action.kind !== 'attempt') return;
      const there = state.deliveries.filter((one) => one.channel === action.channel && one.address === action.address);
      expect(there.map((delivery) => delivery.state)).not.toContain('UNDELIVERED');
      expect(there.map((delivery) => delivery.state)).not.toContain('BOUNCED');
    }));

  it('to Slack of somebody who is said to be away from it, or to a push that is for who is there, of who is not', () =>
    everyAction(({ facts, action }) => {
      const there = facts.presence.filter(({ connected, state }) => (state === null ? connected : state !== 'AWAY'));
      const places = new Set(there.map(({ platform }) => platform));
      if (action.channel === 'SLACK')
        expect(facts.presence).not.toContainEqual(expect.objectContaining({ platform: 'SLACK', state: 'AWAY' }));
      const isForThose = facts.category.rules.onlyWhilePresent?.includes(action.channel) === true;
      if (isForThose && action.channel === 'MOBILE_PUSH') expect(places).toContain('MOBILE');
      if (isForThose && action.channel === 'SLACK') expect(places).toContain('SLACK');
    }));

  it('into an inbox of somebody who is away, or twice', () =>
    everyAction(({ facts, action, decision: { state } }) => {
      if (action.kind !== 'place') return;
      expect(facts.presence.some(({ connected, state }) => connected && state !== 'AWAY')).toBe(true);
      expect(state.deliveries.map((delivery) => delivery.channel)).not.toContain(action.channel);
    }));
});

describe('providers are called', () => {
  it('at most as often as the policy allows for an address, not counting refusals of our credentials', () =>
    everyWalk(({ state, moments }) => {
      const { maxAttempts } = (moments[0] as Moment).facts.category.retry;
      for (const { attempts } of state.deliveries)
        expect(attempts.filter((attempt) => attempt.end !== 'misconfigured').length).toBeLessThanOrEqual(maxAttempts);
    }));

  it('not again after they refused our credentials, until these change or a while has passed', () =>
    everyAction(({ facts, now, action, decision: { state } }) => {
      if (action.kind !== 'attempt') return;
      const last = state.deliveries
        .find((delivery) => delivery.ordinal === action.ordinal)
        ?.attempts.findLast((attempt) => attempt.integration === action.integration);
      if (last?.end !== 'misconfigured') return;
      const changed = facts.integrations.find((one) => one.key === action.integration)?.configuredAt as Date;
      const over = now.getTime() >= (last.endedAt as Date).getTime() + RECHECK_MS;
      expect(over || changed > last.startedAt).toBe(true);
    }));

  it('under numbers that count up from one, one delivery an address and round', () =>
    everyWalk(({ state, history }) => {
      for (const { attempts } of state.deliveries)
        expect(attempts.map((attempt) => attempt.number)).toEqual(attempts.map((_, index) => index + 1));
      expect(state.deliveries.map((delivery) => delivery.ordinal)).toEqual(state.deliveries.map((_, index) => index));
      const targets = Map.groupBy(state.deliveries, ({ channel, address }) => `${channel} ${address}`);
      for (const deliveries of targets.values()) expect(deliveries.length).toBeLessThanOrEqual(1 + state.silences);
      expect(history.filter((event) => event.type === 'attempt.started').length).toBe(endsOf(state).length);
    }));

  it('not before the time that a provider named, and not without a pause after its own failure', () =>
    everyAction(({ decision: { state }, now, action }) => {
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
      // Every asking counts: those are our own, and nobody else writes them.
      if (event.type !== 'attempt.looked_up') expect(evolve(state, event)).toEqual(state);
    }
  }));
