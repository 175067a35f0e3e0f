import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIVERY_RANK } from '../../src/routing/delivery-rank.js';
import { evolve, fold } from '../../src/routing/evolve.js';
import { isReached, NOTHING_YET, type DeliveryView } from '../../src/routing/state.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { at, displayed, ended, finished, placed, started } from './events.js';

function only(...events: HistoryEvent[]): DeliveryView {
  const [delivery] = fold(events).deliveries;
  return delivery as DeliveryView;
}

const delivered: HistoryEvent = { type: 'delivery.delivered', at: at(30), ordinal: 0 };
const bounced: HistoryEvent = { type: 'delivery.bounced', at: at(40), ordinal: 0, detail: null };
const gaveUp: HistoryEvent = { type: 'delivery.gave_up', at: at(50), ordinal: 0, reason: 'RETRIES_EXHAUSTED' };

describe('a delivery', () => {
  it.each<[string, HistoryEvent[], string]>([
    ['is on its way once an attempt began', [started(0)], 'SENDING'],
    ['was sent when the provider took it', [started(0), ended('accepted', 1)], 'SENT'],
    ['was simulated in a test environment', [started(0), ended('accepted', 1, { simulated: true })], 'SIMULATED'],
    ['failed when the provider refused it', [started(0), ended('rejected', 1)], 'UNDELIVERED'],
    ['is tried again after a failure', [started(0), ended('failed', 1)], 'RETRYING'],
    ['is tried again after a rate limit', [started(0), ended('rate_limited', 1)], 'RETRYING'],
    ['is tried elsewhere after wrong credentials', [started(0), ended('misconfigured', 1)], 'RETRYING'],
    ['is unknown when nobody can say', [started(0), ended('unknown', 1)], 'UNKNOWN'],
    [
      'is on its way again with the next attempt',
      [started(0), ended('unknown', 1), started(2, { number: 2 })],
      'SENDING',
    ],
    ['was delivered when the provider says so', [started(0), ended('accepted', 1), delivered], 'DELIVERED'],
    ['came back', [started(0), ended('accepted', 1), bounced], 'BOUNCED'],
    ['came back even after it was delivered', [started(0), ended('accepted', 1), delivered, bounced], 'BOUNCED'],
    ['stays back, whatever is said later', [started(0), ended('accepted', 1), bounced, delivered], 'BOUNCED'],
    ['does not fall for what was said too late', [started(0), ended('accepted', 1), gaveUp], 'SENT'],
    ['was delivered though we had given up', [started(0), ended('unknown', 1), gaveUp, delivered], 'DELIVERED'],
    ['of the inbox is on its way to a screen', [placed(0)], 'SENDING'],
    ['of the inbox is there when it was shown', [placed(0), displayed(2)], 'DELIVERED'],
    ['of the inbox was missed', [placed(0), { type: 'inbox.missed', at: at(5), ordinal: 0 }], 'UNDELIVERED'],
    [
      'of the inbox was seen after all',
      [placed(0), { type: 'inbox.missed', at: at(5), ordinal: 0 }, displayed(6)],
      'DELIVERED',
    ],
    [
      'that was still to be tried is over with an expiry',
      [started(0), ended('failed', 1), finished('EXPIRED', 'EXPIRED')],
      'EXPIRED',
    ],
    ['or with a cancel', [started(0), ended('failed', 1), finished('CANCELED', 'CANCELED')], 'CANCELED'],
    ['or because another one did it', [started(0), ended('failed', 1), finished('COMPLETED', 'DISPLAYED')], 'CANCELED'],
    ['or because nothing worked', [started(0), ended('failed', 1), finished('FAILED', 'AMBIGUOUS')], 'UNDELIVERED'],
    [
      'that nobody knows of stays unknown',
      [started(0), ended('unknown', 1), finished('EXPIRED', 'EXPIRED')],
      'UNKNOWN',
    ],
  ])('%s', (_name, events, state) => expect(only(...events).state).toBe(state));
});

describe('an answer that comes after the lease ended', () => {
  const lost = [started(0), ended('unknown', 20)];

  it('settles what was unknown: taken', () =>
    expect(only(...lost, ended('accepted', 21))).toMatchObject({ state: 'SENT', providerId: 'id-1' }));

  it('settles what was unknown: not taken, to be tried again', () => {
    expect(only(...lost, ended('failed', 21))).toMatchObject({ state: 'RETRYING', attempts: [{ end: 'failed' }] });
    expect(only(...lost, ended('misconfigured', 21)).state).toBe('RETRYING');
  });

  it('settles what was unknown after everything was over: not to be tried again', () =>
    expect(only(...lost, finished('FAILED', 'AMBIGUOUS'), ended('failed', 21)).state).toBe('UNDELIVERED'));

  it('does not disturb the attempt that runs meanwhile', () => {
    const running = [...lost, started(21, { number: 2 })];
    expect(only(...running, ended('failed', 22))).toMatchObject({
      state: 'SENDING',
      attempts: [{ end: 'failed' }, { end: null }],
    });
  });
});

