import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dmarcRecordsIn,
  judgeDkim,
  judgeDmarc,
  judgeMx,
  judgeSpf,
  spfLookups,
  spfRecordsIn,
} from '../../src/domains/records.js';

describe('SPF', () => {
  const judge = (record: string, lookups = 1) =>
    judgeSpf('example.com', spfRecordsIn([record]), { lookups, missing: [] });

  test.each([
    ['v=spf1 include:_spf.example.net ~all', 'PASS', 'who may send'],
    ['V=SPF1 IP4:192.0.2.0/24 ip6:2001:db8::/32 -ALL', 'PASS', 'who may send'],
    ['v=spf1 a mx a:mail.example.com/24 exists:%{i}.s.example.com -all', 'PASS', 'who may send'],
    ['v=spf1 redirect=_spf.example.net', 'PASS', 'who may send'],
    ['v=spf1 include:a.example +all', 'FAIL', 'everybody'],
    ['v=spf1 include:a.example all', 'FAIL', 'everybody'],
    ['v=spf1 include:a.example ?all', 'WARN', 'says nothing about other servers'],
    ['v=spf1 include:a.example', 'WARN', 'says nothing about other servers'],
    ['v=spf1 -all', 'WARN', 'nobody may send'],
    ['v=spf1 ptr -all', 'WARN', 'obsolete'],
    ['v=spf1 include ~all', 'FAIL', '"include" is no SPF term'],
    ['v=spf1 ip4:300.0.2.1 ~all', 'FAIL', '"ip4:300.0.2.1" is no SPF term'],
    ['v=spf1 ip4:192.0.2.0/33 ~all', 'FAIL', 'is no SPF term'],
    ['v=spf1 ip6:192.0.2.1 ~all', 'FAIL', 'is no SPF term'],
    ['v=spf1 -all:x', 'FAIL', 'is no SPF term'],
    ['v=spf1 inlcude:a.example ~all', 'FAIL', '"inlcude:a.example" is no SPF term'],
  ])('%s: %s', (record, verdict, words) => {
    expect(judge(record)).toMatchObject({ verdict, explanation: expect.stringContaining(words) as string });
  });

  test('missing, twice, and too much to look up', () => {
    expect(judgeSpf('example.com', [], { lookups: 0, missing: [] })).toMatchObject({ verdict: 'FAIL' });
    expect(judgeSpf('example.com', ['v=spf1 -all', 'v=spf1 ~all'], { lookups: 0, missing: [] })).toMatchObject({
      verdict: 'FAIL',
      explanation: expect.stringContaining('2 SPF records') as string,
    });
    expect(judge('v=spf1 include:a.example ~all', 10).verdict).toBe('PASS');
    expect(judge('v=spf1 include:a.example ~all', 11)).toMatchObject({
      verdict: 'WARN',
      explanation: expect.stringContaining('11 DNS queries') as string,
    });
  });

  test('what is looked up is counted, and what is included named', () => {
    expect(
      spfLookups('v=spf1 a mx:x.example ip4:192.0.2.1 include:b.example include:%{d}.c.example exp=e ~all'),
    ).toEqual({
      own: 4,
      others: ['b.example'],
    });
  });

  test('other texts are none', () => {
    expect(spfRecordsIn(['v=spf10 -all', 'google-site-verification=x', 'v=spf1', 'v=spf1 -all'])).toEqual([
      'v=spf1',
      'v=spf1 -all',
    ]);
  });

  test('nothing that anybody publishes throws, and everybody may send nowhere that is good', () => {
    const word = fc.oneof(
      fc.constantFrom('+all', 'all', '~all', '-all', 'a', 'mx', 'include:x.example', 'ip4:192.0.2.1', 'redirect=x'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const record = `v=spf1 ${words.join(' ')}`;
        const { verdict } = judge(record);
        // What stands behind the first "all" is never looked at (RFC 7208 §5.1).
        const first = record.split(/\s+/).find((term) => /^[+?~-]?all$/i.test(term));
        if (first === '+all' || first === 'all') expect(verdict).toBe('FAIL');
      }),
    );
  });
});

