import { describe, expect, it } from 'vitest';
import { decide } from '../../src/routing/decide.js';
import type { Decision } from '../../src/routing/decision.js';
import { evolve, fold } from '../../src/routing/evolve.js';
import { isReached, NOTHING_YET } from '../../src/routing/state.js';
import type { Facts } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { facts, ONLINE } from '../support/arbitraries.js';
import { at, displayed, ended, engaged, placed, started } from './events.js';
import { everyAction, everyWalk } from './every.js';

/** Nobody opened it within a minute: then this follows, so many times. */
function silence(then: 'RESEND' | 'NEXT_CHANNEL', times: number, overrides: Parameters<typeof facts>[0] = {}): Facts {
  // oxlint-disable-next-line unicorn/no-thenable -- the policy's own word; nobody awaits it
  return facts({ ...overrides, category: { silence: { afterMs: 60_000, then, times }, ...overrides.category } });
}

function decided(known: Facts, history: readonly HistoryEvent[], seconds: number): Decision {
  return decide(known, fold(history), at(seconds));
}

const ACCEPTED = [started(0), ended('accepted', 1)];
const silent = (seconds: number): HistoryEvent => ({ type: 'notification.silent', at: at(seconds) });
const sms = { ordinal: 1, channel: 'SMS', address: '+14155550123', integration: 'phone' } as const;

describe('when it went', () => {
  it('all is over at once where the category expects nobody to open it', () =>
    expect(decided(facts(), ACCEPTED, 1).state.finished).toMatchObject({ state: 'COMPLETED', reason: 'ACCEPTED' }));

  it('somebody has a while to open it, counted from when it was taken', () => {
    const decision = decided(silence('RESEND', 1), ACCEPTED, 5);
    expect(decision.action).toMatchObject({ kind: 'wait', until: at(61) });
    expect(decision.plan.steps).toContainEqual(
      expect.objectContaining({ channel: 'EMAIL', reason: 'AWAITING_ENGAGEMENT' }),
    );
  });

  it('all is over as soon as somebody opens it', () =>
    expect(decided(silence('RESEND', 1), [...ACCEPTED, engaged(9)], 9).state.finished).toMatchObject({
      state: 'COMPLETED',
      reason: 'ENGAGED',
    }));

  it('all is over when it is canceled or its time ends, and completed: it did go', () => {
    const known = silence('RESEND', 1);
    for (const over of [{ canceled: true }, { expiresAt: at(30) }]) {
      expect(decided({ ...known, ...over }, ACCEPTED, 30).state.finished).toMatchObject({ state: 'COMPLETED' });
      // While more follows as well.
      const following = [...ACCEPTED, silent(20), started(21, { ordinal: 1 }), ended('failed', 22, { ordinal: 1 })];
      expect(decided({ ...known, ...over }, following, 30).state.finished).toMatchObject({ state: 'COMPLETED' });
    }
    expect(decided({ ...known, expiresAt: at(30) }, ACCEPTED, 5).action).toMatchObject({ until: at(30) });
  });

  it('routing goes on when it came back instead', () => {
    const bounced: HistoryEvent = { type: 'delivery.bounced', at: at(9), ordinal: 0, detail: null };
    expect(decided(silence('RESEND', 1), [...ACCEPTED, bounced], 9).action).toMatchObject({ channel: 'SMS' });
  });
});

describe('when nobody opened it, and the category says RESEND', () => {
  it('the same channel goes again, as a delivery of its own', () => {
    const decision = decided(silence('RESEND', 1), ACCEPTED, 61);
    expect(decision.events).toEqual([silent(61)]);
    expect(decision.action).toMatchObject({ kind: 'attempt', channel: 'EMAIL', ordinal: 1, number: 1 });
  });

  it('as often as it says, and is then completed', () => {
    const known = silence('RESEND', 1);
    const again = [...ACCEPTED, silent(61), started(61, { ordinal: 1 }), ended('accepted', 62, { ordinal: 1 })];
    expect(decided(known, again, 62).state.finished).toMatchObject({ state: 'COMPLETED', reason: 'ACCEPTED' });
    expect(decided(silence('RESEND', 2), again, 62).action).toMatchObject({ kind: 'wait', until: at(122) });
    expect(decided(silence('RESEND', 2), again, 122).action).toMatchObject({ channel: 'EMAIL', ordinal: 2 });
  });

  it('is completed, and nothing else goes, when the resend fails', () => {
    const failed = [...ACCEPTED, silent(61), started(61, { ordinal: 1 }), ended('rejected', 62, { ordinal: 1 })];
    expect(decided(silence('RESEND', 3), failed, 62).state.finished).toMatchObject({ state: 'COMPLETED' });
  });

  it('is completed also when nobody can know what became of the resend', () => {
    const known = silence('RESEND', 3, { category: { onAmbiguous: 'FAIL' } });
    const lost = [...ACCEPTED, silent(61), started(61, { ordinal: 1 }), ended('unknown', 62, { ordinal: 1 })];
    expect(decided(known, lost, 62).state.finished).toMatchObject({ state: 'COMPLETED', reason: 'ACCEPTED' });
  });

  it('an inbox is not filled twice: the next channel goes', () =>
    expect(decided(silence('RESEND', 1, { presence: ONLINE }), [placed(0), displayed(1)], 61).action).toMatchObject({
      kind: 'attempt',
      channel: 'EMAIL',
      ordinal: 1,
    }));
});

