import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/routing/decide.js';
import type { Decision } from '../../src/routing/decision.js';
import { fold } from '../../src/routing/evolve.js';
import { isReached, type DeliveryView, type State } from '../../src/routing/state.js';
import type { Facts, Settling } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { LOOKUP_PAUSES_MS, REPORT_WAIT_MS, REPORT_WAIT_SECURITY_MS } from '../../src/routing/settle.js';
import { facts, integration } from '../support/arbitraries.js';
import { at, ended, engaged, lostAttempt, started } from './events.js';
import { everyAction, everyWalk } from './every.js';

/** E-mail through `mail`, whose lost answers settle like this, or through `other`; then SMS. Nobody resends by guess. */
function settling(how: Partial<Settling>, category: Partial<Facts['category']> = {}): Facts {
  const mail = { ...integration('EMAIL', 'mail'), settling: { keyMs: null, lookup: false, reports: false, ...how } };
  return facts({
    integrations: [mail, integration('EMAIL', 'other'), integration('SMS', 'phone')],
    category: { onAmbiguous: 'FAIL', ...category },
  });
}

function decided(known: Facts, history: readonly HistoryEvent[], seconds: number): Decision {
  return decide(known, fold(history), at(seconds));
}

const LOST = lostAttempt(0, 1);

describe('a provider that knows us by a key', () => {
  const keyed = settling({ keyMs: 600_000 });

  it('gets the same message again, and no other provider does', () => {
    const waiting = decided(keyed, LOST, 1);
    expect(waiting.plan.steps).toContainEqual(expect.objectContaining({ channel: 'EMAIL', reason: 'RETRY_LATER' }));
    expect(waiting.action).toMatchObject({ kind: 'wait', integration: 'mail' });
    expect(decided(keyed, LOST, 20).action).toMatchObject({ kind: 'attempt', integration: 'mail', number: 2 });
  });

  it('gets it again after a repetition failed: the first one may have been taken', () => {
    const history = [...LOST, started(20, { number: 2 }), ended('failed', 21, { number: 2 })];
    expect(decided(keyed, history, 90).action).toMatchObject({ kind: 'attempt', integration: 'mail', number: 3 });
  });

  it('may lose answers as often as the policy allows attempts', () => {
    const history = [...LOST, ...lostAttempt(20, 2)];
    expect(decided(keyed, history, 90).action).toMatchObject({ kind: 'attempt', integration: 'mail', number: 3 });
    const last = decided(keyed, [...history, ...lostAttempt(90, 3)], 200);
    expect(last.state.finished).toMatchObject({ state: 'FAILED', reason: 'AMBIGUOUS' });
  });

  it('is a guess like every other once it has forgotten', () => {
    expect(decided(keyed, LOST, 600).state.finished).toMatchObject({ reason: 'AMBIGUOUS' });
    const resend = settling({ keyMs: 600_000 }, { onAmbiguous: 'RESEND' });
    expect(decided(resend, LOST, 600).action).toMatchObject({ kind: 'attempt', integration: 'other' });
  });

  it('is waited for, though the next channel might go at once', () => {
    const eager = settling({ keyMs: 600_000 }, { failover: 'AT_ONCE', onAmbiguous: 'RESEND' });
    expect(decided(eager, LOST, 1).action).toMatchObject({ kind: 'wait', integration: 'mail' });
  });

  it('does not make another channel safe when the person does not want this one any more', () => {
    const unwanted = { ...keyed, optOuts: new Set(['EMAIL'] as const) };
    expect(decided(unwanted, LOST, 20).state.finished).toMatchObject({ state: 'FAILED', reason: 'AMBIGUOUS' });
  });
});

