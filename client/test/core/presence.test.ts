import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { buildSchema, parse, validate } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idleAfterMs, stateOf, tabToShow, type PresenceState } from '../../src/core/attention.ts';
import { leaseOf, presenceReports, reportPresence } from '../../src/core/presence.ts';

const attention = fc.record({
  visible: fc.boolean(),
  focused: fc.boolean(),
  usedAt: fc.nat(1_000_000),
  toasts: fc.boolean(),
});
const tabs = fc.array(attention, { maxLength: 6 });

describe('attention of several tabs', () => {
  it('is shown what comes in the focused tab, else in the visible one that was used last, never in a hidden one or one without toasts', () => {
    fc.assert(
      fc.property(tabs, (tabs) => {
        const shown = tabToShow(tabs);
        const visible = tabs.filter((tab) => tab.visible && tab.toasts);
        expect(shown === undefined).toBe(visible.length === 0);
        if (!shown) return;
        expect([shown.visible, shown.toasts]).toEqual([true, true]);
        const focused = visible.filter((tab) => tab.focused);
        expect(shown.focused).toBe(focused.length > 0);
        const rivals = focused.length > 0 ? focused : visible;
        expect(shown.usedAt).toBe(Math.max(...rivals.map((tab) => tab.usedAt)));
      }),
    );
  });

  it('makes a person as present as the most active tab', () => {
    const rank = { AWAY: 0, IDLE: 1, ACTIVE: 2 };
    fc.assert(
      fc.property(tabs, fc.nat(2_000_000), (tabs, now) => {
        const each = tabs.map((tab) => rank[stateOf([tab], now)]);
        expect(rank[stateOf(tabs, now)]).toBe(Math.max(0, ...each));
      }),
    );
    const tab = { visible: true, focused: true, usedAt: 0, toasts: true };
    expect([idleAfterMs - 1, idleAfterMs].map((now) => stateOf([tab], now))).toEqual(['ACTIVE', 'IDLE']);
  });
});

describe('reports of presence', () => {
  let reports: { at: number; state: PresenceState }[];
  let works: boolean;
  const start = () =>
    presenceReports(async (state) => {
      reports.push({ at: Date.now(), state });
      if (!works) throw new Error('unreachable');
    });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const states = () => reports.map(({ state }) => state);

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    [reports, works] = [[], true];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are what the gateway understands', () => {
    const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
    expect(validate(schema, parse(reportPresence.document))).toEqual([]);
  });

  it('never come closer together than 5 seconds, and the last state is always told', async () => {
    const changes = fc.array(fc.tuple(fc.constantFrom('ACTIVE', 'IDLE', 'AWAY'), fc.nat(20_000), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (changes) => {
        [reports, works] = [[], true];
        const presence = start();
        for (const [state, ms, working] of changes) {
          works = working;
          presence.update(state);
          await pass(ms);
        }
        works = true;
        await pass(60_000);
        expect(reports.at(-1)?.state).toBe(changes.at(-1)?.[0]);
        reports.forEach(({ at }, index) => {
          expect(at - (reports[index - 1]?.at ?? -Infinity)).toBeGreaterThanOrEqual(5_000);
        });
        presence.pause();
        const { length } = reports;
        await pass(600_000);
        expect(reports).toHaveLength(length);
      }),
      { numRuns: 60 },
    );
  });

  it('say nothing of somebody who only switched tabs', async () => {
    const presence = start();
    presence.update('ACTIVE');
    await pass(6_000);
    presence.update('AWAY');
    await pass(9_900);
    presence.update('ACTIVE');
    await pass(20_000);
    expect(states()).toEqual(['ACTIVE']);
    presence.update('AWAY');
    await pass(10_000);
    expect(states()).toEqual(['ACTIVE', 'AWAY']);
  });

  it('are renewed within what they hold: often while somebody is there, seldom while nobody is', async () => {
    const presence = start();
    const gaps = () => reports.slice(1).map(({ at }, index) => at - reports[index]!.at);
    presence.update('ACTIVE');
    await pass(300_000);
    expect(leaseOf('ACTIVE')).toBe('PT90S');
    expect([...new Set(gaps())]).toEqual([45_000]);
    presence.update('AWAY');
    await pass(10_000);
    reports = [];
    await pass(3 * 3_600_000);
    expect(leaseOf('AWAY')).toBe('PT30M');
    expect([...new Set(gaps())]).toEqual([900_000]);
  });

  it('are renewed at a look as well, where timers hardly run', async () => {
    const presence = start();
    presence.update('ACTIVE');
    await pass(0);
    // A hidden leader hears of the visible tab every 15 s; its own timers are late.
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) => (ms > 0 ? undefined : run()));
    for (let look = 0; look < 20; look += 1) {
      vi.setSystemTime(Date.now() + 15_000);
      presence.update('ACTIVE');
      await Promise.resolve();
    }
    vi.unstubAllGlobals();
    expect(reports.length).toBe(7);
  });

  it('end with one when the last tab goes, unless nobody was said to be there', async () => {
    const quiet = start();
    quiet.leave();
    expect(states()).toEqual([]);
    const presence = start();
    presence.update('IDLE');
    await pass(0);
    presence.leave();
    await pass(600_000);
    expect(states()).toEqual(['IDLE', 'AWAY']);
  });
});
