import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECHECK_MS } from '../../src/routing/candidates.js';
import { decide } from '../../src/routing/decide.js';
import { inOneLine, type Decision } from '../../src/routing/decision.js';
import { fold } from '../../src/routing/evolve.js';
import type { Facts, IntegrationFact } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { anyFacts, anyScript, facts, integration } from '../support/arbitraries.js';
import { at, ended, started } from './events.js';
import { everyWalk } from './every.js';

function mail(key: string, overrides: Partial<IntegrationFact> = {}): IntegrationFact {
  return { ...integration('EMAIL', key), ...overrides };
}

const phone = integration('SMS', 'phone');

function decided(known: Facts, history: readonly HistoryEvent[], seconds: number): Decision {
  return decide(known, fold(history), at(seconds));
}

function line({ plan }: Decision): string {
  return inOneLine(plan.steps.filter((step) => step.channel !== 'INBOX'));
}

/** The first provider for e-mail refused our credentials. */
const REFUSED = [started(0), ended('misconfigured', 1)];
const FAILED = [started(0), ended('failed', 1)];
const sms = { ordinal: 1, channel: 'SMS', address: '+14155550123', integration: 'phone' } as const;
const SMS_FAILED = [started(2, sms), ended('failed', 3, { ordinal: 1 })];

describe('a provider that refuses our credentials', () => {
  const alone = facts({ integrations: [mail('mail')] });

  it('leaves the channel to the others at once', () => {
    const known = facts({ integrations: [mail('mail'), mail('other'), phone] });
    expect(decided(known, REFUSED, 1).action).toMatchObject({
      kind: 'attempt',
      channel: 'EMAIL',
      integration: 'other',
    });
  });

  it('without others, lets the next channel go, whatever the category says of failures', () => {
    const decision = decided(facts(), REFUSED, 1);
    expect(decision.action).toMatchObject({ kind: 'attempt', channel: 'SMS' });
    expect(line(decision)).toBe('EMAIL HOLD MISCONFIGURED, SMS SEND SELECTED');
  });

  it('is waited for when nothing else can go', () => {
    const decision = decided(alone, REFUSED, 2);
    expect(line(decision)).toBe('EMAIL HOLD MISCONFIGURED, SMS SKIP NO_INTEGRATION');
    expect(decision.action).toMatchObject({ kind: 'wait', integration: 'mail' });
    const { until } = decision.action as { until: Date };
    expect(until.getTime()).toBeGreaterThanOrEqual(at(1).getTime() + RECHECK_MS);
    expect(decide(alone, fold(REFUSED), until).action).toMatchObject({ kind: 'attempt', number: 2 });
  });

  it('is tried as soon as its settings are others', () => {
    const fixed = facts({ integrations: [mail('mail', { configuredAt: at(30) })] });
    expect(decided(fixed, REFUSED, 30).action).toMatchObject({ kind: 'attempt', integration: 'mail', number: 2 });
  });

  it('is given up, and says so, when the time for giving up is over, however far the next look would be', () => {
    const known = facts({
      integrations: [mail('mail')],
      category: { retry: { ...facts().category.retry, giveUpAfterMs: 8_000 } },
    });
    expect(decided(known, REFUSED, 2).action).toMatchObject({ kind: 'wait', until: at(8) });
    const over = decided(known, REFUSED, 8);
    expect(over.state.finished).toMatchObject({ state: 'FAILED', reason: 'ALL_CHANNELS_FAILED' });
    expect(line(over)).toBe('EMAIL SKIP MISCONFIGURED, SMS SKIP NO_INTEGRATION');
  });

  it('costs none of the attempts that the policy allows', () => {
    const known = facts({ category: { retry: { ...facts().category.retry, maxAttempts: 1 } } });
    const fixed = { ...known, integrations: [mail('mail', { configuredAt: at(30) }), phone] };
    expect(decided(fixed, REFUSED, 30).action).toMatchObject({ channel: 'EMAIL', number: 2 });
  });

  it('does not hold up what failed elsewhere: the earliest time counts', () => {
    const decision = decided(facts(), [...REFUSED, ...SMS_FAILED], 4);
    expect(line(decision)).toBe('EMAIL HOLD MISCONFIGURED, SMS HOLD RETRY_LATER');
    const { until } = decision.action as { until: Date };
    expect(until.getTime()).toBeLessThan(at(20).getTime());
  });
});

