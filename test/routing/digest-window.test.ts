import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { digestWindow, nextClosing, type Schedule } from '../../src/routing/digest-window.js';
import { facts, NOON } from '../support/arbitraries.js';

const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'],
  ...['Pacific/Apia', 'Africa/Casablanca', 'America/Havana', 'Pacific/Chatham', 'Africa/Cairo', 'America/Santiago'],
];
const SCHEDULES: Schedule[] = [
  ...[{ cadence: 'HOURLY' } as const, { cadence: 'DAILY' } as const, { cadence: 'WEEKLY' } as const],
  ...[{ cadence: 'DAILY', at: '02:30' } as const, { cadence: 'DAILY', at: '00:00' } as const],
  ...[{ cron: '*/20 * * * *' }, { cron: '30 2 * * *' }, { cron: '0 9 * * 1-5' }, { cron: '15,45 1-3 * * SUN' }],
  ...[{ rrule: 'FREQ=DAILY;BYHOUR=2;BYMINUTE=30' }, { rrule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;BYHOUR=9' }],
];
/** Days around which many clocks change, and any other. */
const anyDay = fc.oneof(
  fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01', '2011-12-30'),
  fc.integer({ min: 0, max: 3_650 }).map((day) => plus(new Date('2024-02-01'), day * 86_400_000).toISOString()),
);
const anyInstant = fc
  .tuple(anyDay, fc.integer({ min: -86_400_000, max: 86_400_000 }))
  .map(([day, ms]) => plus(new Date(day), ms));

describe('a schedule', () => {
  it('tiles time in every zone: each instant has one window, which ends after it and where the next one begins', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...SCHEDULES),
        fc.constantFrom(...ZONES),
        anyInstant,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (schedule, zone, now, part) => {
          const end = nextClosing(schedule, zone, now);
          expect(end.getTime()).toBeGreaterThan(now.getTime());
          const between = plus(now, Math.floor((end.getTime() - now.getTime()) * part));
          expect(nextClosing(schedule, zone, between)).toEqual(end);
          expect(nextClosing(schedule, zone, plus(end, -1))).toEqual(end);
          expect(nextClosing(schedule, zone, end).getTime()).toBeGreaterThan(end.getTime());
        },
      ),
      { numRuns: 2_000 },
    ));

  it.each([
    [{ cadence: 'HOURLY' }, 'Asia/Kathmandu', '2026-06-01T10:00:00Z', '2026-06-01T10:15:00.000Z'],
    [{ cadence: 'DAILY' }, 'Europe/Berlin', '2026-03-28T08:00:00Z', '2026-03-29T07:00:00.000Z'],
    [{ cadence: 'DAILY' }, 'Europe/Berlin', '2026-10-25T07:59:59Z', '2026-10-25T08:00:00.000Z'],
    [{ cadence: 'WEEKLY' }, 'America/New_York', '2026-03-02T14:00:00Z', '2026-03-09T13:00:00.000Z'],
    [{ cadence: 'DAILY', at: '02:30' }, 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
    [{ cadence: 'DAILY', at: '02:30' }, 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    [{ cron: '0 18 * * 5' }, 'Asia/Tokyo', '2026-06-01T00:00:00Z', '2026-06-05T09:00:00.000Z'],
    [{ rrule: 'FREQ=MONTHLY;BYDAY=1MO;BYHOUR=8' }, 'UTC', '2026-06-02T00:00:00Z', '2026-07-06T08:00:00.000Z'],
  ] as const)('%j in %s after %s', (schedule, zone, now, end) => {
    expect(nextClosing(schedule, zone, new Date(now)).toISOString()).toBe(end);
  });
});

describe('who is gathered', () => {
  const rules = { digest: { kind: 'SCHEDULE', cadence: 'HOURLY' } } as const;
  const closing = (of: Parameters<typeof facts>[0], channel: 'EMAIL' | 'INBOX' = 'EMAIL') =>
    digestWindow(facts(of), channel, NOON)?.closesAt.toISOString() ?? null;
  const HOURLY = '2026-03-14T13:00:00.000Z';
  const DAILY = '2026-03-15T09:00:00.000Z';

  it('nobody who said nothing, of a category that says nothing', () => expect(closing({})).toBeNull());
  it('as the category says', () => expect(closing({ category: { rules } })).toBe(HOURLY));
  it('as the person says before the category', () => {
    expect(closing({ category: { rules }, person: { cadences: { EMAIL: 'DAILY' } } })).toBe(DAILY);
    expect(closing({ category: { rules }, person: { cadences: { EMAIL: 'INSTANT' } } })).toBeNull();
    expect(closing({ category: { rules }, person: { cadences: { SMS: 'DAILY' } } })).toBe(HOURLY);
  });
  it('everything of who wants digests alone, daily where nobody says otherwise', () => {
    expect(closing({ person: { level: 'DIGESTS' } })).toBe(DAILY);
    expect(closing({ person: { level: 'DIGESTS', cadences: { EMAIL: 'INSTANT' } }, category: { rules } })).toBe(DAILY);
    expect(closing({ person: { level: 'DIGESTS' }, category: { rules } })).toBe(HOURLY);
  });
  it('in the app, and on some channels, only where the category names them', () => {
    expect(closing({ category: { rules } }, 'INBOX')).toBeNull();
    expect(closing({ person: { cadences: { INBOX: 'DAILY' } } }, 'INBOX')).toBeNull();
    const named = { digest: { ...rules.digest, channels: ['INBOX' as const] } };
    expect(closing({ category: { rules: named } }, 'INBOX')).toBe(HOURLY);
    expect(closing({ category: { rules: named } })).toBeNull();
  });
  it('nothing urgent, no digest, nothing with files', () => {
    const person = { cadences: { EMAIL: 'DAILY' as const } };
    expect(closing({ person, category: { critical: true } })).toBeNull();
    expect(closing({ person, category: { mandatory: true } })).toBeNull();
    expect(closing({ person, category: { class: 'SECURITY' } })).toBeNull();
    expect(closing({ person, isDigest: true })).toBeNull();
    expect(closing({ person, attachmentBytes: 1 })).toBeNull();
  });
  it('a batch for a span, which may slide as far as it says', () => {
    const batch = { kind: 'BATCH', windowMs: 60_000, sliding: true, maxMs: 90_000 } as const;
    const window = digestWindow(facts({ category: { rules: { digest: batch } }, digestKey: 'k' }), 'EMAIL', NOON);
    expect(window).toEqual({ key: 'k', closesAt: plus(NOON, 60_000), slidesMs: 90_000 });
  });
});
