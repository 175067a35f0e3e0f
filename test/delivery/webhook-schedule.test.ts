import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { verdictOf, verdictOfError, WEBHOOK_DELAYS_MS, type Verdict } from '../../src/delivery/webhook-schedule.js';
import { NOON } from '../support/arbitraries.js';

const LAST = WEBHOOK_DELAYS_MS.length + 1;
const anyTries = fc.integer({ min: 1, max: LAST });
const reply = (status: number, headers: Record<string, string> = {}, text = '') => ({ status, headers, text });
const pause = (verdict: Verdict): number | null => (verdict.nextAt ? verdict.nextAt.getTime() - NOON.getTime() : null);

it('the published schedule: eight tries within a day and some hours', () => {
  expect(WEBHOOK_DELAYS_MS.map((ms) => ms / 1000)).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
});

describe('whatever a receiver answers', () => {
  it('2xx is the end, 410 the end of the subscription, all else waits by the schedule until its last try', () =>
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), anyTries, fc.string(), (status, tries, text) => {
        const verdict = verdictOf(reply(status, {}, text), tries, NOON);
        expect(verdict.status).toBe(status);
        expect(verdict.gone).toBe(status === 410);
        expect(verdict.nextAt === null).toBe(verdict.state !== 'WAITING');
        expect(verdict.detail ?? '').not.toContain('\0');
        if (status >= 200 && status < 300) expect(verdict).toMatchObject({ state: 'DONE', detail: null });
        else if (status === 410 || tries === LAST) expect(verdict.state).toBe('FAILED');
        else expect(pause(verdict)).toBe(WEBHOOK_DELAYS_MS[tries - 1]);
      }),
    ));

  it('a time to come back is kept, but never earlier than the schedule, and from 429 and 503 alone', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(429, 503, 500, 400),
        fc.integer({ min: 1, max: LAST - 1 }),
        fc.nat({ max: 100_000 }),
        (status, tries, seconds) => {
          const planned = WEBHOOK_DELAYS_MS[tries - 1] as number;
          const heard = status === 429 || status === 503 ? Math.min(seconds * 1000, 3_600_000) : 0;
          const verdict = verdictOf(reply(status, { 'retry-after': String(seconds) }), tries, NOON);
          expect(pause(verdict)).toBe(Math.max(planned, heard));
        },
      ),
    ));
});

describe('no answer', () => {
  it('waits as a bad one does', () =>
    fc.assert(
      fc.property(anyTries, (tries) => {
        const verdict = verdictOfError(new Error('x'), tries, NOON);
        expect(verdict.nextAt).toEqual(tries === LAST ? null : plus(NOON, WEBHOOK_DELAYS_MS[tries - 1] as number));
        expect(verdict).toMatchObject({ status: null, gone: false });
      }),
    ));

  it.each([
    [null, 'TIMEOUT: no answer within 15 s'],
    [Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'ECONNRESET: socket hang up'],
    [
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED 127.0.0.1:9',
    ],
    [new Error('\0'), null],
  ])('says why: %s', (error, detail) => {
    expect(verdictOfError(error, 1, NOON).detail).toBe(detail);
  });
});
