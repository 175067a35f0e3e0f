import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS, type ChannelName } from '../../src/base/names.js';
import { addressOf, consentGap, isGranted, saidAt, termsOf } from '../../src/recipients/agreement.js';
import { missingConsent } from '../../src/routing/laws.js';
import type { ConsentFact } from '../../src/routing/facts.js';
import { NOON } from '../support/arbitraries.js';

const TOLD = { description: 'What is new', expected: 'One a week', termsUrl: 'https://example.com/terms' };
const newsletter = { key: 'newsletter', class: 'MARKETING', rules: TOLD } as const;

const anyConsents = fc.array(
  fc.record<ConsentFact>({
    channel: fc.constantFrom<ChannelName>('EMAIL', 'SMS', 'WHATSAPP'),
    purpose: fc.constantFrom('newsletter', 'MARKETING', 'DEVICE', 'other'),
    state: fc.constantFrom('GRANTED', 'WITHDRAWN'),
    // Clocks of callers may be ahead.
    at: fc.integer({ min: -9, max: 9 }).map((ms) => new Date(NOON.getTime() + ms)),
  }),
  { maxLength: 6 },
);
const anyCountry = fc.constantFrom(null, 'US', 'CA', 'DE', 'GB', 'XX');
const standing = (country: string | null, consents: readonly ConsentFact[] = []) => ({
  ...{ country, consents, endpoints: [], compliance: {} },
});

describe('a consent that is missing', () => {
  it('is missing exactly where the law holds advertising back, and a tick, where it is offered, lets it go', () =>
    fc.assert(
      fc.property(anyCountry, anyConsents, fc.constantFrom(...CHANNELS), (country, consents, channel) => {
        const gap = consentGap(newsletter, channel, standing(country, consents), NOON);
        expect(gap === null).toBe(
          missingConsent({ category: newsletter, person: { country, consents } }, channel) === null,
        );
        if (gap === null || gap.lock !== null) return;
        const at = saidAt(consents, channel, NOON);
        const given = gap.purposes.map((purpose) => ({ channel, purpose, state: 'GRANTED' as const, at }));
        const after = [...consents, ...given];
        expect(consentGap(newsletter, channel, standing(country, after), NOON)).toBeNull();
        expect(isGranted(after, channel, 'newsletter')).toBe(true);
      }),
    ));

  it('is never given for a phone by the page alone where the law wants the phone to answer', () =>
    fc.assert(
      fc.property(
        anyConsents,
        fc.constantFrom(null, 'US'),
        fc.constantFrom('SMS', 'WHATSAPP'),
        (said, country, channel) => {
          const gap = consentGap(newsletter, channel, standing(country, said), NOON);
          if (gap?.lock === null) expect(gap.purposes).toEqual(['newsletter']);
          const device = said.filter((one) => one.purpose === 'DEVICE' && one.channel === channel);
          if (device.length === 0) expect(gap?.lock).toBe(channel === 'SMS' ? 'BY_TEXT' : 'ELSEWHERE');
        },
      ),
    ));

  it.each([
    ['description', { ...TOLD, description: '' }],
    ['amount', { description: 'What', termsUrl: TOLD.termsUrl }],
    ['terms', { description: 'What', expected: 'One' }],
    ['link that may be followed', { ...TOLD, termsUrl: 'javascript:alert(1)' }],
    ['link at all', { ...TOLD, termsUrl: 'see the web site' }],
  ])('cannot be given without %s', (_name, rules) => {
    expect(consentGap({ ...newsletter, rules }, 'EMAIL', standing('DE'), NOON)?.lock).toBe('NO_TERMS');
  });

  it('is of advertising alone', () => {
    expect(consentGap({ ...newsletter, class: 'PRODUCT' }, 'EMAIL', standing(null), NOON)).toBeNull();
  });
});

it('terms of a category come before those of the environment, and only links to the web are shown', () => {
  const compliance = { termsUrl: 'https://example.com/all', privacyUrl: 'data:text/html,x' };
  expect(termsOf(newsletter, compliance)).toEqual({ termsUrl: 'https://example.com/terms', privacyUrl: null });
  expect(termsOf({ rules: {} }, compliance).termsUrl).toBe('https://example.com/all');
});

it('the address on record is the one that the category uses, and never a secret', () => {
  const endpoints = [
    { channel: 'EMAIL', address: 'old@example.com', retired: true },
    { channel: 'EMAIL', address: 'ana@example.com', retired: false },
    { channel: 'EMAIL', address: 'home@example.com', retired: false },
    { channel: 'TEAMS', address: 'https://teams.example/secret', retired: false },
  ] as const;
  const chosen = { categories: { newsletter: { addresses: { EMAIL: 'home@example.com' } } } };
  expect(addressOf({ endpoints }, {}, 'newsletter', 'EMAIL')).toBe('ana@example.com');
  expect(addressOf({ endpoints }, chosen, 'newsletter', 'EMAIL')).toBe('home@example.com');
  expect(addressOf({ endpoints }, {}, 'newsletter', 'TEAMS')).toBe('https://teams.example/…');
  expect(addressOf({ endpoints }, {}, 'newsletter', 'SMS')).toBeNull();
});
