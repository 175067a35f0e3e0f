import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { ENGAGEMENTS } from '../../src/base/names.js';
import { attemptsOf, engagementsOf, timelineOf } from '../../src/recipients/timeline.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { anyFacts, anyScript, NOON } from '../support/arbitraries.js';
import { at, ended, finished, placed, started } from '../routing/events.js';
import { boundOf, walk } from '../routing/walk.js';

describe('the time of the next attempt stands on the attempt', () => {
  const next = (history: HistoryEvent[], wakeAt: Date | null = null) =>
    attemptsOf(history, wakeAt).map((attempt) => attempt.nextAttemptAt);
  const second = started(10, { number: 2 });
  const elsewhere = started(10, { ordinal: 1, channel: 'SMS', integration: 'phone' });

  it.each<[string, HistoryEvent[], Date | null, (Date | null)[]]>([
    ['failed, and it waits', [started(0), ended('failed', 1)], at(9), [at(9)]],
    ['rate limited, and it waits', [started(0), ended('rate_limited', 1, { retryAt: at(30) })], at(30), [at(30)]],
    ['unknown, and it waits', [started(0), ended('unknown', 20)], at(25), [at(25)]],
    ['failed, and nobody knows yet', [started(0), ended('failed', 1)], null, [null]],
    [
      'failed, then again',
      [started(0), ended('failed', 1), second, ended('failed', 11, { number: 2 })],
      at(30),
      [at(10), at(30)],
    ],
    ['failed, then elsewhere', [started(0), ended('failed', 1), elsewhere], at(30), [at(10), null]],
    [
      'unknown, then taken',
      [started(0), ended('unknown', 5), second, ended('accepted', 11, { number: 2 })],
      null,
      [at(10), null],
    ],
    ['failed, then placed in the inbox', [started(0), ended('failed', 1), placed(2, 1)], at(7), [null]],
    ['running', [started(0)], at(20), [null]],
    ['taken, and silence is waited for', [started(0), ended('accepted', 1)], at(900), [null]],
    ['refused, and the next one goes at once', [started(0), ended('rejected', 1), elsewhere], null, [null, null]],
    [
      'failed, and everything is over',
      [started(0), ended('failed', 1), finished('EXPIRED', 'EXPIRED')],
      at(90),
      [null],
    ],
  ])('%s', (_name, history, wakeAt, expected) => expect(next(history, wakeAt)).toEqual(expected));

  it('in every story: the start of the one that followed, and nothing after what settled it', () =>
    fc.assert(
      fc.property(anyFacts, anyScript, (facts, script) => {
        const { history } = walk(facts, script, boundOf(facts, script));
        const attempts = attemptsOf(history, at(9999));
        for (const [index, attempt] of attempts.entries()) {
          const settled = ['ACCEPTED', 'REJECTED', 'STARTED'].includes(attempt.outcome);
          expect(attempt.nextAttemptAt).toEqual(settled ? null : (attempts[index + 1]?.startedAt ?? null));
        }
      }),
      { numRuns: 200 },
    ));
});

describe('the timeline says', () => {
  const last = (...history: HistoryEvent[]) => timelineOf(NOON, history).at(-1);
  const empty = { channel: null, integration: null, reason: null, detail: null };

  it.each<[string, HistoryEvent[], object]>([
    [
      'until when and for what it is held back',
      [{ type: 'notification.throttled', at: at(1), until: at(31), integration: 'mail' }],
      {
        type: 'notification.throttled',
        ...empty,
        integration: 'mail',
        reason: 'THROTTLED',
        detail: `its turn comes at ${at(31).toISOString()}`,
      },
    ],
    [
      'that it was given another chance',
      [{ type: 'notification.redriven', at: at(1) }],
      { type: 'notification.redriven', ...empty },
    ],
    [
      'what the person did',
      [{ type: 'engagement.recorded', at: at(1), kind: 'READ' }],
      { type: 'engagement.recorded', ...empty, detail: 'READ' },
    ],
    [
      'that the vendor goes on trying, and where',
      [started(0), ended('accepted', 1), { type: 'delivery.deferred', at: at(1), ordinal: 0, detail: '421 later' }],
      { type: 'delivery.deferred', ...empty, channel: 'EMAIL', integration: 'mail', detail: '421 later' },
    ],
  ])('%s', (_name, history, entry) => expect(last(...history)).toEqual({ at: at(1), ...entry }));

  it('in every story: everything, oldest first', () =>
    fc.assert(
      fc.property(anyFacts, anyScript, (facts, script) => {
        const { history } = walk(facts, script, boundOf(facts, script));
        const times = timelineOf(facts.createdAt, history).map((entry) => entry.at);
        expect(times.length).toBeGreaterThan(history.length);
      }),
      { numRuns: 100 },
    ));
});

describe('what a person did', () => {
  const recorded = fc.record({
    kind: fc.constantFrom(...ENGAGEMENTS),
    at: fc.nat({ max: 5 }).map((n) => plus(NOON, n)),
  });

  it('stands once a kind, at its first time, oldest first, whoever said it', () =>
    fc.assert(
      fc.property(fc.array(recorded), fc.array(recorded), (events, others) => {
        const history = events.map((one): HistoryEvent => ({ type: 'engagement.recorded', ...one }));
        const told = engagementsOf(history, others);
        const all = [...events, ...others];
        expect(new Set(told.map((one) => one.kind))).toEqual(new Set(all.map((one) => one.kind)));
        expect(new Set(told.map((one) => one.kind)).size).toBe(told.length);
        for (const { kind, at: first } of told) {
          const times = all.filter((one) => one.kind === kind).map((one) => one.at.getTime());
          expect(first.getTime()).toBe(Math.min(...times));
        }
        const order = told.map((one) => one.at.getTime());
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
    ));

  it('is nothing where nothing is known', () => expect(engagementsOf([started(0)], [])).toEqual([]));
});