describe('a provider that nobody may call', () => {
  const blocked = (reason: 'CIRCUIT_OPEN' | 'MISCONFIGURED' | 'PROVIDER_PAUSED', seconds = 40) =>
    mail('mail', { blocked: { until: at(seconds), reason } });

  it.each(['CIRCUIT_OPEN', 'MISCONFIGURED', 'PROVIDER_PAUSED'] as const)('gives way to the others: %s', (reason) => {
    const known = facts({ integrations: [blocked(reason), mail('other'), phone] });
    expect(decided(known, [], 0).action).toMatchObject({ kind: 'attempt', integration: 'other' });
  });

  it.each(['CIRCUIT_OPEN', 'PROVIDER_PAUSED'] as const)('is waited for without others: %s', (reason) => {
    const decision = decided(facts({ integrations: [blocked(reason), phone] }), [], 0);
    expect(decision.action).toMatchObject({ kind: 'wait', integration: 'mail' });
    expect(line(decision)).toBe(`EMAIL HOLD ${reason}, SMS FALLBACK NEXT_IN_LINE`);
    const { until } = decision.action as { until: Date };
    expect(until.getTime()).toBeGreaterThanOrEqual(at(40).getTime());
  });

  it('is not waited for when it refuses our credentials, or when the category fails over at once', () => {
    const refusing = facts({ integrations: [blocked('MISCONFIGURED'), phone] });
    expect(decided(refusing, [], 0).action).toMatchObject({ channel: 'SMS' });
    const open = facts({ integrations: [blocked('CIRCUIT_OPEN'), phone], category: { failover: 'AT_ONCE' } });
    expect(decided(open, [], 0).action).toMatchObject({ channel: 'SMS' });
  });

  it('for longer than the policy waits makes it a failure, not somebody who cannot be reached', () => {
    const known = facts({ integrations: [blocked('CIRCUIT_OPEN', 7_200)] });
    const decision = decided(known, [], 0);
    expect(decision.state.finished).toMatchObject({ state: 'FAILED', reason: 'ALL_CHANNELS_FAILED' });
    expect(line(decision)).toBe('EMAIL SKIP RETRIES_EXHAUSTED (mail CIRCUIT_OPEN), SMS SKIP NO_INTEGRATION');
  });

  it('does not end what has stood in a line for longer than the policy waits', () => {
    const known = facts({ integrations: [blocked('CIRCUIT_OPEN', 7_210)] });
    const stood: HistoryEvent = { type: 'notification.throttled', at: at(0), integration: 'mail', until: at(7_200) };
    expect(decided(known, [stood], 7_200).action).toMatchObject({ kind: 'wait', integration: 'mail' });
  });
});

it('a line for another channel does not put off the time for giving this one up', () => {
  const retry = { ...facts().category.retry, giveUpAfterMs: 8_000 };
  const known = facts({ category: { retry } });
  const stood: HistoryEvent = { type: 'notification.throttled', at: at(2), integration: 'phone', until: at(7_200) };
  expect(decided(known, [...REFUSED, stood], 4).action).toMatchObject({ kind: 'wait', until: at(8) });
  expect(decided(known, [...REFUSED, stood], 8).action).toMatchObject({ kind: 'wait', until: at(7_200) });
});

