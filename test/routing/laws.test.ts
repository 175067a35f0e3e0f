import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATEGORY_CLASSES, CHANNELS, type ChannelName } from '../../src/base/names.js';
import { demandOf, LAWS, lawsFor, missingConsent, type Law } from '../../src/routing/laws.js';
import { anyConsents, facts, NOON } from '../support/arbitraries.js';

const anyCountry = fc.constantFrom(null, 'US', 'CA', 'DE', 'FR', 'NO', 'GB', 'JP', 'XX');
const anyChannel = fc.constantFrom(...CHANNELS);
const STRICTNESS = ['OPT_OUT', 'OPT_IN', 'OPT_IN_TWICE'];

const granted = (channel: ChannelName, purpose: string, ms = 0) =>
  ({ channel, purpose, state: 'GRANTED', at: new Date(NOON.getTime() + ms) }) as const;
const withdrawn = (channel: ChannelName, purpose: string, ms = 0) =>
  ({ ...granted(channel, purpose, ms), state: 'WITHDRAWN' }) as const;

function missing(country: string | null, channel: ChannelName, consents: object[]) {
  const known = facts({
    category: { key: 'news', class: 'MARKETING' },
    person: { country, consents: consents as ReturnType<typeof granted>[] },
  });
  const found = missingConsent(known, channel);
  return found && [found.purpose, ...found.laws.map((law) => law.name)];
}

describe('the laws of a place and a channel', () => {
  it('are there for every country, channel and class, and for advertising alone', () =>
    fc.assert(
      fc.property(anyCountry, anyChannel, fc.constantFrom(...CATEGORY_CLASSES), (country, channel, kind) => {
        const laws = lawsFor(country, channel, kind);
        expect(laws.filter((law) => kind !== 'MARKETING' || !law.channels.includes(channel))).toEqual([]);
      }),
    ));

  it('want together what the strictest of them wants', () =>
    fc.assert(
      fc.property(anyCountry, anyChannel, (country, channel) => {
        const demand = demandOf(country, channel, 'MARKETING');
        for (const law of demand.laws) {
          expect(STRICTNESS.indexOf(demand.need)).toBeGreaterThanOrEqual(STRICTNESS.indexOf(law.need));
          if (law.perPurpose) expect(demand.perPurpose).toBe(true);
          if (law.postalAddress) expect(demand.postalAddress).toBe(true);
        }
      }),
    ));

  it('are nowhere stricter than where nobody knows the country', () =>
    fc.assert(
      fc.property(anyCountry, anyChannel, anyConsents, (country, channel, consents) => {
        const at = (where: string | null) =>
          missingConsent(
            facts({ category: { key: 'news', class: 'MARKETING' }, person: { country: where, consents } }),
            channel,
          );
        if (at(null) === null) expect(at(country)).toBeNull();
      }),
    ));

  it.each<[string, string | null, ChannelName, string[]]>([
    ['the USA by mail', 'US', 'EMAIL', ['CAN-SPAM', 'CCPA/CPRA']],
    ['the USA by text', 'US', 'SMS', ['TCPA', 'CCPA/CPRA']],
    ['Canada', 'CA', 'SMS', ['CASL']],
    ['Germany', 'DE', 'MOBILE_PUSH', ['GDPR', 'ePrivacy Directive']],
    ['Norway', 'NO', 'EMAIL', ['GDPR', 'ePrivacy Directive']],
    ['the United Kingdom', 'GB', 'EMAIL', ['PECR', 'UK DPA']],
    ['an inbox of one’s own product', 'DE', 'INBOX', []],
  ])('of %s', (_name, country, channel, names) =>
    expect(lawsFor(country, channel, 'MARKETING').map((law) => law.name)).toEqual(names),
  );

  it('of another region are one row more', () => {
    const row: Law = {
      name: 'Act of Ruritania',
      countries: ['XR'],
      channels: ['EMAIL'],
      need: 'OPT_IN',
      perPurpose: false,
      postalAddress: false,
      source: 'https://example.com/act',
    };
    const person = { country: 'XR', consents: [granted('EMAIL', 'MARKETING')] };
    const known = facts({ category: { key: 'news', class: 'MARKETING' }, person });
    const table = [...LAWS, row];
    expect(lawsFor('XR', 'EMAIL', 'MARKETING', table)).toEqual([row]);
    expect(missingConsent(known, 'EMAIL', table)).toBeNull();
    expect(missingConsent(facts({ ...known, person: { country: 'XR' } }), 'EMAIL', table)).toMatchObject({
      laws: [row],
    });
    // Without the row, nothing is known of the place.
    expect(missingConsent(known, 'EMAIL')).not.toBeNull();
  });
});

