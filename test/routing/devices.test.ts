import { describe, expect, it } from 'vitest';
import { decide } from '../../src/routing/decide.js';
import { inOneLine, type Decision } from '../../src/routing/decision.js';
import { fold } from '../../src/routing/evolve.js';
import type { EndpointFact, Facts } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { endpoint, facts, integration } from '../support/arbitraries.js';
import { at, displayed, ended, placed, started } from './events.js';

function device(address: string, service: string | null = null): EndpointFact {
  return { ...endpoint('MOBILE_PUSH', address), service };
}

const apple = { ...integration('MOBILE_PUSH', 'apple'), service: 'apns' };
const google = { ...integration('MOBILE_PUSH', 'google'), service: 'fcm' };

/** Ana has a telephone of Apple's, a tablet of Google's, and e-mail. */
const ANA: Partial<Facts> = {
  endpoints: [device('iphone', 'apns'), device('tablet', 'fcm'), endpoint('EMAIL', 'ana@example.com')],
  integrations: [apple, google, integration('EMAIL', 'mail')],
  requestedChannels: ['MOBILE_PUSH', 'EMAIL'],
};

function decided(history: readonly HistoryEvent[], seconds: number, more: Parameters<typeof facts>[0] = {}): Decision {
  return decide(facts({ ...ANA, ...more }), fold(history), at(seconds));
}

const iphone = { channel: 'MOBILE_PUSH', address: 'iphone', integration: 'apple' } as const;
const tablet = { channel: 'MOBILE_PUSH', address: 'tablet', integration: 'google', ordinal: 1 } as const;
const IPHONE_HAS_IT = [started(0, iphone), ended('accepted', 1)];
const IPHONE_REFUSED = [started(0, iphone), ended('rejected', 1)];
const MISSED: HistoryEvent = { type: 'inbox.missed', at: at(5), ordinal: 0 };

describe('a push', () => {
  it('goes to every device, each through the provider that takes its token', () => {
    expect(decided([], 0).action).toMatchObject({ kind: 'attempt', ...iphone, ordinal: 0 });
    expect(decided(IPHONE_HAS_IT, 1).action).toMatchObject({ kind: 'attempt', ...tablet });
    const { state } = decided([...IPHONE_HAS_IT, started(1, tablet), ended('accepted', 2, { ordinal: 1 })], 2);
    expect(state.finished).toMatchObject({ state: 'COMPLETED', reason: 'ACCEPTED' });
  });

  it('that one device refused has arrived all the same when another took it', () => {
    expect(decided(IPHONE_REFUSED, 1).action).toMatchObject(tablet);
    const one = decided([...IPHONE_REFUSED, started(1, tablet), ended('accepted', 2, { ordinal: 1 })], 2);
    expect(one.state.finished).toMatchObject({ state: 'COMPLETED' });
    expect(inOneLine(one.plan.steps)).toBe('MOBILE_PUSH SEND ACCEPTED, EMAIL FALLBACK NEXT_IN_LINE');
  });

  it('that all devices refused goes to the next channel', () => {
    const history = [...IPHONE_REFUSED, started(1, tablet), ended('rejected', 2, { ordinal: 1 })];
    expect(decided(history, 2).action).toMatchObject({ kind: 'attempt', channel: 'EMAIL' });
  });

  it('waits for the device that is still to get it, without going anywhere else', () => {
    const history = [...IPHONE_HAS_IT, started(1, tablet), ended('failed', 2, { ordinal: 1 })];
    const waiting = decided(history, 2, { category: { failover: 'AT_ONCE' } });
    expect(waiting.action).toMatchObject({ kind: 'wait' });
    expect(decided(history, 60).action).toMatchObject({ kind: 'attempt', ...tablet, number: 2 });
  });

  it('of which nobody knows whether one device has it goes to the others before it is repeated', () => {
    const history = [started(0, iphone), ended('unknown', 1)];
    for (const onAmbiguous of ['RESEND', 'FAIL'] as const)
      expect(decided(history, 60, { category: { onAmbiguous } }).action).toMatchObject({ kind: 'attempt', ...tablet });
    const both = [...history, started(60, tablet), ended('accepted', 61, { ordinal: 1 })];
    expect(decided(both, 61, { category: { onAmbiguous: 'FAIL' } }).state.finished).toMatchObject({
      state: 'COMPLETED',
    });
  });

  it('goes to no further device when the person saw it in the app after all', () => {
    const app = { requestedChannels: ['INBOX', 'MOBILE_PUSH'] as const };
    const late = [placed(0), MISSED, started(5, { ...iphone, ordinal: 1 }), ended('accepted', 6, { ordinal: 1 })];
    expect(decided(late, 6, app).action).toMatchObject({ kind: 'attempt', address: 'tablet' });
    expect(decided([...late, displayed(6)], 6, app).state.finished).toMatchObject({ state: 'COMPLETED' });
  });

  it('that was canceled between two devices goes no further', () => {
    expect(decided(IPHONE_HAS_IT, 1, { canceled: true }).state.finished).toMatchObject({ state: 'COMPLETED' });
  });

  it('never goes to a provider that means another service by the token', () => {
    const { action, plan } = decided([], 0, { integrations: [apple, integration('EMAIL', 'mail')] });
    expect(action).toMatchObject({ kind: 'attempt', ...iphone });
    const only = decided([], 0, { endpoints: [device('tablet', 'fcm')], integrations: [apple] });
    expect(inOneLine(only.plan.steps)).toContain('MOBILE_PUSH SKIP TOKEN_NOT_CARRIED');
    expect(plan.steps[0]).toMatchObject({ decision: 'SEND' });
  });

  it('goes to devices whose service is not known through whatever there is', () => {
    expect(decided([], 0, { endpoints: [device('old')] }).action).toMatchObject({
      address: 'old',
      integration: 'apple',
    });
  });
});
