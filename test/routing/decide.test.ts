import { describe, expect, it } from 'vitest';
import { decide } from '../../src/routing/decide.js';
import { inOneLine, type Decision } from '../../src/routing/decision.js';
import { fold } from '../../src/routing/evolve.js';
import type { Facts } from '../../src/routing/facts.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { endpoint, facts, integration, ONLINE } from '../support/arbitraries.js';
import { at, displayed, ended, finished, placed, started } from './events.js';

/** What is decided for these facts and this history, `seconds` after noon. */
function decided(known: Facts, history: readonly HistoryEvent[] = [], seconds = 0): Decision {
  return decide(known, fold(history), at(seconds));
}

function line(decision: Decision): string {
  return `${decision.plan.outcome}: ${inOneLine(decision.plan.steps)}`;
}

const FIRST_FAILED = [started(0), ended('failed', 1)];

describe('at first', () => {
  it('an inbox that is looked at is tried before everything else', () => {
    const decision = decided(facts({ presence: ONLINE }));
    expect(decision.action).toEqual({ kind: 'place', ordinal: 0, channel: 'INBOX', ackBy: at(5) });
    expect(line(decision)).toBe('SEND: INBOX SEND SELECTED, EMAIL FALLBACK NEXT_IN_LINE, SMS FALLBACK NEXT_IN_LINE');
  });

  it('an inbox that nobody looks at is passed over', () => {
    const decision = decided(facts());
    expect(decision.action).toEqual({
      kind: 'attempt',
      ordinal: 0,
      number: 1,
      channel: 'EMAIL',
      address: 'ana@example.com',
      integration: 'mail',
    });
    expect(line(decision)).toBe('SEND: INBOX SKIP RECIPIENT_OFFLINE, EMAIL SEND SELECTED, SMS FALLBACK NEXT_IN_LINE');
  });

  it.each<[string, Facts, string]>([
    ['no address', facts({ endpoints: [endpoint('SMS', '+14155550123')] }), 'EMAIL SKIP NO_ENDPOINT'],
    ['a dead address', facts({ endpoints: [endpoint('EMAIL', 'ana@', true)] }), 'EMAIL SKIP ENDPOINT_RETIRED'],
    ['no provider', facts({ integrations: [integration('SMS', 'phone')] }), 'EMAIL SKIP NO_INTEGRATION'],
    [
      'a provider that is switched off',
      facts({ integrations: [integration('EMAIL', 'mail', false)] }),
      'EMAIL SKIP INTEGRATION_DISABLED',
    ],
    ['an opt-out', facts({ optOuts: new Set(['EMAIL']) }), 'EMAIL SKIP CATEGORY_OPT_OUT'],
  ])('a channel with %s is left out and says so', (_name, known, step) => {
    expect(line(decided(known))).toContain(step);
  });

  it('the channels of the caller come before those of the category', () => {
    const decision = decided(facts({ requestedChannels: ['SMS', 'EMAIL', 'SMS'] }));
    expect(line(decision)).toBe('SEND: SMS SEND SELECTED, EMAIL FALLBACK NEXT_IN_LINE');
  });

  it('reasons are sentences', () => {
    const { steps } = decided(facts({ endpoints: [] })).plan;
    expect(steps.map((step) => step.explanation)).toEqual([
      'the person is not online',
      'the person has no e-mail address',
      'the person has no phone number',
    ]);
  });
});

