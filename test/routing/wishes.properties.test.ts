import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINAL_STATES, type ChannelName } from '../../src/base/names.js';
import { channelsAt } from '../../src/routing/channels-at.js';
import { decide } from '../../src/routing/decide.js';
import type { Decision } from '../../src/routing/decision.js';
import { NOTHING_YET } from '../../src/routing/state.js';
import type { Facts, PersonFact } from '../../src/routing/facts.js';
import { isOverriding } from '../../src/routing/overriding.js';
import { skipReason } from '../../src/routing/plan.js';
import {
  anyFacts,
  anyPerson,
  anyScript,
  ANYBODY,
  endpoint,
  integration,
  ONLINE,
  soon,
} from '../support/arbitraries.js';
import { everyAction } from './every.js';

/** Somebody to whom the law speaks as to this person, and who wishes nothing. */
function wishless({ country, consents, timeZone, isDelegated }: PersonFact): PersonFact {
  return { ...ANYBODY, country, consents, timeZone, isDelegated };
}

/** The same notification for the same person without a wish. */
function withoutWishes(facts: Facts): Facts {
  return { ...facts, optOuts: new Set(), person: wishless(facts.person) };
}

const open = (facts: Facts, now: Date): ChannelName[] => {
  const channelsNow = channelsAt(facts, now);
  return channelsNow.filter((channel) => skipReason({ ...facts, channelsNow }, NOTHING_YET, channel) === null);
};

const isSent = ({ action }: Decision): boolean => action.kind === 'attempt' || action.kind === 'place';
const endOf = ({ state }: Decision): string | null => state.finished?.state ?? null;

const delegate = fc.record({ recipientId: fc.uuid(), name: fc.constant('Ben'), until: soon });
/** Reachable on every channel, so that wishes alone decide. */
const REACHABLE: Partial<Facts> = {
  endpoints: (['EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH'] as const).map((channel) => endpoint(channel, 'one')),
  integrations: (['EMAIL', 'SMS', 'SLACK', 'MOBILE_PUSH'] as const).map((channel) => integration(channel, channel)),
  ...{ presence: ONLINE, sendAt: null, expiresAt: null, canceled: false, postalAddress: '1 High Street, Springfield' },
};

/** Everything that a person may wish, stand-ins as well, where all is well and where it is not. */
const wishing: fc.Arbitrary<Facts> = fc
  .tuple(anyFacts, anyPerson, fc.nat({ max: 7 }), delegate, fc.nat({ max: 2 }))
  .map(([facts, person, turn, stands, fate]) => ({
    ...facts,
    ...(fate > 0 ? REACHABLE : {}),
    person: { ...person, delegate: turn === 0 ? stands : null },
  }));

const everyWish = (check: (facts: Facts, now: Date) => void): void =>
  fc.assert(fc.property(wishing, soon, check), { numRuns: 3_000 });

describe('with everything that people wish', () => {
  it('there is one decision, always the same, that names every channel once and changes nothing', () =>
    everyWish((facts, now) => {
      const asked = structuredClone({ facts, now });
      const decision = decide(facts, NOTHING_YET, now);
      expect(decide(facts, NOTHING_YET, now)).toEqual(decision);
      expect({ facts, now }).toEqual(asked);
      expect(decision.plan.steps.map((step) => step.channel)).toEqual(channelsAt(facts, now));
    }));

  it('what is sent goes, waits for a later instant, or has ended: nothing is left undecided', () =>
    everyWish((facts, now) => {
      const { action, plan, state } = decide(facts, NOTHING_YET, now);
      if (action.kind === 'wait') expect(action.until.getTime()).toBeGreaterThan(now.getTime());
      else if (action.kind === 'rest') {
        expect(FINAL_STATES.has(plan.outcome as never)).toBe(true);
        expect(state.finished?.state).toBe(plan.outcome);
      } else expect(plan.outcome).toBe('SEND');
    }));

  it('what is switched off never goes, whatever happens afterwards, unless it is mandatory, overriding or SECURITY', () => {
    const counted = { forced: 0, all: 0 };
    everyAction(
      ({ facts, action }) => {
        counted.all += 1;
        const isOff = facts.optOuts.has(action.channel) || facts.person.channelsOff.has(action.channel);
        if (!isOff) return;
        const { category } = facts;
        const isForced = category.mandatory || category.class === 'SECURITY' || category.rules.overrides === true;
        expect(isForced).toBe(true);
        if (!category.mandatory) expect(category.class).not.toBe('MARKETING');
        counted.forced += 1;
      },
      fc.tuple(wishing, anyScript),
    );
    expect(counted.forced).toBeGreaterThan(20);
    expect(counted.all).toBeGreaterThan(500);
  });
});

describe('a wish', () => {
  it('opens no channel, but where the person chose channels', () => {
    let closed = 0;
    everyWish((facts, now) => {
      const kept = { ...facts, person: { ...facts.person, channels: null } };
      const before = new Set(open(withoutWishes(kept), now));
      const after = new Set(open(kept, now));
      for (const channel of after) expect(before.has(channel)).toBe(true);
      if (after.size < before.size) closed += 1;
    });
    expect(closed).toBeGreaterThan(200);
  });

  it('lets nothing go that would not go without it, but where the person chose channels', () => {
    let silenced = 0;
    everyWish((facts, now) => {
      const kept = { ...facts, person: { ...facts.person, channels: null } };
      const [free, wished] = [decide(withoutWishes(kept), NOTHING_YET, now), decide(kept, NOTHING_YET, now)];
      if (isSent(free) && !isSent(wished)) silenced += 1;
      // It may go sooner: where the person wants no digests, or quiet hours leave nothing of the sender's window.
      if (isSent(wished)) expect(endOf(free)).toBeNull();
    });
    expect(silenced).toBeGreaterThan(200);
  });

  it('to choose channels opens those alone that the person named', () =>
    everyWish((facts, now) => {
      const chosen = facts.person.channels ?? [];
      const before = new Set(open(withoutWishes(facts), now));
      for (const channel of open(facts, now)) expect(before.has(channel) || chosen.includes(channel)).toBe(true);
    }));

  it('silences no SECURITY, and nothing that overrides', () =>
    everyWish((facts, now) => {
      if (facts.category.class !== 'SECURITY') return;
      const kept = { ...facts, person: { ...facts.person, delegate: null } };
      const [free, wished] = [decide(withoutWishes(kept), NOTHING_YET, now), decide(kept, NOTHING_YET, now)];
      expect(wished.action).toEqual(free.action);
      expect(endOf(wished)).toBe(endOf(free));
    }));
});

it('MARKETING never overrides, whatever a row says', () =>
  fc.assert(
    fc.property(wishing, soon, (facts, now) => {
      const rules = { ...facts.category.rules, overrides: true };
      const advertising = {
        ...facts,
        category: { ...facts.category, class: 'MARKETING' as const, rules, mandatory: false },
      };
      expect(isOverriding(advertising)).toBe(false);
      const { action } = decide(
        { ...advertising, category: { ...advertising.category, critical: false } },
        NOTHING_YET,
        now,
      );
      if (action.kind !== 'attempt' && action.kind !== 'place') return;
      const { person, optOuts } = advertising;
      expect(optOuts.has(action.channel) || person.channelsOff.has(action.channel)).toBe(false);
      expect(person.unsubscribed).toBe(false);
      expect(['EVERYTHING', 'DIGESTS']).toContain(person.level);
      expect(person.pausedUntil === null || person.pausedUntil <= now).toBe(true);
    }),
    { numRuns: 3_000 },
  ));
