import { readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS, type ChannelName } from '../../../src/base/names.js';
import type { Facts } from '../../../src/routing/facts.js';
import { RULES } from '../../../src/routing/rules/index.js';
import { anyFacts, endpoint, integration, ONLINE } from '../../support/arbitraries.js';

/** The channels that no rule leaves out. */
function open(facts: Facts): ChannelName[] {
  return CHANNELS.filter((channel) => RULES.every((rule) => (rule.skip?.(facts, channel) ?? null) === null));
}

describe('the rules', () => {
  it('are all in the list, in order: what ends, what holds, what leaves out', () => {
    expect(RULES.map((rule) => rule.name)).toEqual([
      'cancellation',
      'expiry',
      'schedule',
      'absence',
      'level',
      'quiet-hours',
      'send-window',
      'throttle',
      'frequency-cap',
      'preferences',
      'consent',
      'reachable',
      'configured',
      'presence',
      'tracking',
    ]);
    const files = readdirSync(new URL('../../../src/routing/rules/', import.meta.url))
      .map((file) => file.replace('.ts', ''))
      .filter((name) => name !== 'index' && name !== 'rule');
    expect(RULES.map((rule) => rule.name).sort()).toEqual(files.sort());
  });

  it.each<[string, (facts: Facts) => Partial<Facts>]>([
    ['an address more', ({ endpoints }) => ({ endpoints: [...endpoints, endpoint('SMS', '+14155550123')] })],
    ['a provider more', ({ integrations }) => ({ integrations: [...integrations, integration('SLACK', 'new')] })],
    ['a choice taken back', ({ optOuts }) => ({ optOuts: new Set([...optOuts].slice(1)) })],
    [
      'a person who comes',
      ({ presence }) => ({ presence: [...presence.filter((p) => p.platform !== 'WEB'), ...ONLINE] }),
    ],
  ])('close no channel for %s', (_name, more) =>
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(open({ ...facts, ...more(facts) })).toEqual(expect.arrayContaining(open(facts)));
      }),
      { numRuns: 300 },
    ),
  );
});