describe('a notification ends', () => {
  const end = (decision: Decision) => [decision.state.finished?.state, decision.state.finished?.reason];

  it('COMPLETED when a provider took it', () =>
    expect(end(decided(facts(), [started(0), ended('accepted', 1)], 1))).toEqual(['COMPLETED', 'ACCEPTED']));

  it('COMPLETED when it was shown', () =>
    expect(end(decided(facts({ presence: ONLINE }), [placed(0), displayed(2)], 2))).toEqual([
      'COMPLETED',
      'DISPLAYED',
    ]));

  it('SUPPRESSED when the person wants it nowhere', () =>
    expect(end(decided(facts({ optOuts: new Set(['INBOX', 'EMAIL', 'SMS']) })))).toEqual(['SUPPRESSED', 'OPTED_OUT']));

  it('UNROUTABLE when nothing can reach the person', () =>
    expect(end(decided(facts({ endpoints: [] })))).toEqual(['UNROUTABLE', 'ALL_CHANNELS_SKIPPED']));

  it('UNROUTABLE also when what is switched off could not reach the person anyway', () =>
    expect(end(decided(facts({ endpoints: [], optOuts: new Set(['EMAIL']) })))).toEqual([
      'UNROUTABLE',
      'ALL_CHANNELS_SKIPPED',
    ]));

  it('FAILED when every channel failed', () => {
    const sms = { ordinal: 1, channel: 'SMS', address: '+14155550123', integration: 'phone' } as const;
    const history = [started(0), ended('rejected', 1), started(1, sms), ended('rejected', 2, { ordinal: 1 })];
    const decision = decided(facts(), history, 2);
    expect(end(decision)).toEqual(['FAILED', 'ALL_CHANNELS_FAILED']);
    expect(line(decision)).toBe(
      'FAILED: INBOX SKIP RECIPIENT_OFFLINE, EMAIL SKIP PROVIDER_REJECTED, SMS SKIP PROVIDER_REJECTED',
    );
  });

  it('FAILED when nobody can know and the category does not resend', () =>
    expect(end(decided(facts({ category: { onAmbiguous: 'FAIL' } }), [started(0), ended('unknown', 10)], 10))).toEqual([
      'FAILED',
      'AMBIGUOUS',
    ]));

  it('EXPIRED when its time is over, though an attempt might still help', () =>
    expect(end(decided(facts({ expiresAt: at(30) }), FIRST_FAILED, 30))).toEqual(['EXPIRED', 'EXPIRED']));

  it('CANCELED when the sender takes it back', () =>
    expect(end(decided(facts({ canceled: true }), FIRST_FAILED, 2))).toEqual(['CANCELED', 'CANCELED']));

  it('COMPLETED all the same when it had arrived before the cancel', () =>
    expect(end(decided(facts({ canceled: true }), [started(0), ended('accepted', 1)], 2))).toEqual([
      'COMPLETED',
      'ACCEPTED',
    ]));

  it('and says on every channel that was left why it did not go there, at once and whenever somebody asks', () => {
    const known = facts({ canceled: true });
    const decision = decided(known, FIRST_FAILED, 2);
    const lines = 'CANCELED: INBOX SKIP RECIPIENT_OFFLINE, EMAIL SKIP CANCELED, SMS SKIP CANCELED';
    expect(line(decision)).toBe(lines);
    expect(line(decided(known, [...FIRST_FAILED, ...decision.events], 90))).toBe(lines);
  });

  it('but what was not needed any more stays in reserve', () => {
    const decision = decided(facts(), [started(0), ended('accepted', 1)], 1);
    expect(line(decision)).toBe(
      'COMPLETED: INBOX SKIP RECIPIENT_OFFLINE, EMAIL SEND ACCEPTED, SMS FALLBACK NEXT_IN_LINE',
    );
  });

  it('and then rests', () =>
    expect(decided(facts(), [finished('FAILED', 'ALL_CHANNELS_FAILED')], 90)).toMatchObject({
      events: [],
      action: { kind: 'rest' },
      plan: { outcome: 'FAILED' },
    }));
});

describe('a notification waits', () => {
  const until = (decision: Decision) =>
    decision.action.kind === 'wait' ? decision.action.until : decision.action.kind;

  it('for the time that the sender named, and says so once', () => {
    const known = facts({ sendAt: at(600) });
    const first = decided(known);
    expect(until(first)).toEqual(at(600));
    expect(first.plan).toMatchObject({ outcome: 'HOLD', sendAt: at(600) });
    expect(first.events).toEqual([{ type: 'notification.held', at: at(0), until: at(600), reason: 'SCHEDULED' }]);
    expect(decide(known, first.state, at(1)).events).toEqual([]);
    expect(decide(known, first.state, at(600)).action.kind).toBe('attempt');
  });

  it('for an attempt that runs, until its lease ends', () =>
    expect(until(decided(facts(), [started(0)], 3))).toEqual(at(20)));

  it('for a display, until the person had time to look', () =>
    expect(until(decided(facts({ presence: ONLINE }), [placed(0)], 3))).toEqual(at(5)));

  it('for a pause, until the next attempt', () => {
    const decision = decided(facts(), FIRST_FAILED, 2);
    expect(line(decision)).toBe(
      'WAIT: INBOX SKIP RECIPIENT_OFFLINE, EMAIL HOLD RETRY_LATER, SMS FALLBACK NEXT_IN_LINE',
    );
    expect((until(decision) as Date).getTime()).toBeGreaterThanOrEqual(at(1 + 7.5).getTime());
    expect((until(decision) as Date).getTime()).toBeLessThanOrEqual(at(1 + 12.5).getTime());
  });

  it('no longer than it is worth sending', () =>
    expect(until(decided(facts({ expiresAt: at(4) }), FIRST_FAILED, 2))).toEqual(at(4)));

  it('for the lease alone when an attempt runs past the end of its worth', () =>
    expect(until(decided(facts({ expiresAt: at(4) }), [started(0)], 6))).toEqual(at(20)));
});

