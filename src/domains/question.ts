import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { DomainQuestion } from './check.js';

const SELECTORS_MAX = 30;
const ADDRESSES_MAX = 10;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** What is asked, in the DNS's own form. Throws UserErrors with paths below `input`. */
export function parseQuestion(input: {
  readonly domain: string;
  readonly dkimSelectors?: readonly string[] | null | undefined;
  readonly addresses?: readonly string[] | null | undefined;
}): DomainQuestion {
  const problems: UserError[] = [];
  const refuse = (path: (string | number)[], code: string, message: string): void =>
    void problems.push(userError(['input', ...path], code, message));
  const domain = parseDomain(input.domain);
  if (domain === null) refuse(['domain'], 'INVALID_DOMAIN', 'expected a domain like example.com');
  const { dkimSelectors, addresses = [] } = input;
  if (dkimSelectors && (dkimSelectors.length === 0 || dkimSelectors.length > SELECTORS_MAX))
    refuse(['dkimSelectors'], 'TOO_MANY', `${dkimSelectors.length} given, expected 1 to ${SELECTORS_MAX}`);
  const selectors = dkimSelectors?.map((selector) => selector.toLowerCase()) ?? null;
  selectors?.forEach((selector, index) => {
    if (selector.length > 63 || !selector.split('.').every((label) => LABEL.test(label)))
      refuse(['dkimSelectors', index], 'INVALID_SELECTOR', 'expected a selector like s1, without "._domainkey"');
  });
  if ((addresses?.length ?? 0) > ADDRESSES_MAX)
    refuse(['addresses'], 'TOO_MANY', `${addresses?.length} given, expected at most ${ADDRESSES_MAX}`);
  addresses?.forEach((address, index) => {
    const valid = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
    if (!valid) refuse(['addresses', index], 'INVALID_ADDRESS', 'expected a network address like 192.0.2.1');
  });
  if (domain === null || problems.length > 0) throw new UserErrors(problems);
  return {
    domain,
    dkimSelectors: selectors && [...new Set(selectors)],
    addresses: [...new Set(addresses?.map((address) => ipaddr.process(address).toString()))],
  };
}

/** A domain as the DNS has it: lower case, other letters as `xn--…`; null for what is none. */
function parseDomain(text: string): string | null {
  const domain = domainToASCII(text.trim().replace(/\.$/, ''));
  const labels = domain.split('.');
  if (labels.length < 2 || domain.length > 253 || ipaddr.isValid(domain)) return null;
  return labels.every((label) => LABEL.test(label)) ? domain : null;
}
