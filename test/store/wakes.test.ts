import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { WakeBook } from '../../src/store/wakes.js';
import { NOON } from '../support/arbitraries.js';

/** Timers that are due nearer than this always get a job. */
const NEAR_MS = 2_000;
/** A job comes at most this much after the timers that it wakes. */
const GRAIN_MS = 250;

const anyAt = fc.integer({ min: -5_000, max: 600_000 }).map((ms) => plus(NOON, ms));
const anyAts = fc.array(anyAt, { maxLength: 30 });
const far = (at: Date, now: Date): boolean => at.getTime() - now.getTime() > NEAR_MS;

function write(book: WakeBook, ats: readonly Date[], now: Date): Date[] {
  const { jobs, moments } = book.jobsFor(ats, now);
  book.remember(moments);
  return jobs.map((job) => job.at as Date);
}

describe('whatever timers are set', () => {
  it('each that is not covered gets a job, at its time or a moment later, and no moment gets two', () =>
    fc.assert(
      fc.property(anyAts, (ats) => {
        const times = write(new WakeBook(), ats, NOON).map((job) => job.getTime());
        expect(new Set(times).size).toBe(times.length);
        for (const at of ats) {
          const late = times.map((time) => time - at.getTime()).filter((ms) => ms >= 0 && ms < GRAIN_MS);
          expect(late.length).toBe(1);
        }
      }),
    ));

  it('what is far and remembered stays covered until it is near', () =>
    fc.assert(
      fc.property(anyAts, anyAts, fc.nat({ max: 600_000 }), (ats, others, laterMs) => {
        const book = new WakeBook();
        write(book, ats, NOON);
        const later = plus(NOON, laterMs);
        write(book, others, later);
        for (const at of ats) expect(book.covers(at, later)).toBe(far(at, later));
        expect(
          write(
            book,
            ats.filter((at) => far(at, later)),
            later,
          ),
        ).toEqual([]);
      }),
    ));

  it('what is near is always written, remembered or not', () =>
    fc.assert(
      fc.property(anyAts, fc.nat({ max: 600_000 }), (ats, laterMs) => {
        const book = new WakeBook();
        write(book, ats, NOON);
        const later = plus(NOON, laterMs);
        const near = ats.filter((at) => !far(at, later));
        const times = write(book, near, later).map((job) => job.getTime());
        for (const at of near)
          expect(times.some((time) => time >= at.getTime() && time - at.getTime() < GRAIN_MS)).toBe(true);
      }),
    ));

  it('nothing is covered without a job that comes at its time or a moment later', () =>
    fc.assert(
      fc.property(anyAts, anyAts, (ats, asked) => {
        const book = new WakeBook();
        const times = write(book, ats, NOON).map((job) => job.getTime());
        for (const at of asked)
          if (book.covers(at, NOON))
            expect(times.some((time) => time >= at.getTime() && time - at.getTime() < GRAIN_MS)).toBe(true);
      }),
    ));
});

it('a job that was written but not committed covers nothing', () => {
  const book = new WakeBook();
  book.jobsFor([plus(NOON, 60_000)], NOON);
  expect(book.covers(plus(NOON, 60_000), NOON)).toBe(false);
});

it('a book that grows too long forgets, and writes again: twice is harmless, never is not', () => {
  const book = new WakeBook();
  book.remember(Array.from({ length: 10_001 }, (_, nth) => NOON.getTime() + nth * GRAIN_MS));
  const at = plus(NOON, 100 * GRAIN_MS);
  expect(book.covers(at, NOON)).toBe(true);
  write(book, [plus(NOON, 10_000_000)], NOON);
  expect(book.covers(at, NOON)).toBe(false);
  expect(write(book, [at], NOON)).toEqual([at]);
});
