import { describe, expect, it } from 'vitest';
import { nextOnChannel, reasonOf, type Candidate } from '../../src/routing/candidates.js';
import { fold } from '../../src/routing/evolve.js';
import type { DeliveryView } from '../../src/routing/state.js';
import type { Facts } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { endpoint, facts, integration } from '../support/arbitraries.js';
import { at, ended, started } from './events.js';

const two = facts({ integrations: [integration('EMAIL', 'first'), integration('EMAIL', 'second')] });

function next(known: Facts, history: readonly HistoryEvent[], seconds: number): Candidate {
  return nextOnChannel(known, fold(history), 'EMAIL', at(seconds));
}

/** Attempts that failed, one a second: `tries('first', 'second')`. */
function tries(...integrations: string[]): HistoryEvent[] {
  return integrations.flatMap((one, nth) => [
    started(nth, { number: nth + 1, integration: one }),
    ended('failed', nth + 0.5, { number: nth + 1 }),
  ]);
}

describe('the provider', () => {
  it('is the preferred one at first', () =>
    expect(next(two, [], 0)).toEqual({
      kind: 'attempt',
      ordinal: 0,
      number: 1,
      address: 'ana@example.com',
      integration: 'first',
    }));

  it('is another one, at once, after a failure', () =>
    expect(next(two, tries('first'), 1)).toMatchObject({ kind: 'attempt', number: 2, integration: 'second' }));

  it('is the first again, after its own pause, when all have failed', () => {
    const candidate = next(two, tries('first', 'second'), 2);
    expect(candidate).toMatchObject({ kind: 'wait' });
    const until = (candidate as { until: Date }).until;
    expect(until.getTime()).toBeGreaterThanOrEqual(at(0.5 + 7.5).getTime());
    expect(until.getTime()).toBeLessThanOrEqual(at(0.5 + 12.5).getTime());
    const later = nextOnChannel(two, fold(tries('first', 'second')), 'EMAIL', until);
    expect(later).toMatchObject({ kind: 'attempt', number: 3, integration: 'first' });
  });

  it('is not one that asked to be left alone, as long as another one is there', () => {
    const busy = [
      started(0, { integration: 'first' }),
      ended('rate_limited', 0.5, { retryAt: at(3_000) }),
      ...tries('second', 'second').map((event) => ({ ...event, number: 'number' in event ? event.number + 1 : 0 })),
    ] as HistoryEvent[];
    const known = facts({ ...two, category: { retry: { ...two.category.retry, maxAttempts: 9 } } });
    const candidate = next(known, busy, 2) as { kind: string; until: Date };
    expect(candidate.kind).toBe('wait');
    expect(candidate.until.getTime()).toBeLessThan(at(60).getTime());
    expect(nextOnChannel(known, fold(busy), 'EMAIL', candidate.until)).toMatchObject({ integration: 'second' });
  });

  it('is waited for when it is the only one and named a time', () => {
    const history = [started(0), ended('rate_limited', 1, { retryAt: at(300) })];
    expect(next(facts(), history, 2)).toEqual({
      kind: 'wait',
      until: at(300),
      reason: 'RETRY_LATER',
      integration: 'mail',
      held: false,
    });
  });

  it('is not one that refused our credentials; the others do not pay for it', () => {
    const history = [started(0, { integration: 'first' }), ended('misconfigured', 0.5)];
    expect(next(two, history, 1)).toMatchObject({ kind: 'attempt', number: 2, integration: 'second' });
    const one = facts({ ...two, category: { retry: { ...two.category.retry, maxAttempts: 1 } } });
    expect(next(one, history, 1)).toMatchObject({ kind: 'attempt', integration: 'second' });
  });
});

describe('an address is given up', () => {
  const gaveUp = (reason: string) => ({ kind: 'exhausted', gaveUp: { ordinal: 0, reason }, reason });

  it('after as many attempts as the policy allows', () =>
    expect(next(two, tries('first', 'second', 'first'), 40)).toEqual(gaveUp('RETRIES_EXHAUSTED')));

  it('when the next attempt would come too late', () => {
    const history = [started(0), ended('rate_limited', 1, { retryAt: at(3_601) })];
    expect(next(facts(), history, 2)).toEqual(gaveUp('RETRIES_EXHAUSTED'));
  });

  it('when no provider has taken our credentials until the time for giving up', () => {
    const history = [started(0), ended('misconfigured', 1)];
    const known = facts({ category: { retry: { ...facts().category.retry, giveUpAfterMs: 8_000 } } });
    // New settings may end it at any time, so it is not given up before.
    expect(next(known, history, 2)).toMatchObject({ kind: 'wait', until: at(8), reason: 'MISCONFIGURED' });
    expect(next(known, history, 8)).toEqual(gaveUp('MISCONFIGURED'));
  });

  it('and then the next address goes, dead ones left out', () => {
    const addresses = [
      endpoint('EMAIL', 'ana@example.com'),
      endpoint('EMAIL', 'old@', true),
      endpoint('EMAIL', 'ana@b'),
    ];
    const known = facts({ endpoints: addresses });
    expect(next(known, [started(0), ended('rejected', 1)], 2)).toMatchObject({
      ordinal: 1,
      number: 1,
      address: 'ana@b',
    });
    const both = [started(0), ended('rejected', 1), started(2, { ordinal: 1, address: 'ana@b' })];
    expect(next(known, [...both, ended('rejected', 3, { ordinal: 1 })], 4)).toEqual({
      kind: 'exhausted',
      gaveUp: null,
      reason: 'PROVIDER_REJECTED',
    });
  });
});

it('a reason that this version does not know is still one that it can tell', () => {
  const [delivery] = fold([
    started(0),
    { type: 'delivery.gave_up', at: at(1), ordinal: 0, reason: 'A_REASON_OF_TOMORROW' },
  ]).deliveries;
  expect(reasonOf(delivery as DeliveryView)).toBe('PROVIDER_REJECTED');
});