describe('the consent that is missing', () => {
  it.each<[string, string | null, ChannelName, object[], string[] | null]>([
    ['none in the USA by mail', 'US', 'EMAIL', [], null],
    ['to texts in the USA', 'US', 'SMS', [], ['MARKETING', 'TCPA']],
    ['to the device, where advertising alone was agreed to', 'US', 'SMS', [granted('SMS', 'news')], ['DEVICE', 'TCPA']],
    ['to the advertising, where the device alone was', 'US', 'SMS', [granted('SMS', 'DEVICE')], ['MARKETING', 'TCPA']],
    ['none with both', 'US', 'SMS', [granted('SMS', 'MARKETING'), granted('SMS', 'DEVICE')], null],
    ['that of another channel does not count', 'CA', 'EMAIL', [granted('SMS', 'news')], ['MARKETING', 'CASL']],
    ['none in Canada with one to all', 'CA', 'EMAIL', [granted('EMAIL', 'MARKETING')], null],
    [
      ...(['one to all is none to this in Germany', 'DE', 'EMAIL'] as const),
      [granted('EMAIL', 'MARKETING')],
      ['news', 'GDPR', 'ePrivacy Directive'],
    ],
    ['none in Germany with one to this', 'DE', 'EMAIL', [granted('EMAIL', 'news')], null],
    ['what was taken back, where nothing is wanted', 'US', 'EMAIL', [withdrawn('EMAIL', 'MARKETING')], ['MARKETING']],
    [
      ...(['of this, though all was agreed to', 'CA', 'EMAIL'] as const),
      [granted('EMAIL', 'MARKETING'), withdrawn('EMAIL', 'news', -1)],
      ['news', 'CASL'],
    ],
    [
      ...(['none, where this was agreed to after all was taken back', 'DE', 'EMAIL'] as const),
      [withdrawn('EMAIL', 'MARKETING'), granted('EMAIL', 'news', 1)],
      null,
    ],
  ])('%s', (_name, country, channel, consents, expected) =>
    expect(missing(country, channel, consents)).toEqual(expected),
  );

  it('a question that is open gives nothing and takes nothing', () =>
    fc.assert(
      fc.property(anyCountry, anyChannel, anyConsents, (country, channel, consents) => {
        const person = { country, consents };
        const said = { country, consents: consents.filter((consent) => consent.state !== 'PENDING') };
        const category = { key: 'news', class: 'MARKETING' } as const;
        expect(missingConsent(facts({ category, person }), channel)).toEqual(
          missingConsent(facts({ category, person: said }), channel),
        );
      }),
    ));

  it('is never of what is no advertising', () =>
    fc.assert(
      fc.property(anyCountry, anyChannel, anyConsents, (country, channel, consents) => {
        for (const kind of ['SECURITY', 'TRANSACTIONAL', 'PRODUCT'] as const)
          expect(
            missingConsent(facts({ category: { class: kind }, person: { country, consents } }), channel),
          ).toBeNull();
      }),
    ));

  it('a withdrawal that is the last word on its purpose always holds', () =>
    fc.assert(
      fc.property(
        anyCountry,
        anyConsents,
        fc.constantFrom('news', 'MARKETING', 'DEVICE'),
        (country, before, purpose) => {
          const consents = [...before, withdrawn('EMAIL', purpose, 10_000_000)];
          expect(missing(country, 'EMAIL', consents)).not.toBeNull();
        },
      ),
    ));
});

it('the table in the documents is the table that is applied', () => {
  const text = readFileSync(new URL('../../docs/compliance.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|/gm)];
  const written = rows.map(([, name, source, countries, channels, need]) => [name, source, countries, channels, need]);
  const needs = { OPT_OUT: 'opt-out', OPT_IN: 'opt-in', OPT_IN_TWICE: 'opt-in, and `DEVICE`' } as const;
  expect(written).toEqual(
    LAWS.map((law) => [
      law.name,
      law.source,
      law.countries.join(' '),
      law.channels.join(' '),
      [needs[law.need], law.perPurpose ? 'per purpose' : [], law.postalAddress ? 'postal address' : []]
        .flat()
        .join('; '),
    ]),
  );
});