describe('DMARC', () => {
  const judge = (record: string, at = 'example.com') => judgeDmarc('example.com', at, dmarcRecordsIn([record]));

  test.each([
    ['v=DMARC1; p=reject; rua=mailto:a@example.com', 'PASS', 'reject'],
    ['v=DMARC1;p=quarantine', 'PASS', 'Without "rua"'],
    ['v=DMARC1; p=none; rua=mailto:a@example.com', 'WARN', 'none'],
    ['v=DMARC1; p=reject; pct=20', 'WARN', '20 %'],
    ['v=DMARC1; p=refuse', 'FAIL', '"refuse"'],
    ['v=DMARC1; rua=mailto:a@example.com', 'FAIL', 'expected none, quarantine or reject'],
    ['v=DMARC2; p=reject', 'FAIL', 'No DMARC record'],
  ])('%s: %s', (record, verdict, words) => {
    expect(judge(record)).toMatchObject({ verdict, explanation: expect.stringContaining(words) as string });
  });

  test('a domain above has its own word for those below', () => {
    const record = 'v=DMARC1; p=reject; sp=none';
    expect(judge(record).verdict).toBe('PASS');
    expect(judgeDmarc('news.example.com', 'example.com', [record])).toMatchObject({
      verdict: 'WARN',
      explanation: expect.stringContaining('of example.com') as string,
    });
  });

  test('two are none', () => {
    expect(judgeDmarc('example.com', 'example.com', ['v=DMARC1; p=none', 'v=DMARC1; p=reject']).verdict).toBe('FAIL');
  });
});

describe('DKIM', () => {
  const rsa = (bits: number, type: 'spki' | 'pkcs1' = 'spki'): string =>
    generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type, format: 'der' }).toString('base64');
  const good = rsa(2048);
  const ed25519 = (generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '').replaceAll('-', '+');
  const judge = (record: string) => judgeDkim('s1', [record]);

  test.each([
    ['a key of 2048 bits', `v=DKIM1; k=rsa; p=${good}`, 'PASS', '2048 bits'],
    ['without a version or kind', `p=${good}`, 'PASS', '2048 bits'],
    ['in pieces', `v=DKIM1; p=${good.slice(0, 100)} ${good.slice(100)}`, 'PASS', '2048 bits'],
    ['in its older form', `v=DKIM1; p=${rsa(2048, 'pkcs1')}`, 'PASS', '2048 bits'],
    ['of 1024 bits', `v=DKIM1; p=${rsa(1024)}`, 'WARN', '1024 bits'],
    ['of 768 bits', `v=DKIM1; p=${rsa(768)}`, 'FAIL', '768 bits'],
    ['for testing', `v=DKIM1; t=y; p=${good}`, 'WARN', 't=y'],
    ['cut off', `v=DKIM1; p=${good.slice(0, 200)}`, 'FAIL', 'no RSA key'],
    ['nonsense', 'v=DKIM1; p=!!!', 'FAIL', 'no RSA key'],
    ['revoked', 'v=DKIM1; k=rsa; p=', 'FAIL', 'revoked'],
    ['for sha1 alone', `v=DKIM1; h=sha1; p=${good}`, 'FAIL', 'sha256'],
    ['of another version', `v=DKIM2; p=${good}`, 'FAIL', 'DKIM2'],
    ['of another kind', `v=DKIM1; k=dsa; p=${good}`, 'FAIL', 'dsa'],
    ['Ed25519', `v=DKIM1; k=ed25519; p=${ed25519.replaceAll('_', '/')}=`, 'PASS', 'Ed25519'],
    ['Ed25519 of another length', 'v=DKIM1; k=ed25519; p=AAAA', 'FAIL', 'no Ed25519'],
  ])('%s', (_name, record, verdict, words) => {
    expect(judge(record)).toMatchObject({ verdict, explanation: expect.stringContaining(words) as string });
  });

  test('none, and two', () => {
    expect(judgeDkim('s1', []).verdict).toBe('FAIL');
    expect(judgeDkim('s1', [`p=${good}`, `p=${good}`]).verdict).toBe('FAIL');
  });

  test('nothing that anybody publishes throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void judge(`v=DKIM1; p=${text}`)));
  });
});

test.each([
  [['mx.example.com'], false, 'PASS'],
  [[], true, 'WARN'],
  [[], false, 'FAIL'],
  [[''], true, 'FAIL'],
  [['.'], true, 'FAIL'],
])('MX %j, with an address: %s: %s', (exchanges, hasAddress, verdict) => {
  expect(judgeMx('example.com', exchanges, hasAddress).verdict).toBe(verdict);
});
