import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORTS } from '../../src/base/names.js';
import { DETAIL_MAX, meaningOf } from '../../src/recipients/reports.js';
import { DELIVERY_RANK } from '../../src/routing/delivery-rank.js';
import { fold } from '../../src/routing/evolve.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { anyFacts, anyScript } from '../support/arbitraries.js';
import { at, ended, placed, started } from '../routing/events.js';
import { boundOf, walk } from '../routing/walk.js';

type Word = Parameters<typeof meaningOf>[1];

function word(report: Word['report'], more: Partial<Word> = {}): Word {
  return { ordinal: 0, number: null, report, providerId: null, detail: null, at: at(90), ...more };
}

/** The history with what a word adds to it. */
function heard(history: readonly HistoryEvent[], one: Word): readonly HistoryEvent[] {
  const meaning = meaningOf(history, one);
  return typeof meaning === 'string' ? history : [...history, meaning];
}

const unknown = [started(0), ended('unknown', 20)];
const taken = [started(0), ended('accepted', 1)];
const refused = [started(0), ended('rejected', 1)];
const delivered: HistoryEvent = { type: 'delivery.delivered', at: at(30), ordinal: 0 };
const bounced: HistoryEvent = { type: 'delivery.bounced', at: at(30), ordinal: 0, detail: null };
const deferred: HistoryEvent = { type: 'delivery.deferred', at: at(30), ordinal: 0, detail: 'later' };

describe('a late word', () => {
  it.each<[string, HistoryEvent[], Word, object]>([
    [
      'says that an unknown attempt was taken',
      unknown,
      word('ACCEPTED', { providerId: 'v-1' }),
      { type: 'attempt.accepted', number: 1, providerId: 'v-1', simulated: false, httpStatus: null },
    ],
    [
      'comes before the answer to the call itself',
      [started(0)],
      word('ACCEPTED', { number: 1 }),
      { type: 'attempt.accepted', number: 1 },
    ],
    [
      'says that an unknown attempt was refused',
      unknown,
      word('REJECTED', { number: 1, detail: 'blocked' }),
      { type: 'attempt.rejected', reason: 'PROVIDER_REJECTED', detail: 'blocked' },
    ],
    [
      'says that what was taken is refused after all: it came back',
      taken,
      word('REJECTED', { detail: 'dropped' }),
      { type: 'delivery.bounced', detail: 'dropped' },
    ],
    ['says that it arrived', taken, word('DELIVERED'), { type: 'delivery.delivered', ordinal: 0 }],
    ['says that it arrived, though nobody knew that it was taken', unknown, word('DELIVERED'), { ordinal: 0 }],
    ['says that it came back', taken, word('BOUNCED', { detail: '550' }), { type: 'delivery.bounced', detail: '550' }],
    ['says that it came back after it arrived', [...taken, delivered], word('BOUNCED'), { type: 'delivery.bounced' }],
    [
      'says that it came back for good, after it came back this once',
      [...taken, bounced],
      word('BOUNCED', { permanent: true }),
      { type: 'delivery.bounced', permanent: true },
    ],
    [
      'says that it takes longer',
      taken,
      word('DEFERRED', { detail: '421' }),
      { type: 'delivery.deferred', detail: '421' },
    ],
    [
      'says that it takes longer for another reason',
      [...taken, deferred],
      word('DEFERRED', { detail: 'full' }),
      { type: 'delivery.deferred' },
    ],
    [
      'that names no attempt means the one that nobody knows of',
      [...unknown, started(30, { number: 2 }), ended('failed', 31, { number: 2 })],
      word('ACCEPTED'),
      { type: 'attempt.accepted', number: 1 },
    ],
  ])('%s', (_name, history, one, event) => expect(meaningOf(history, one)).toMatchObject({ at: at(90), ...event }));

  it.each<[string, HistoryEvent[], Word]>([
    ['taken, which the call itself said', taken, word('ACCEPTED')],
    ['taken, which the call itself denied', refused, word('ACCEPTED')],
    ['refused twice', refused, word('REJECTED')],
    ['arrived twice', [...taken, delivered], word('DELIVERED')],
    ['came back twice', [...taken, bounced], word('BOUNCED')],
    ['came back for good twice', [...taken, { ...bounced, permanent: true }], word('BOUNCED', { permanent: true })],
    ['came back this once, after it came back for good', [...taken, { ...bounced, permanent: true }], word('BOUNCED')],
    ['came back, in other words', [...taken, bounced], word('REJECTED')],
    ['takes longer, in the same words', [...taken, deferred], word('DEFERRED', { detail: 'later' })],
    ['takes longer, after it arrived', [...taken, delivered], word('DEFERRED')],
    ['takes longer, after it came back', [...taken, bounced], word('DEFERRED')],
  ])('that says nothing new adds nothing: %s', (_name, history, one) => expect(meaningOf(history, one)).toBe('KNOWN'));

  it.each<[string, HistoryEvent[], Word]>([
    ['nothing', [], word('DELIVERED')],
    ['another delivery', taken, word('DELIVERED', { ordinal: 1 })],
    ['another attempt', taken, word('ACCEPTED', { number: 2 })],
    ['the inbox, which no vendor carries', [placed(0)], word('DELIVERED')],
  ])('about what has not begun is for later: %s', (_name, history, one) =>
    expect(meaningOf(history, one)).toBe('NOT_THERE'),
  );

  it('about one delivery that had failed lets another go on, which had ended only because all had', () => {
    const push = { ordinal: 1, channel: 'MOBILE_PUSH', address: 'token', integration: 'push' } as const;
    const both = [...unknown, started(30, push), ended('failed', 31, { ordinal: 1 })];
    const over: readonly HistoryEvent[] = [
      ...both,
      { type: 'notification.finished', at: at(60), state: 'FAILED', reason: 'AMBIGUOUS', why: '' },
    ];
    const states = (history: readonly HistoryEvent[]) => fold(history).deliveries.map(({ state }) => state);
    expect(states(over)).toEqual(['UNKNOWN', 'UNDELIVERED']);
    const late = heard(over, word('ACCEPTED'));
    expect([fold(late).finished, ...states(late)]).toEqual([null, 'SENT', 'RETRYING']);
    const back = heard(late, word('REJECTED'));
    expect([fold(back).finished, ...states(back)]).toEqual([null, 'BOUNCED', 'RETRYING']);
  });

  it('is kept to a length', () =>
    expect(meaningOf(taken, word('BOUNCED', { detail: 'x'.repeat(5000) }))).toMatchObject({
      detail: 'x'.repeat(DETAIL_MAX),
    }));
});

