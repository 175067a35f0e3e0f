import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { Compliance } from '../store/environments.js';

const ADDRESS_MAX = 500;
const COUNTRY = /^[A-Z]{2}$/;

/** What a caller says of an environment, in the form in which it is kept. Throws UserErrors. */
export function checkCompliance(change: Compliance): Compliance {
  const problems: UserError[] = [];
  const { postalAddress, defaultCountry } = change;
  const place = postalAddress?.replace(/\s+/g, ' ').trim();
  if (place !== undefined && (place === '' || place.length > ADDRESS_MAX))
    problems.push(
      userError(
        ['input', 'postalAddress'],
        'INVALID_POSTAL_ADDRESS',
        `${place.length} characters given, expected 1 to ${ADDRESS_MAX}, or null`,
      ),
    );
  const country = defaultCountry?.toUpperCase();
  if (country !== undefined && !COUNTRY.test(country))
    problems.push(
      userError(
        ['input', 'defaultCountry'],
        'INVALID_COUNTRY',
        `"${country.slice(0, 80)}" given, expected two letters of ISO 3166-1, like DE, or null`,
      ),
    );
  const offIn = change.trackingOffIn && [...new Set(change.trackingOffIn.map((one) => one.toUpperCase()))].toSorted();
  const wrong = offIn?.find((one) => !COUNTRY.test(one));
  if (wrong !== undefined)
    problems.push(
      userError(
        ['input', 'trackingOffIn'],
        'INVALID_COUNTRY',
        `"${wrong.slice(0, 80)}" given, expected two letters of ISO 3166-1 each, like DE`,
      ),
    );
  for (const field of ['termsUrl', 'privacyUrl'] as const) problems.push(...linkProblems(field, change[field]));
  if (problems.length > 0) throw new UserErrors(problems);
  return {
    ...change,
    ...(place === undefined ? {} : { postalAddress: place }),
    ...(offIn == null ? {} : { trackingOffIn: offIn }),
    ...(country === undefined ? {} : { defaultCountry: country }),
  };
}

/** People follow it from a page and from text messages. */
export function linkProblems(field: string, link: string | null | undefined): UserError[] {
  if (link == null || isWebUrl(link)) return [];
  return [userError(['input', field], 'INVALID_URL', `"${link.slice(0, 80)}" given, expected http or https`)];
}

/** Can a browser follow it, and nothing but follow it? */
export function isWebUrl(link: string): boolean {
  return URL.canParse(link) && ['http:', 'https:'].includes(new URL(link).protocol);
}
