import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../../src/base/names.js';
import { preferences } from '../../../src/routing/rules/preferences.js';
import { anyFacts, facts } from '../../support/arbitraries.js';
import { at } from '../events.js';
import { skips } from './cases.js';

const noMail = new Set(['EMAIL'] as const);

describe('preferences', () => {
  skips(preferences, [
    ['a channel that the person switched off is left out', { optOuts: noMail }, 'EMAIL', 'CATEGORY_OPT_OUT'],
    ['an inbox as well', { optOuts: new Set(['INBOX']) }, 'INBOX', 'CATEGORY_OPT_OUT'],
    ['the others stay', { optOuts: noMail }, 'SMS', null],
    ['a mandatory category goes all the same', { optOuts: noMail, category: { mandatory: true } }, 'EMAIL', null],
    ['security goes all the same', { optOuts: noMail, category: { class: 'SECURITY' } }, 'EMAIL', null],
    ['an overriding category, too', { optOuts: noMail, category: { rules: { overrides: true } } }, 'EMAIL', null],
    ['marketing does not', { optOuts: noMail, category: { class: 'MARKETING' } }, 'EMAIL', 'CATEGORY_OPT_OUT'],
    [
      'not even where it says that it overrides',
      { optOuts: noMail, category: { class: 'MARKETING', rules: { overrides: true } } },
      'EMAIL',
      'CATEGORY_OPT_OUT',
    ],
    [
      'what nobody switched on is told apart',
      { optOuts: noMail, category: { rules: { defaultOn: false } } },
      'EMAIL',
      'NOT_SUBSCRIBED',
    ],
    ['a whole channel may be off', { person: { channelsOff: noMail } }, 'EMAIL', 'CHANNEL_OPT_OUT'],
    ['channels that were not chosen are left out', { person: { channels: ['SMS'] } }, 'EMAIL', 'NOT_CHOSEN'],
    ['those that were chosen are not', { person: { channels: ['SMS'] } }, 'SMS', null],
    [
      'what the sender asked for needs no choice',
      { person: { channels: ['SMS'] }, requestedChannels: ['EMAIL'] },
      'EMAIL',
      null,
    ],
  ]);

  it('say where they are overridden', () => {
    const wish = { person: { channelsOff: noMail } };
    expect(preferences.note?.(facts({ ...wish, category: { class: 'SECURITY' } }))).toEqual({
      reason: 'PREFERENCE_OVERRIDDEN',
      detail: null,
    });
    expect(preferences.note?.(facts(wish))).toBeNull();
    expect(preferences.note?.(facts({ category: { class: 'SECURITY' } }))).toBeNull();
  });

  it('say so of a pause, a level and an unsubscribe as well, where these would have ended it', () => {
    const overriding = { class: 'PRODUCT', rules: { overrides: true } } as const;
    for (const person of [{ level: 'CRITICAL' }, { pausedUntil: at(60_000) }, { unsubscribed: true }] as const)
      expect(preferences.note?.(facts({ person, category: overriding }))?.reason).toBe('PREFERENCE_OVERRIDDEN');
    expect(preferences.note?.(facts({ person: { level: 'DIGESTS' }, category: overriding }))).toBeNull();
    // Security belongs to every level.
    expect(preferences.note?.(facts({ person: { level: 'CRITICAL' }, category: { class: 'SECURITY' } }))).toBeNull();
  });

  it('never let advertising through that was switched off', () =>
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...CHANNELS), (any, channel) => {
        const marketing = { ...any, category: { ...any.category, class: 'MARKETING' as const, mandatory: false } };
        const off = { ...marketing, optOuts: new Set([channel]) };
        expect(preferences.skip?.(off, channel)).not.toBeNull();
      }),
    ));
});