describe('a provider that can be asked', () => {
  const asked = settling({ lookup: true });
  const looked = (count: number): HistoryEvent[] => [
    ...LOST,
    ...Array.from({ length: count }, (): HistoryEvent => ({
      type: 'attempt.looked_up',
      at: at(9),
      ordinal: 0,
      number: 1,
      detail: null,
    })),
  ];

  it.each([0, 1, 2])('is asked after a pause, %d times in vain before', (count) => {
    const due = 1 + (LOOKUP_PAUSES_MS[count] as number) / 1000;
    const waiting = decided(asked, looked(count), due - 0.5);
    expect(waiting.action).toEqual({ kind: 'wait', until: at(due), integration: null });
    expect(waiting.plan.steps).toContainEqual(expect.objectContaining({ channel: 'EMAIL', reason: 'SETTLING' }));
    expect(decided(asked, looked(count), due).action).toEqual({
      kind: 'lookup',
      ordinal: 0,
      number: 1,
      channel: 'EMAIL',
      address: 'ana@example.com',
      integration: 'mail',
      since: at(0),
    });
  });

  it('is believed: taken, it is done; not taken, it is tried again', () => {
    expect(decided(asked, [...looked(1), ended('accepted', 16)], 16).state.finished).toMatchObject({
      state: 'COMPLETED',
    });
    expect(decided(asked, [...looked(1), ended('failed', 16)], 16).action).toMatchObject({ integration: 'other' });
  });

  it('that never can say leaves a guess', () =>
    expect(decided(asked, looked(3), 61).state.finished).toMatchObject({ reason: 'AMBIGUOUS' }));
});

describe('a provider that reports', () => {
  const reporting = settling({ reports: true });
  const end = 1 + REPORT_WAIT_MS / 1000;

  it('has a while to do so', () => {
    expect(decided(reporting, LOST, 5).action).toMatchObject({ kind: 'wait', until: at(end) });
    expect(decided(reporting, LOST, end).state.finished).toMatchObject({ reason: 'AMBIGUOUS' });
  });

  it('has little time where a code is waited for', () => {
    const { category } = reporting;
    const urgent = { ...reporting, category: { ...category, class: 'SECURITY' as const } };
    const until = at(1 + REPORT_WAIT_SECURITY_MS / 1000);
    expect(decided(urgent, LOST, 2).action).toMatchObject({ kind: 'wait', until });
  });

  it('settles it', () => {
    const report: HistoryEvent = { type: 'delivery.delivered', at: at(30), ordinal: 0 };
    expect(decided(reporting, [...LOST, report], 30).state.finished).toMatchObject({ state: 'COMPLETED' });
  });

  it('ends the waiting for a cancel, an expiry, or a person who opened it', () => {
    expect(decided({ ...reporting, canceled: true }, LOST, 5).state.finished).toMatchObject({ state: 'CANCELED' });
    expect(decided({ ...reporting, expiresAt: at(5) }, LOST, 5).state.finished).toMatchObject({ state: 'EXPIRED' });
    expect(decided(reporting, [...LOST, engaged(4)], 5).state.finished).toMatchObject({
      state: 'COMPLETED',
      reason: 'ENGAGED',
    });
  });
});

/**
 * Attempts of a delivery gathered into messages: what went to one integration under its key, while it remembered, is one.
 * Answers those that may have been taken though nobody knows, with the integration that could still repeat each.
 */
function openMessages(delivery: DeliveryView, known: Facts, now: Date): (string | null)[] {
  interface Message {
    integration: string;
    until: number;
    isOpen: boolean;
  }
  const messages: Message[] = [];
  for (const attempt of delivery.attempts) {
    const { integration: key } = attempt;
    const first = delivery.attempts.find((one) => one.integration === key) ?? attempt;
    const keyMs = known.integrations.find((one) => one.key === key)?.settling.keyMs ?? null;
    const last = messages.at(-1);
    const isSame = last?.isOpen === true && last.integration === key && attempt.startedAt.getTime() < last.until;
    const until = keyMs === null ? 0 : first.startedAt.getTime() + keyMs;
    const isOpen = attempt.end === 'unknown';
    if (!isSame) messages.push({ integration: key, until, isOpen });
    else if (attempt.end === 'accepted' || attempt.end === 'rejected') last.isOpen = false;
  }
  return messages
    .map((one, nth) => ({ ...one, isLast: nth === messages.length - 1 }))
    .filter((one) => one.isOpen)
    .map((one) => (one.isLast && now.getTime() < one.until ? one.integration : null));
}

