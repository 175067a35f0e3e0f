import { describe, expect, it } from 'vitest';
import { consent } from '../../../src/routing/rules/consent.js';
import { facts, NOON } from '../../support/arbitraries.js';
import { skips } from './cases.js';

const news = { key: 'news', class: 'MARKETING' } as const;
const postalAddress = '1 High Street, Springfield';
const granted = { channel: 'EMAIL', purpose: 'news', state: 'GRANTED', at: NOON } as const;

describe('consent', () => {
  skips(consent, [
    ['advertising without it is left out', { category: news, person: { country: 'DE' } }, 'EMAIL', 'CONSENT_MISSING'],
    ['with it, it goes', { category: news, person: { country: 'DE', consents: [granted] } }, 'EMAIL', null],
    ['where nobody knows the country as well', { category: news, postalAddress }, 'EMAIL', 'CONSENT_MISSING'],
    ['not in the USA by mail', { category: news, postalAddress, person: { country: 'US' } }, 'EMAIL', null],
    ['which wants an address', { category: news, person: { country: 'US' } }, 'EMAIL', 'POSTAL_ADDRESS_MISSING'],
    ['in mail alone', { category: news, person: { country: 'US' } }, 'MOBILE_PUSH', null],
    ['receipts go without', { category: { class: 'TRANSACTIONAL' }, person: { country: 'DE' } }, 'EMAIL', null],
    ['codes as well', { category: { class: 'SECURITY' }, person: { country: 'DE' } }, 'SMS', null],
    ['and news from within the product', { category: { class: 'PRODUCT' }, person: { country: 'DE' } }, 'EMAIL', null],
  ]);

  it('names the laws, and the consent that is missing', () => {
    const detail = (country: string | null) =>
      consent.note?.(facts({ category: { ...news, channels: ['INBOX', 'EMAIL', 'SMS'] }, person: { country } }))
        ?.detail;
    expect(detail('US')).toBe(
      'CAN-SPAM, CCPA/CPRA on EMAIL; TCPA, CCPA/CPRA on SMS: TCPA: MARKETING on SMS is not granted',
    );
    expect(detail('GB')).toContain('PECR, UK DPA on EMAIL: PECR, UK DPA: news on EMAIL is not granted');
    expect(detail(null)).toMatch(/^region unknown, so the strictest of CAN-SPAM, .*GDPR/);
    expect(consent.note?.(facts({ person: { country: 'US' } }))).toBeNull();
  });
});
