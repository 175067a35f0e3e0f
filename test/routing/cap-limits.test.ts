import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLimited, limitsOn } from '../../src/routing/cap-limits.js';
import { capQuestion, withAnswer } from '../../src/routing/capped.js';
import { decide } from '../../src/routing/decide.js';
import { NOTHING_YET } from '../../src/routing/state.js';
import type { Facts } from '../../src/routing/facts.js';
import { anyFacts, facts } from '../support/arbitraries.js';
import { at } from './events.js';

const DAY = 86_400_000;
const PERSON = [
  { max: 3, periodMs: DAY },
  { max: 1, periodMs: DAY, channel: 'SMS' as const },
  { max: 2, periodMs: DAY, category: 'news' },
];
const scopes = (known: Parameters<typeof facts>[0], channel: 'SMS' | 'EMAIL' = 'SMS'): string[] =>
  limitsOn(facts(known), channel).map((limit) => `${limit.kind} ${limit.scope}`);

describe('the limits of a notification', () => {
  it('are those of the person, the category and the sender that concern it', () => {
    const rules = {
      caps: [
        { max: 5, periodMs: DAY },
        { max: 1, periodMs: DAY, channel: 'EMAIL' as const },
      ],
    };
    const throttle = { key: 'code', max: 1, periodMs: 1_000, usedUpUntil: null };
    expect(scopes({ throttle, person: { caps: PERSON }, category: { key: 'orders', rules } })).toEqual([
      'KEY key:code',
      'WHOLE all',
      'CHANNEL channel:SMS',
      'WHOLE category:orders',
    ]);
    expect(scopes({ category: { rules } }, 'EMAIL')).toEqual([
      'WHOLE category:orders',
      'CHANNEL category:orders channel:EMAIL',
    ]);
    expect(scopes({ person: { caps: PERSON }, category: { key: 'news' } }, 'EMAIL')).toEqual([
      'WHOLE all',
      'WHOLE category:news',
    ]);
  });

  it.each<[string, Parameters<typeof facts>[0]]>([
    ['SECURITY', { category: { class: 'SECURITY' } }],
    ['what is mandatory', { category: { mandatory: true } }],
    ['what is critical', { category: { critical: true } }],
  ])('leave out caps for %s, but not the throttle', (_name, known) => {
    const throttle = { key: 'code', max: 1, periodMs: 1_000, usedUpUntil: null };
    expect(scopes({ ...known, throttle, person: { caps: PERSON } })).toEqual(['KEY key:code']);
  });

  it('are none where nobody said anything', () => {
    expect(isLimited(facts())).toBe(false);
    expect(capQuestion(facts(), decide(facts(), NOTHING_YET, at(0)))).toBeNull();
  });
});

describe('what is used up', () => {
  /** Everything that is asked is answered with "not before a minute from now", until nothing is asked any more. */
  function denied(known: Facts): ReturnType<typeof decide> {
    let current = known;
    for (;;) {
      const decision = decide(current, NOTHING_YET, at(0));
      const question = capQuestion(current, decision);
      const limit = question?.limits[0];
      if (!question || !limit) return decision;
      const kind = question.limits.some((one) => one.kind === 'WHOLE') ? 'WHOLE' : limit.kind;
      current = withAnswer(current, question, { until: at(60), kind });
    }
  }
  const only = (channel: 'SMS' | 'EMAIL') => ({ caps: [{ max: 1, periodMs: DAY, channel }] });

  it('of everything holds it', () => {
    const { action, plan } = denied(facts({ person: { caps: [{ max: 1, periodMs: DAY }] } }));
    expect(action).toMatchObject({ kind: 'wait', until: at(60) });
    expect(plan).toMatchObject({ outcome: 'HOLD', sendAt: at(60), steps: [{ reason: 'FREQUENCY_CAP' }, {}, {}] });
  });

  it('of a channel lets the next one go', () => {
    const { action, plan } = denied(facts({ person: only('EMAIL') }));
    expect(action).toMatchObject({ kind: 'attempt', channel: 'SMS' });
    expect(plan.steps.map((step) => step.reason)).toEqual(['RECIPIENT_OFFLINE', 'FREQUENCY_CAP', 'SELECTED']);
  });

  it('of the only channel that is left holds it, too', () => {
    const { action, plan } = denied(facts({ person: only('EMAIL'), requestedChannels: ['EMAIL'] }));
    expect(action).toMatchObject({ kind: 'wait', until: at(60) });
    expect(plan.outcome).toBe('HOLD');
  });

  it.each(['EMAIL', undefined] as const)('ends it where the category says so: %s', (channel) => {
    const caps = [{ max: 1, periodMs: DAY, ...(channel && { channel }) }];
    const known = facts({ requestedChannels: ['EMAIL'], category: { rules: { caps, onCap: 'DROP' } } });
    expect(denied(known).state.finished).toMatchObject({ state: 'SUPPRESSED', reason: 'FREQUENCY_CAP' });
  });

  it('of a key ends it, whatever it is', () => {
    const throttle = { key: 'code', max: 1, periodMs: 1_000, usedUpUntil: null };
    const { finished } = denied(facts({ throttle, category: { class: 'SECURITY' } })).state;
    expect(finished).toMatchObject({ state: 'SUPPRESSED', reason: 'THROTTLED_KEY' });
  });

  it('ends every asking, whatever is answered, and nothing goes that was not let through', () => {
    const anyCap = fc.record(
      {
        max: fc.constant(1),
        periodMs: fc.constant(DAY),
        channel: fc.constantFrom('EMAIL' as const, 'SMS' as const, 'INBOX' as const),
      },
      { requiredKeys: ['max', 'periodMs'] },
    );
    const anyCapped = fc.tuple(anyFacts, fc.array(anyCap, { maxLength: 3 }), fc.boolean(), fc.boolean());
    const anyAnswers = fc.array(fc.constantFrom('go' as const, 'full' as const), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(anyCapped, anyAnswers, ([known, caps, isOwn, isThrottled], answers) => {
        const throttle = isThrottled ? { key: 'code', max: 1, periodMs: 1_000, usedUpUntil: null } : null;
        const rules = isOwn ? known.category.rules : { ...known.category.rules, caps };
        const person = { ...known.person, caps: isOwn ? caps : [], cappedUntil: null, cappedChannels: {} };
        let current: Facts = { ...known, throttle, person, category: { ...known.category, rules } };
        const free = new Set<string>();
        for (let asked = 0; ; asked += 1) {
          expect(asked).toBeLessThan(50);
          const decision = decide(current, NOTHING_YET, at(0));
          const { action } = decision;
          const question = capQuestion(current, decision);
          if (!question || free.has(question.channel)) {
            if (action.kind === 'attempt' || action.kind === 'place')
              expect(free.has(action.channel) || limitsOn(current, action.channel).length === 0).toBe(true);
            return;
          }
          const says = answers[asked % answers.length];
          if (says === 'go') free.add(question.channel);
          const kind = question.limits[asked % question.limits.length]?.kind ?? 'WHOLE';
          current = withAnswer(current, question, says === 'go' ? 'go' : { until: at(60), kind });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