describe('in every story, words of every kind', () => {
  const words = fc.array(
    fc.record({
      ordinal: fc.nat({ max: 2 }),
      number: fc.option(fc.integer({ min: 1, max: 3 })),
      report: fc.constantFrom(...REPORTS),
      providerId: fc.option(fc.constantFrom('a', 'b')),
      detail: fc.option(fc.constantFrom('one', 'two')),
      at: fc.constant(at(1000)),
    }),
    { maxLength: 12 },
  );
  const story = fc
    .tuple(anyFacts, anyScript)
    .map(([facts, script]) => walk(facts, script, boundOf(facts, script)).history)
    .chain((history) => fc.nat({ max: history.length }).map((end) => history.slice(0, end)));

  it('add nothing the second time, in any order', () =>
    fc.assert(
      fc.property(story, words, fc.nat(), (history, said, turn) => {
        const after = said.reduce(heard, history);
        const again = [...said.slice(turn % (said.length + 1)), ...said.slice(0, turn % (said.length + 1))];
        expect(again.reduce(heard, after)).toEqual(after);
      }),
      { numRuns: 300 },
    ));

  it('never make a settled delivery fall, and an arrival or a return is never lost', () =>
    fc.assert(
      fc.property(story, words, (history, said) => {
        const [first, last] = [fold(history), fold(said.reduce(heard, history))];
        const [before, after] = [first.deliveries, last.deliveries];
        expect(after.length).toBe(before.length);
        for (const [index, delivery] of after.entries()) {
          const was = before[index] as (typeof before)[number];
          // What ended with the notification alone goes on when a word about another delivery takes that end back.
          const goesOn = first.finished !== null && last.finished === null && was.reason === first.finished.reason;
          if (!goesOn) expect(DELIVERY_RANK[delivery.state]).toBeGreaterThanOrEqual(DELIVERY_RANK[was.state]);
          const about = said.filter(
            (one) => one.ordinal === delivery.ordinal && meaningOf(history, one) !== 'NOT_THERE',
          );
          if (about.some((one) => one.report === 'BOUNCED')) expect(delivery.state).toBe('BOUNCED');
          else if (about.some((one) => one.report === 'DELIVERED'))
            expect(['DELIVERED', 'BOUNCED']).toContain(delivery.state);
        }
      }),
      { numRuns: 300 },
    ));
});
