import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isErasedExternalId } from '../../src/recipients/recipients.js';
import { scrubbedEvent, scrubbedPlan } from '../../src/recipients/scrubbed.js';
import { evolve, fold } from '../../src/routing/evolve.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { NOTHING_YET } from '../../src/routing/state.js';
import { displayed, ended, placed, started } from '../routing/events.js';

const anyHistory = fc.array(
  fc.constantFrom(
    ...[started(1), started(2, { ordinal: 1, address: 'ana@home.example' }), ended('accepted', 3), ended('failed', 3)],
    ...[ended('rejected', 4), ended('unknown', 4), placed(1, 2), displayed(5)],
  ),
);

test('what is scrubbed holds nothing of the person, and routing reads the same states from it', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const scrubbed = history.map(scrubbedEvent);
      const shape = (events: readonly HistoryEvent[]) =>
        fold(events).deliveries.map(({ ordinal, channel, state, reason }) => ({ ordinal, channel, state, reason }));
      expect(shape(scrubbed)).toEqual(shape(history));
      expect(fold(scrubbed).finished).toEqual(fold(history).finished);
      expect(scrubbed.map(scrubbedEvent)).toEqual(scrubbed);
    }),
  );
});

test('addresses, details and ids of vendors go; codes, numbers and times stay', () => {
  const at = new Date(0);
  const started: HistoryEvent = {
    ...{ type: 'attempt.started', at, ordinal: 0, channel: 'EMAIL', address: 'ana@example.com', integration: 'mail' },
    ...{ provider: 'smtp', number: 1, leaseUntil: at, why: 'EMAIL SEND SELECTED; DELEGATE Ana' },
  };
  expect(scrubbedEvent(started)).toEqual({ ...started, address: '', why: '' });
  expect(evolve(NOTHING_YET, scrubbedEvent(started)).deliveries).toMatchObject([{ address: '', state: 'SENDING' }]);
  const ended: HistoryEvent = {
    ...{ type: 'attempt.accepted', at, ordinal: 0, number: 1, simulated: false, providerId: 'abc', durationMs: 7 },
    ...{ httpStatus: 250, code: '2.0.0', detail: 'ok ana@example.com' },
  };
  expect(scrubbedEvent(ended)).toEqual({ ...ended, providerId: null, detail: null });
  const plan = {
    outcome: 'SUPPRESSED',
    sendAt: null,
    steps: [],
    notes: [{ reason: 'DELEGATED', detail: 'Ana' }],
  } as const;
  expect(scrubbedPlan(plan).notes).toEqual([{ reason: 'DELEGATED', detail: null }]);
});

test('the id of somebody who was erased is told from ids of people', () => {
  expect(isErasedExternalId('erased-01a20396-63ce-706c-b35b-eedfbc5a4479')).toBe(true);
  for (const id of ['erased', 'erased-ana', '01a20396-63ce-706c-b35b-eedfbc5a4479', 'erased-01A20396'])
    expect(isErasedExternalId(id)).toBe(false);
});
