import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trackingOf } from '../../src/routing/tracking.js';

const anyCountry = fc.constantFrom('DE', 'FR', 'US', 'GB');
const anyCountries = fc.uniqueArray(anyCountry);

describe('whether anybody looks at what a person opens', () => {
  it('the person’s own no always counts', () =>
    fc.assert(
      fc.property(fc.option(anyCountry), anyCountries, (country, offIn) => {
        expect(trackingOf(true, country, offIn)).toBe('PERSON');
      }),
    ));

  it('else the region’s, and where nobody knows the region, any region’s', () =>
    fc.assert(
      fc.property(fc.option(anyCountry), anyCountries, (country, offIn) => {
        const isOff = country === null ? offIn.length > 0 : offIn.includes(country);
        expect(trackingOf(false, country, offIn)).toBe(isOff ? 'REGION' : 'ON');
      }),
    ));

  it('a country more in the list never turns it on', () =>
    fc.assert(
      fc.property(fc.option(anyCountry), anyCountries, anyCountry, (country, offIn, more) => {
        if (trackingOf(false, country, offIn) === 'REGION')
          expect(trackingOf(false, country, [...offIn, more])).toBe('REGION');
      }),
    ));
});