describe('nothing begins out of nothing', () => {
  it.each<[string, HistoryEvent]>([
    ['the end of an attempt', ended('accepted', 1)],
    ['a report', delivered],
    ['a bounce', bounced],
    ['a display', displayed(1)],
    ['giving up', gaveUp],
  ])('%s without its beginning changes nothing', (_name, event) =>
    expect(evolve(NOTHING_YET, event)).toEqual(NOTHING_YET),
  );

  it('an end of an attempt that never began changes nothing', () => {
    const state = fold([started(0)]);
    expect(evolve(state, ended('accepted', 1, { number: 7 }))).toEqual(state);
  });
});

describe('the end is taken back', () => {
  const over = (state: 'COMPLETED' | 'FAILED' | 'EXPIRED', reason: string, ...before: HistoryEvent[]) =>
    fold([...before, finished(state, reason)]);
  const sms = { ordinal: 1, channel: 'SMS', address: '+14155550123', integration: 'phone' } as const;

  it('by the mail that came back, when nothing else had arrived', () => {
    const state = over('COMPLETED', 'ACCEPTED', started(0), ended('accepted', 1));
    expect(evolve(state, bounced).finished).toBeNull();
  });

  it('not by the one that came back while another one arrived, or that the person had opened', () => {
    const both = [started(0), ended('unknown', 1), started(2, sms), ended('accepted', 3, { ordinal: 1 })];
    const two = over('COMPLETED', 'ACCEPTED', ...both, ended('accepted', 4));
    expect(evolve(two, bounced).finished).not.toBeNull();
    const opened: HistoryEvent = { type: 'engagement.recorded', at: at(5), kind: 'OPENED' };
    const engaged = over('COMPLETED', 'ENGAGED', started(0), ended('accepted', 1), opened);
    expect(evolve(engaged, bounced).finished).not.toBeNull();
  });

  it('by the acceptance of what had been given up, once, and not of what had expired', () => {
    const failed = over('FAILED', 'AMBIGUOUS', started(0), ended('unknown', 10));
    const reopened = evolve(failed, ended('accepted', 70));
    expect(reopened.finished).toBeNull();
    const again = evolve(reopened, finished('FAILED', 'DEAD_LETTER'));
    expect(evolve(again, ended('accepted', 70)).finished).not.toBeNull();
    const expired = over('EXPIRED', 'EXPIRED', started(0), ended('unknown', 10));
    expect(evolve(expired, ended('accepted', 70)).finished).not.toBeNull();
  });

  it('by an operator, and what was still to be tried is to be tried again', () => {
    const redriven: HistoryEvent = { type: 'notification.redriven', at: at(90) };
    const dead = over('FAILED', 'DEAD_LETTER', started(0), ended('failed', 1), started(2, sms));
    expect(dead.deliveries.map((delivery) => delivery.state)).toEqual(['UNDELIVERED', 'UNDELIVERED']);
    const state = evolve(dead, redriven);
    expect(state.finished).toBeNull();
    expect(state.deliveries.map((delivery) => delivery.state)).toEqual(['RETRYING', 'SENDING']);
    const refused = over('FAILED', 'ALL_CHANNELS_FAILED', started(0), ended('rejected', 1));
    expect(evolve(refused, redriven).deliveries).toEqual(refused.deliveries);
  });

  it('and what was given up after the end stays given up, however often it is said', () => {
    const dead = over('FAILED', 'DEAD_LETTER', started(0), ended('failed', 1), started(2, sms));
    const after = fold([gaveUp, { type: 'notification.redriven', at: at(90) }, gaveUp], dead);
    expect(after.deliveries.map((delivery) => [delivery.state, delivery.reason])).toEqual([
      ['UNDELIVERED', 'RETRIES_EXHAUSTED'],
      ['SENDING', null],
    ]);
    expect(fold([gaveUp, { type: 'notification.redriven', at: at(90) }], dead)).toEqual(after);
  });
});

describe('a place in the line', () => {
  const throttled: HistoryEvent = { type: 'notification.throttled', at: at(0), integration: 'mail', until: at(9) };

  it('is kept until it is used', () => {
    const state = fold([throttled]);
    expect(state.throttled).toEqual({ integration: 'mail', until: at(9) });
    expect(evolve(state, started(9)).throttled).toBeNull();
  });

  it('is not used by an attempt that is told of again', () =>
    expect(fold([started(0), ended('failed', 1), throttled, started(0)]).throttled).not.toBeNull());
});

it('a silence passes over what went before it, once', () => {
  const silent: HistoryEvent = { type: 'notification.silent', at: at(60) };
  const state = fold([started(0), ended('accepted', 1), silent, silent]);
  expect(state).toMatchObject({ silences: 1, passed: 1 });
});