describe('after a failure', () => {
  it('the next address of the channel goes first', () => {
    const known = facts({ endpoints: [endpoint('EMAIL', 'ana@example.com'), endpoint('EMAIL', 'ana@example.org')] });
    expect(decided(known, [started(0), ended('rejected', 1)], 1).action).toMatchObject({
      ordinal: 1,
      number: 1,
      address: 'ana@example.org',
    });
  });

  it('of the last attempt that the policy allows, the delivery is given up and the next channel goes', () => {
    const decision = decided(
      facts({ category: { retry: { ...facts().category.retry, maxAttempts: 1 } } }),
      FIRST_FAILED,
      2,
    );
    expect(decision.events).toEqual([{ type: 'delivery.gave_up', at: at(2), ordinal: 0, reason: 'RETRIES_EXHAUSTED' }]);
    expect(decision.action).toMatchObject({ channel: 'SMS', ordinal: 1 });
  });

  it('to be shown in time, the inbox is not tried again and the next channel goes', () => {
    const decision = decided(facts({ presence: ONLINE }), [placed(0)], 5);
    expect(decision.events).toEqual([{ type: 'inbox.missed', at: at(5), ordinal: 0 }]);
    expect(line(decision)).toBe('SEND: INBOX SKIP NOT_ACKNOWLEDGED, EMAIL SEND SELECTED, SMS FALLBACK NEXT_IN_LINE');
  });

  it('of our own process, its attempt is unknown when the lease ends', () => {
    const decision = decided(facts(), [started(0)], 20);
    expect(decision.events).toMatchObject([{ type: 'attempt.unknown', ordinal: 0, number: 1, code: 'LEASE_EXPIRED' }]);
    expect(line(decision)).toContain('EMAIL HOLD RETRY_LATER');
  });

  it('that nobody is sure of, a second one ends it, on whatever channel', () => {
    const known = facts({ category: { retry: { ...facts().category.retry, maxAttempts: 1 } } });
    const history = [started(0), ended('unknown', 10)];
    const next = decided(known, history, 11);
    expect(next.action).toMatchObject({ kind: 'attempt', channel: 'SMS' });
    const sms = { ordinal: 1, channel: 'SMS', address: '+14155550123', integration: 'phone' } as const;
    const all = [...history, ...next.events, started(11, sms), ended('unknown', 21, { ordinal: 1 })];
    expect(decided(known, all, 21).state.finished).toMatchObject({ state: 'FAILED', reason: 'AMBIGUOUS' });
  });

  it('the mail that came back is not the end: the next channel goes', () => {
    const bounced: HistoryEvent = { type: 'delivery.bounced', at: at(2), ordinal: 0, detail: null };
    expect(decided(facts(), [started(0), ended('accepted', 1), bounced], 2).action).toMatchObject({ channel: 'SMS' });
  });
});

describe('a copy in the inbox', () => {
  const always = { inboxCopy: 'ALWAYS' } as const;
  const copies = (known: Facts, history: readonly HistoryEvent[] = []) =>
    decided(known, history, 30).events.filter((event) => event.type === 'inbox.copied').length;

  it('is left by what goes elsewhere, when the category says so', () => {
    expect(copies(facts({ category: always }))).toBe(1);
    expect(copies(facts())).toBe(0);
  });

  it('is left once', () => {
    expect(copies(facts({ category: always }), [{ type: 'inbox.copied', at: at(0) }])).toBe(0);
    expect(copies(facts({ category: always, presence: ONLINE }), [placed(0)])).toBe(0);
  });

  it('is not left where the person does not want it', () =>
    expect(copies(facts({ category: always, optOuts: new Set(['INBOX']) }))).toBe(0));

  it('needs a category with an inbox', () =>
    expect(copies(facts({ category: { ...always, channels: ['EMAIL'] } }))).toBe(0));
});
