import { describe, expect, it } from 'vitest';
import { decide } from '../../src/routing/decide.js';
import { inOneLine, type Decision } from '../../src/routing/decision.js';
import { NOTHING_YET } from '../../src/routing/state.js';
import type { EndpointFact, IntegrationFact } from '../../src/routing/facts.js';
import { endpoint, facts, integration, NOON } from '../support/arbitraries.js';

const mail = (key: string, more: Partial<IntegrationFact> = {}): IntegrationFact => ({
  ...integration('EMAIL', key),
  ...more,
});

function decided(more: Parameters<typeof facts>[0]): Decision {
  return decide(facts({ requestedChannels: ['EMAIL', 'SMS'], ...more }), NOTHING_YET, NOON);
}

describe('a provider that cannot carry it is passed over, and the plan says why', () => {
  const phone = integration('SMS', 'phone');
  const small = mail('small', { payloadLimit: 10_000_000 });
  const large = mail('large', { payloadLimit: 50_000_000 });
  const transactional = mail('strict', { classes: ['SECURITY', 'TRANSACTIONAL', 'PRODUCT'] });

  it('because the files are too large', () => {
    const { action, plan } = decided({ attachmentBytes: 16_000_000, integrations: [small, large] });
    expect(action).toMatchObject({ integration: 'large' });
    expect(inOneLine(plan.steps)).toBe('EMAIL SEND SELECTED (small PAYLOAD_TOO_LARGE), SMS SKIP NO_INTEGRATION');
  });

  it('because it may not carry marketing', () => {
    const news = { class: 'MARKETING' } as const;
    const inUsa = { person: { country: 'US' }, postalAddress: '1 High Street' };
    const { action, plan } = decided({ ...inUsa, category: news, integrations: [transactional, mail('any')] });
    expect(action).toMatchObject({ integration: 'any' });
    expect(plan.steps[0]?.passedOver).toEqual([{ integration: 'strict', reason: 'CLASS_NOT_CARRIED' }]);
  });

  it('and without another one the next channel goes', () => {
    const { action, plan } = decided({ attachmentBytes: 16_000_000, integrations: [small, phone] });
    expect(action).toMatchObject({ channel: 'SMS' });
    expect(inOneLine(plan.steps)).toBe('EMAIL SKIP PAYLOAD_TOO_LARGE (small PAYLOAD_TOO_LARGE), SMS SEND SELECTED');
  });

  it('though files weigh nothing where none are taken along', () => {
    const limited = { ...phone, payloadLimit: 1_000 };
    expect(decided({ attachmentBytes: 16_000_000, integrations: [limited] }).action).toMatchObject({ channel: 'SMS' });
  });
});

describe('an address on the suppression list', () => {
  const [mine, other] = [endpoint('EMAIL', 'ana@example.com'), endpoint('EMAIL', 'ana@example.org')];
  const suppressed: EndpointFact = { ...mine, suppressed: 'COMPLAINT' };

  it('gets nothing, and the plan says why', () => {
    const { plan, state } = decided({ endpoints: [suppressed] });
    expect(inOneLine(plan.steps)).toBe('EMAIL SKIP ENDPOINT_SUPPRESSED, SMS SKIP NO_ENDPOINT');
    expect(state.finished).toMatchObject({ state: 'UNROUTABLE' });
  });

  it.each(['SECURITY', 'TRANSACTIONAL', 'MARKETING'] as const)('whatever the class: %s', (kind) => {
    const { action } = decided({ endpoints: [suppressed], category: { class: kind, mandatory: true } });
    expect(action).toMatchObject({ kind: 'rest' });
  });

  it('because of a mere unsubscribe gets what is no news', () => {
    const endpoints: EndpointFact[] = [{ ...mine, suppressed: 'UNSUBSCRIBED' }];
    expect(decided({ endpoints, category: { class: 'TRANSACTIONAL' } }).action).toMatchObject({ kind: 'attempt' });
    const inUsa = { person: { country: 'US' }, postalAddress: '1 High Street' };
    expect(decided({ ...inUsa, endpoints, category: { class: 'MARKETING' } }).action).toMatchObject({ kind: 'rest' });
  });

  it('leaves the way to another one open', () =>
    expect(decided({ endpoints: [suppressed, other] }).action).toMatchObject({ address: 'ana@example.org' }));
});