describe('when nobody opened it, and the category says NEXT_CHANNEL', () => {
  const known = silence('NEXT_CHANNEL', 3);
  const both = [...ACCEPTED, silent(61), started(61, sms), ended('accepted', 62, { ordinal: 1 })];

  it('the next one goes, and the first says why not', () => {
    const decision = decided(known, ACCEPTED, 61);
    expect(decision.action).toMatchObject({ kind: 'attempt', channel: 'SMS', ordinal: 1 });
    expect(decided(known, [...ACCEPTED, silent(61)], 61).plan.steps.map((step) => step.reason)).toEqual([
      'RECIPIENT_OFFLINE',
      'ACCEPTED',
      'SELECTED',
    ]);
  });

  it('the notification is completed when no channel is left, though more times were allowed', () => {
    expect(decided(known, both, 62).action).toMatchObject({ kind: 'wait', until: at(122) });
    const last = decided(known, both, 122);
    expect(last.events).toMatchObject([{ type: 'notification.silent' }, { type: 'notification.finished' }]);
    expect(last.state.finished).toMatchObject({ state: 'COMPLETED' });
  });

  it('an attempt that waited for its retry before goes on where it was', () => {
    const eager = silence('NEXT_CHANNEL', 1, { category: { failover: 'AT_ONCE' } });
    const history = [started(0), ended('failed', 1), started(1, sms), ended('accepted', 2, { ordinal: 1 })];
    expect(decided(eager, history, 62).action).toMatchObject({ channel: 'EMAIL', ordinal: 0, number: 2 });
  });
});

it('a person who did something with it completes it, though no delivery is known to have arrived', () => {
  const tried = [started(0), ended('failed', 1), engaged(2)];
  expect(decided(facts(), tried, 2).state.finished).toMatchObject({ state: 'COMPLETED', reason: 'ENGAGED' });
});

describe('whatever happens outside', () => {
  it('nothing more goes after it arrived, unless a silence has passed since', () =>
    everyAction(({ facts: known, action, decision: { state } }) => {
      for (const delivery of state.deliveries) {
        const other = known.traits[delivery.channel].everyAddress && delivery.channel === action.channel;
        if (isReached(delivery) && !other) expect(delivery.ordinal).toBeLessThan(state.passed);
      }
    }));

  it('nobody is nagged more often than the category says, and never without silence', () =>
    everyWalk(({ moments, history, state }) => {
      const policy = moments[0]?.facts.category.silence ?? null;
      const silences = history.filter((event) => event.type === 'notification.silent');
      expect(silences.length).toBe(state.silences);
      expect(silences.length).toBeLessThanOrEqual(policy?.times ?? 0);
      let before = NOTHING_YET;
      for (const event of history) {
        if (event.type === 'notification.silent') {
          const last = before.deliveries.findLast((one) => isReached(one) && one.ordinal >= before.passed);
          const reachedAt = last?.reachedAt?.getTime() ?? Infinity;
          expect(event.at.getTime() - reachedAt).toBeGreaterThanOrEqual(policy?.afterMs as number);
          expect(before.engaged).toBe(false);
        }
        before = evolve(before, event);
      }
    }));

  it('with RESEND it stays on its channel, unless that is the inbox', () =>
    everyAction(({ facts: known, action, decision: { state } }) => {
      if (known.category.silence?.then !== 'RESEND') return;
      const last = state.deliveries.findLast((one) => one.ordinal < state.passed && isReached(one));
      if (last && !known.traits[last.channel].inApp) expect(action.channel).toBe(last.channel);
    }));

  it('with NEXT_CHANNEL it never goes again where it arrived', () =>
    everyAction(({ facts: known, action, decision: { state } }) => {
      if (known.category.silence?.then === 'RESEND') return;
      // Devices get it one after the other, each once.
      const every = known.traits[action.channel].everyAddress;
      const reached = state.deliveries.filter((one) => isReached(one) && (!every || one.ordinal < state.passed));
      expect(reached.map((delivery) => delivery.channel)).not.toContain(action.channel);
    }));
});
