import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEventRow, toHistoryEvent } from '../../src/recipients/history.js';
import { anyFacts, anyScript } from '../support/arbitraries.js';
import { at, displayed, ended, finished, placed, started } from '../routing/events.js';
import { boundOf, walk } from '../routing/walk.js';

/** What Postgres gives back: the data as JSON. */
function stored<Row extends { data: object }>(row: Row): Row {
  return { ...row, data: JSON.parse(JSON.stringify(row.data)) as Row['data'] };
}

describe('an event', () => {
  it('comes back from its row as it was, in every story', () =>
    fc.assert(
      fc.property(anyFacts, anyScript, (facts, script) => {
        const { history } = walk(facts, script, boundOf(facts, script));
        const rows = history.map((event, seq) => stored(toEventRow('n', seq, event)));
        expect(rows.map(toHistoryEvent)).toEqual(history);
      }),
      { numRuns: 300 },
    ));

  it.each([
    ['an attempt', started(0)],
    ['a rate limit with a time', ended('rate_limited', 1, { retryAt: at(30) })],
    ['a rate limit without one', ended('rate_limited', 1)],
    ['a place in the inbox', placed(0)],
    ['a display', displayed(1)],
    ['an end', finished('EXPIRED', 'EXPIRED')],
  ])('comes back from its row as it was: %s', (_name, event) => {
    expect(toHistoryEvent(stored(toEventRow('n', 1, event)))).toEqual(event);
  });

  it('lies in its row under its notification, its number, its delivery', () =>
    expect(toEventRow('n', 7, placed(0, 2))).toEqual({
      notification_id: 'n',
      seq: 7,
      at: at(0),
      type: 'inbox.placed',
      ordinal: 2,
      data: { channel: 'INBOX', ackBy: at(5), why: '' },
    }));
});