/** Further messages that could make a person get it twice, if this delivery went on through this integration. */
function doubles(state: State, known: Facts, now: Date, ordinal: number, through: string | null): number {
  const counts = state.deliveries.map((delivery) => {
    if (delivery.state === 'BOUNCED') return 0;
    const open = openMessages(delivery, known, now);
    const goesOn = delivery.ordinal === ordinal && through !== null && open.includes(through) ? 1 : 0;
    const arrived = isReached(delivery) && delivery.attempts.every((attempt) => attempt.end !== 'accepted') ? 1 : 0;
    return Math.max(0, open.length - goesOn - arrived);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('whatever happens outside', () => {
  it('after nobody could know, a further message goes once where the category says so, else never', () =>
    everyAction(({ facts: known, now, action, decision: { state } }) => {
      const through = action.kind === 'attempt' ? action.integration : null;
      // A device that nothing was tried at doubles nothing of the person's other ones.
      const begun = state.deliveries.some((one) => one.ordinal === action.ordinal);
      const anew = known.traits[action.channel].everyAddress && !begun;
      const deliveries = state.deliveries.filter((one) => !anew || one.channel !== action.channel);
      const count = doubles({ ...state, deliveries }, known, now, action.ordinal, through);
      expect(count).toBeLessThanOrEqual(known.category.onAmbiguous === 'RESEND' ? 1 : 0);
    }));

  it('what one provider can repeat safely goes through no other on its address', () =>
    everyAction(({ facts: known, now, action, decision: { state } }) => {
      const delivery = state.deliveries.find((one) => one.ordinal === action.ordinal);
      if (action.kind !== 'attempt' || !delivery) return;
      const enabled = new Set(known.integrations.filter((one) => one.enabled).map((one) => one.key));
      const holder = openMessages(delivery, known, now).find((key) => key !== null && enabled.has(key));
      if (holder) expect(action.integration).toBe(holder);
    }));

  it('providers are asked about unknown attempts alone, if they can be asked, and at most as often as there are pauses', () =>
    everyWalk(({ moments }) => {
      for (const { facts: known, now, decision } of moments) {
        const { action, state } = decision;
        if (action.kind !== 'lookup') continue;
        const attempt = state.deliveries[action.ordinal]?.attempts.find((one) => one.number === action.number);
        expect(attempt).toMatchObject({ end: 'unknown', integration: action.integration });
        expect(known.integrations.find((one) => one.key === action.integration)?.settling.lookup).toBe(true);
        const pause = LOOKUP_PAUSES_MS[attempt?.lookups ?? 0] ?? Infinity;
        expect(now.getTime()).toBeGreaterThanOrEqual((attempt?.endedAt?.getTime() ?? Infinity) + pause);
      }
    }));

  it('a wait for news of an attempt is no longer than a report takes', () =>
    everyWalk(({ moments }) => {
      for (const { now, decision } of moments) {
        const isSettling = decision.plan.steps.some((step) => step.reason === 'SETTLING');
        if (isSettling && decision.action.kind === 'wait')
          expect(decision.action.until.getTime() - now.getTime()).toBeLessThanOrEqual(REPORT_WAIT_MS);
      }
    }));

  it('the order of attempts and answers never makes the count of guesses negative', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('failed', 'unknown', 'accepted', 'rejected'), { maxLength: 6 }), (ends) => {
        const history = ends.flatMap((end, nth) => [
          started(nth, { number: nth + 1 }),
          ended(end, nth + 0.5, { number: nth + 1 }),
        ]);
        const known = settling({}, { onAmbiguous: 'RESEND' });
        const { finished } = decided(known, history, 10).state;
        const taken = ends.includes('accepted');
        if (taken) expect(finished).toMatchObject({ state: 'COMPLETED' });
        else if (ends.filter((end) => end === 'unknown').length > 1 && !ends.includes('rejected'))
          expect(finished).toMatchObject({ state: 'FAILED', reason: 'AMBIGUOUS' });
      }),
    ));
});
