import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { DnsServer, type DnsRecords } from '../support/dns-server.js';
import type { Gateway } from '../support/gateway.js';

let app: TestApp;
let dns: DnsServer;

const key = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .publicKey.export({ type: 'spki', format: 'der' })
    .toString('base64');

/** A domain with everything in order. Its key is too long for an answer over UDP. */
const good = (domain: string): Record<string, DnsRecords> => ({
  [domain]: { TXT: ['site-verification=1', 'v=spf1 include:_spf.vendor.example ~all'], MX: [`mx.${domain}`] },
  [`s1._domainkey.${domain}`]: { TXT: [`v=DKIM1; k=rsa; p=${key(4096)}`] },
  [`_dmarc.${domain}`]: { TXT: [`v=DMARC1; p=reject; rua=mailto:dmarc@${domain}`] },
});

const include = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `include:n${from + index}.vendor.example`).join(' ');

beforeAll(async () => {
  dns = await DnsServer.start({
    ...good('good.example'),
    ...good('xn--bcher-kva.example'),
    ...good('listed.example'),
    '_spf.vendor.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 ~all'] },
    'bad.example': { TXT: ['v=spf1 +all'], A: ['192.0.2.1'] },
    'dkim._domainkey.bad.example': { TXT: ['v=DKIM1; p='] },
    '_dmarc.bad.example': { TXT: ['v=DMARC1; p=none'] },
    'news.good.example': { MX: ['mx.good.example'] },
    'deep.example': { MX: ['mx.deep.example'], TXT: ['v=spf1 include:_all.vendor.example ~all'] },
    '_all.vendor.example': { TXT: [`v=spf1 ${include(1, 5)} ~all`] },
    'n1.vendor.example': { TXT: [`v=spf1 ${include(10, 6)} ~all`] },
    'other._domainkey.deep.example': { TXT: [`v=DKIM1; p=${key(2048)}`] },
    'test.dbl.test': { A: ['127.0.1.2'] },
    'refused.example.dbl.test': { A: ['127.255.255.254'] },
    '9.2.0.192.ip.test': { A: ['127.0.0.2'] },
  });
  app = await startTestApp({ dnsServers: [dns.address], blocklists: ['dbl.test', 'ip.test'] });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await dns[Symbol.asyncDispose]();
});

interface Finding {
  check: string;
  verdict: string;
  record: string | null;
  explanation: string;
}

interface Check {
  domain: string;
  verdict: string;
  findings: Finding[];
}

const attempt = (gateway: Gateway, domain: string, more: object = {}) =>
  gateway.attempt<{ check: Check | null }>(
    'checkSenderDomain',
    { domain, ...more },
    'check { domain verdict findings { check verdict record explanation } }',
  );

async function check(domain: string, more: object = {}): Promise<Check> {
  const answer = await attempt(app.production, domain, more);
  if (!answer.check) throw new Error(JSON.stringify(answer.userErrors));
  return answer.check;
}

/** `SPF PASS`, one a finding. */
const verdicts = ({ findings }: Check): string[] => findings.map((finding) => `${finding.check} ${finding.verdict}`);

const of = ({ findings }: Check, name: string): Finding | undefined =>
  findings.find((finding) => finding.check === name);

async function alerts(): Promise<{ type: string; detail: string }[]> {
  const { alerts: found } = await app.production.query<{ alerts: { nodes: { type: string; detail: string }[] } }>(
    '{ alerts(first: 100) { nodes { type detail } } }',
  );
  return found.nodes.toReversed();
}

test('a domain with everything in order passes', async () => {
  const found = await check('Good.Example.');
  expect(found).toMatchObject({ domain: 'good.example', verdict: 'PASS' });
  expect(verdicts(found)).toEqual([
    'MX PASS',
    'SPF PASS',
    'DKIM PASS',
    'DMARC PASS',
    'BLOCKLIST PASS',
    'BLOCKLIST PASS',
  ]);
  expect(of(found, 'SPF')?.record).toBe('v=spf1 include:_spf.vendor.example ~all');
  expect(of(found, 'DKIM')?.explanation).toContain('4096 bits');
  expect(dns.questions).toContain('TCP TXT s1._domainkey.good.example');
  expect(await alerts()).toEqual([]);
});

test('of a domain that is not, each part says why and what to do', async () => {
  const found = await check('bad.example', { dkimSelectors: ['dkim', 's9'] });
  expect(found.verdict).toBe('FAIL');
  expect(verdicts(found)).toEqual([
    ...['MX WARN', 'SPF FAIL', 'DKIM FAIL', 'DKIM FAIL', 'DMARC WARN', 'BLOCKLIST PASS', 'BLOCKLIST PASS'],
  ]);
  expect(of(found, 'SPF')?.explanation).toContain('everybody');
  expect(found.findings.filter((finding) => finding.check === 'DKIM').map((finding) => finding.explanation)).toEqual([
    expect.stringContaining('revoked') as string,
    expect.stringContaining('"s9" has no key') as string,
  ]);
});