/** Any story of two deliveries, in any order, whether it makes sense or not. */
const anyEvent: fc.Arbitrary<HistoryEvent> = fc
  .record({
    ordinal: fc.nat({ max: 1 }),
    number: fc.integer({ min: 1, max: 3 }),
    seconds: fc.nat({ max: 60 }),
    kind: fc.constantFrom('accepted', 'rejected', 'failed', 'rate_limited', 'misconfigured', 'unknown'),
    which: fc.nat({ max: 11 }),
  })
  .map(({ ordinal, number, seconds, kind, which }): HistoryEvent => {
    const when = { at: at(seconds), ordinal };
    if (which < 3) return started(seconds, { ordinal, number });
    if (which < 6) return ended(kind, seconds, { ordinal, number });
    return (
      [
        placed(seconds),
        displayed(seconds),
        { type: 'inbox.missed', ...when },
        { type: 'delivery.delivered', ...when },
        { type: 'delivery.bounced', ...when, detail: null },
        kind === 'failed' ? finished('FAILED', 'ALL_CHANNELS_FAILED') : { ...gaveUp, ...when },
      ] satisfies HistoryEvent[]
    )[which - 6] as HistoryEvent;
  });

/** Is this about a delivery and an attempt that began? */
function isAbout(history: readonly HistoryEvent[], event: HistoryEvent): boolean {
  const { deliveries } = fold(history);
  if (event.type === 'inbox.displayed') return deliveries.some((delivery) => delivery.ackBy !== null);
  if (event.type === 'attempt.started' || event.type === 'inbox.placed' || !('ordinal' in event)) return true;
  const delivery = deliveries.find((one) => one.ordinal === event.ordinal);
  return (
    delivery !== undefined && (!('number' in event) || delivery.attempts.some((one) => one.number === event.number))
  );
}

const anyHistory = fc.array(anyEvent, { maxLength: 25 });

describe('whatever the order of events', () => {
  it('one that comes again, at once or later, changes nothing', () =>
    fc.assert(
      fc.property(anyHistory, fc.nat(), fc.nat(), (history, which, where) => {
        const event = history[which % Math.max(1, history.length)];
        // We alone write the end, and never twice; once taken back, a second one would be another end.
        fc.pre(event !== undefined && event.type !== 'notification.finished');
        // A repeat follows its original, and the original follows what it is about.
        const first = history.indexOf(event);
        fc.pre(isAbout(history.slice(0, first), event));
        const place = first + 1 + (where % (history.length - first));
        const again = [...history.slice(0, place), event, ...history.slice(place)];
        expect(fold(again)).toEqual(fold(history));
      }),
      { numRuns: 2_000 },
    ));

  it('ranks only rise once a delivery has settled, attempts never vanish, and the end stays until it is proven wrong', () =>
    fc.assert(
      fc.property(anyHistory, (history) => {
        let before = NOTHING_YET;
        for (const event of history) {
          const after = evolve(before, event);
          for (const delivery of before.deliveries) {
            const now = after.deliveries.find((other) => other.ordinal === delivery.ordinal);
            expect(now?.attempts.length).toBeGreaterThanOrEqual(delivery.attempts.length);
            const [was, is] = [DELIVERY_RANK[delivery.state], DELIVERY_RANK[(now as DeliveryView).state]];
            // What ended with the notification alone goes on when that end is taken back.
            const settled = was >= DELIVERY_RANK.SKIPPED && delivery.reason !== before.finished?.reason;
            expect(is).toBeGreaterThanOrEqual(settled ? was : 0);
          }
          if (before.finished && !after.finished) {
            expect(before.finished.state).toBe('FAILED');
            expect(after.deliveries.some(isReached)).toBe(true);
          } else expect(after.finished).toEqual(before.finished ?? after.finished);
          before = after;
        }
      }),
      { numRuns: 2_000 },
    ));

  it('the same ends of attempts lead to the same states', () => {
    // One certain end at most for each attempt; "unknown" may have been said before or after it.
    const certain = fc.constantFrom('accepted', 'rejected', 'failed', 'rate_limited', 'misconfigured', null);
    const story = fc.array(fc.record({ certain, lost: fc.boolean() }), { minLength: 1, maxLength: 4 });
    const reports = fc.subarray([delivered, bounced, gaveUp]);
    fc.assert(
      fc.property(story, reports, fc.infiniteStream(fc.nat()), (attempts, said, order) => {
        const begun = attempts.map((_, nth) => started(nth, { number: nth + 1 }));
        const ends = attempts.flatMap(({ certain: kind, lost }, nth) => [
          ...(kind ? [ended(kind, 30, { number: nth + 1 })] : []),
          ...(lost ? [ended('unknown', 20, { number: nth + 1 })] : []),
        ]);
        const events = [...ends, ...said];
        const shuffled = events
          .map((event) => ({ event, key: order.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event);
        expect(only(...begun, ...shuffled).state).toBe(only(...begun, ...events).state);
        const views = (list: HistoryEvent[]) => only(...begun, ...list).attempts;
        expect(views(shuffled)).toEqual(views(events));
      }),
      { numRuns: 2_000 },
    );
  });
});