describe('failover AT_ONCE', () => {
  const eager = facts({ category: { failover: 'AT_ONCE' } });

  it('lets the next channel go while the first waits for its retry', () => {
    const decision = decided(eager, FAILED, 1);
    expect(decision.action).toMatchObject({ kind: 'attempt', channel: 'SMS', ordinal: 1 });
    expect(line(decision)).toBe('EMAIL HOLD RETRY_LATER, SMS SEND SELECTED');
    expect(decided(facts(), FAILED, 1).action).toMatchObject({ kind: 'wait' });
  });

  it('waits for the earliest when every channel waits', () => {
    const named = [started(0), ended('rate_limited', 1, { retryAt: at(600) })];
    const decision = decided(eager, [...named, ...SMS_FAILED], 4);
    const { until } = decision.action as { until: Date };
    expect(until.getTime()).toBeLessThan(at(20).getTime());
    expect(decide(eager, fold([...named, ...SMS_FAILED]), until).action).toMatchObject({ channel: 'SMS', number: 2 });
  });

  it('tries what waited again when the other one came back after all', () => {
    const taken = [started(1, sms), ended('accepted', 2, { ordinal: 1 })];
    const over = decided(eager, [...FAILED, ...taken], 2);
    const history = [...FAILED, ...taken, ...over.events];
    const bounced: HistoryEvent = { type: 'delivery.bounced', at: at(90), ordinal: 1, detail: null };
    expect(decided(eager, [...history, bounced], 90).action).toMatchObject({ channel: 'EMAIL', ordinal: 0, number: 2 });
  });
});

describe('a limit that is used up', () => {
  const eager = facts({ integrations: [mail('mail'), mail('other'), phone], category: { failover: 'AT_ONCE' } });
  const throttled: HistoryEvent = { type: 'notification.throttled', at: at(0), integration: 'mail', until: at(9) };

  it('is waited for, and neither another provider nor another channel goes', () => {
    const decision = decided(eager, [throttled], 1);
    expect(decision.action).toEqual({ kind: 'wait', until: at(9), integration: null });
    expect(line(decision)).toBe('EMAIL HOLD THROTTLED, SMS FALLBACK NEXT_IN_LINE');
    expect(decided(eager, [throttled], 9).action).toMatchObject({ integration: 'mail' });
  });

  it('of calls at once is waited for likewise', () => {
    const full = { ...eager, integrations: [mail('mail', { fullUntil: at(5) }), mail('other'), phone] };
    expect(decided(full, [], 1).action).toEqual({ kind: 'wait', until: at(5), integration: 'mail' });
  });

  it('of one does not matter to those that go through another', () => {
    const blocked = { blocked: { until: at(50), reason: 'CIRCUIT_OPEN' } } as const;
    const known = { ...eager, integrations: [mail('mail', blocked), mail('other'), phone] };
    expect(decided(known, [throttled], 1).action).toMatchObject({ integration: 'other' });
  });

  it('makes nobody go elsewhere or early, in worlds that stand still', () => {
    const still = anyFacts.map((known) => ({
      ...known,
      // While one device waits for its turn, another one may have its own.
      endpoints: known.endpoints.filter((one) => !known.traits[one.channel].everyAddress),
      category: { ...known.category, failover: 'AFTER_RETRIES' as const, silence: null },
      integrations: known.integrations.map((one) => ({
        ...one,
        blocked: null,
        fullUntil: null,
        configuredAt: new Date(0),
      })),
    }));
    const moving = new Set(['misconfigured', 'failed late', 'accepted late', 'reported late']);
    const quiet = anyScript.map((script) => ({
      ...script,
      turns: [],
      buriedAfterMs: null,
      endings: script.endings.map((one) => (moving.has(one.kind) ? { ...one, kind: 'failed' as const } : one)),
      denials: script.denials.map((one) => one && { ...one, kind: 'rate' as const }),
    }));
    everyWalk(
      ({ history }) => {
        history.forEach((event, index) => {
          if (event.type !== 'notification.throttled') return;
          const next = history.slice(index + 1).find(({ type }) => type === event.type || type === 'attempt.started');
          if (next?.type !== 'attempt.started' && next?.type !== 'notification.throttled') return;
          expect(next.integration).toBe(event.integration);
          expect(next.at.getTime()).toBeGreaterThanOrEqual(event.until.getTime());
        });
      },
      fc.tuple(still, quiet),
    );
  });
});
