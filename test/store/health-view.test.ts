import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { healthAt, type ShownHealth } from '../../src/store/health-view.js';
import { NOON } from '../support/arbitraries.js';

const before = plus(NOON, -60_000);
const after = plus(NOON, 60_000);

function row(changes: Partial<ShownHealth>): ShownHealth {
  return {
    failures: 0,
    open_reason: null,
    opened_at: null,
    open_until: null,
    paused_until: null,
    ...changes,
  };
}

const open = { failures: 5, open_reason: 'CIRCUIT_OPEN', opened_at: before } as const;

describe('an integration is', () => {
  it.each<[string, ShownHealth | undefined, object]>([
    ['healthy when nothing ever went wrong', undefined, { state: 'HEALTHY', since: null, until: null, failures: 0 }],
    ['healthy with some failures', row({ failures: 2 }), { state: 'HEALTHY', since: null, until: null, failures: 2 }],
    ['open', row({ ...open, open_until: after }), { state: 'OPEN', since: before, until: after, failures: 5 }],
    [
      'open, whatever pause was asked for besides',
      row({ ...open, open_until: after, paused_until: after }),
      { state: 'OPEN', since: before, until: after, failures: 5 },
    ],
    [
      'misconfigured',
      row({ ...open, open_reason: 'MISCONFIGURED', open_until: after }),
      { state: 'MISCONFIGURED', since: before, until: after, failures: 5 },
    ],
    [
      'half open when its time has come, to the millisecond',
      row({ ...open, open_until: NOON }),
      { state: 'HALF_OPEN', since: before, until: null, failures: 5 },
    ],
    ['paused', row({ paused_until: after }), { state: 'PAUSED', since: null, until: after, failures: 0 }],
    ['healthy after a pause', row({ paused_until: NOON }), { state: 'HEALTHY', since: null, until: null, failures: 0 }],
  ])('%s', (_name, one, health) => expect(healthAt(one, NOON)).toEqual(health));
});

it('whatever the row, what is waited for lies ahead', () => {
  const time = fc.option(fc.integer({ min: -5, max: 5 }).map((n) => plus(NOON, n)));
  fc.assert(
    fc.property(
      fc.record({ opened_at: time, open_until: time, paused_until: time }),
      fc.constantFrom('CIRCUIT_OPEN', 'MISCONFIGURED', null),
      (times, open_reason) => {
        const { state, until } = healthAt(row({ ...times, open_reason }), NOON);
        expect(until === null || until > NOON).toBe(true);
        expect(until !== null).toBe(['OPEN', 'MISCONFIGURED', 'PAUSED'].includes(state));
      },
    ),
  );
});