test('a domain that is not there fails in everything, and says what to publish', async () => {
  const found = await check('none.example');
  expect(verdicts(found).slice(0, 4)).toEqual(['MX FAIL', 'SPF FAIL', 'DKIM FAIL', 'DMARC FAIL']);
  expect(of(found, 'DMARC')?.explanation).toContain('TXT record at _dmarc.none.example: "v=DMARC1; p=quarantine');
});

test('what stands above counts for DMARC, and what is included for SPF', async () => {
  const news = await check('news.good.example');
  expect(of(news, 'DMARC')).toMatchObject({
    verdict: 'PASS',
    explanation: expect.stringContaining('of good.example') as string,
  });
  const deep = await check('deep.example');
  expect(of(deep, 'SPF')).toMatchObject({
    verdict: 'WARN',
    explanation: expect.stringContaining('12 DNS queries') as string,
  });
  // There are keys, under names that nobody can guess.
  expect(of(deep, 'DKIM')).toMatchObject({
    verdict: 'WARN',
    explanation: expect.stringContaining('dkimSelectors') as string,
  });
  expect(of(await check('deep.example', { dkimSelectors: ['other'] }), 'DKIM')?.verdict).toBe('PASS');
});

test('what is included and is not there makes the record worthless', async () => {
  dns.publish({ 'typo.example': { TXT: ['v=spf1 include:_spf.vendro.example ~all'] } });
  expect(of(await check('typo.example'), 'SPF')).toMatchObject({
    ...{ verdict: 'FAIL', explanation: expect.stringContaining('_spf.vendro.example has no SPF record') as string },
  });
});

test('names in other letters are asked for as the DNS has them', async () => {
  expect(await check('bücher.example')).toMatchObject({ domain: 'xn--bcher-kva.example', verdict: 'PASS' });
});

test('a listed domain raises an alert, once; when it is off the list again, that is told, too', async () => {
  dns.publish({ 'listed.example.dbl.test': { A: ['127.0.1.2'] } });
  const found = await check('listed.example');
  expect(found.verdict).toBe('FAIL');
  expect(of(found, 'BLOCKLIST')).toMatchObject({
    ...{ verdict: 'FAIL', record: '127.0.1.2', explanation: expect.stringContaining('listed by dbl.test') as string },
  });
  await check('listed.example');
  const listed = {
    type: 'DOMAIN_LISTED',
    detail: expect.stringContaining('"listed.example" is on the blocklist dbl.test') as string,
  };
  expect(await alerts()).toEqual([listed]);
  // A list that refuses to answer clears nobody.
  dns.publish({ 'listed.example.dbl.test': { A: ['127.255.255.254'] } });
  expect(of(await check('listed.example'), 'BLOCKLIST')?.verdict).toBe('WARN');
  expect(await alerts()).toEqual([listed]);
  dns.zone.delete('listed.example.dbl.test');
  await check('listed.example');
  await check('listed.example');
  expect((await alerts()).map((alert) => alert.type)).toEqual(['DOMAIN_LISTED', 'DOMAIN_CLEARED']);
  dns.publish({ 'listed.example.dbl.test': { A: ['127.0.1.2'] } });
  await check('listed.example');
  expect((await alerts()).map((alert) => alert.type)).toEqual(['DOMAIN_LISTED', 'DOMAIN_CLEARED', 'DOMAIN_LISTED']);
});

test('a listed network address is told like a domain', async () => {
  const found = await check('good.example', { addresses: ['192.0.2.9', '2001:db8::1'] });
  expect(found.findings.filter((finding) => finding.verdict === 'FAIL')).toMatchObject([
    { check: 'BLOCKLIST', explanation: expect.stringContaining('192.0.2.9 is listed by ip.test') as string },
  ]);
  expect(await alerts()).toContainEqual({
    type: 'DOMAIN_LISTED',
    detail: expect.stringContaining('"192.0.2.9" is on the blocklist ip.test') as string,
  });
});

test('a list that refuses to answer has said nothing', async () => {
  const found = await check('refused.example');
  expect(of(found, 'BLOCKLIST')).toMatchObject({
    verdict: 'WARN',
    explanation: expect.stringContaining('could not be asked') as string,
  });
});

test.each([
  [{ domain: 'localhost' }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: '192.0.2.1' }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: 'ana@example.com' }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: 'a b.example' }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: `${'a'.repeat(64)}.example` }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: '' }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: 'a..example' }, 'INVALID_DOMAIN', ['input', 'domain']],
  [{ domain: 'a.example', dkimSelectors: [] }, 'TOO_MANY', ['input', 'dkimSelectors']],
  [{ domain: 'a.example', dkimSelectors: ['s1', 'a b'] }, 'INVALID_SELECTOR', ['input', 'dkimSelectors', '1']],
  [{ domain: 'a.example', addresses: ['300.1.1.1'] }, 'INVALID_ADDRESS', ['input', 'addresses', '0']],
  [{ domain: 'a.example', addresses: Array<string>(11).fill('192.0.2.1') }, 'TOO_MANY', ['input', 'addresses']],
])('%j is refused', async (input, code, field) => {
  const { check: none, userErrors } = await attempt(app.production, input.domain, input);
  expect(none).toBeNull();
  expect(userErrors).toMatchObject([{ field, code }]);
});
