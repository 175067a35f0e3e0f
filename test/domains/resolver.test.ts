import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkDomain } from '../../src/domains/check.js';
import { withDns, type AskDns } from '../../src/domains/resolver.js';
import { DnsServer } from '../support/dns-server.js';

let dns: DnsServer;

beforeAll(async () => {
  dns = await DnsServer.start({
    'example.com': { TXT: ['v=spf1 -all', 'x'.repeat(300)], MX: ['b.example.com', 'a.example.com'], A: ['192.0.2.1'] },
    'large.example.com': { TXT: Array.from({ length: 20 }, (_, index) => `${index} ${'y'.repeat(200)}`) },
    'six.example.com': { AAAA: ['2001:db8::1'] },
  });
  dns.broken.add('broken.example.com');
  dns.silent.add('silent.example.com');
});

afterAll(() => dns[Symbol.asyncDispose]());
beforeEach(() => void dns.questions.splice(0));

const asking = <T>(work: (ask: AskDns) => Promise<T>, deadlineMs = 10_000): Promise<T> =>
  withDns({ servers: [dns.address], deadlineMs }, work);

test('records come whole and in their order', async () => {
  const [texts, exchanges, address, six] = await asking((ask) =>
    Promise.all([
      ask('example.com', 'TXT'),
      ask('example.com', 'MX'),
      ask('example.com', 'A'),
      ask('six.example.com', 'AAAA'),
    ]),
  );
  expect(texts).toEqual({ kind: 'records', values: ['v=spf1 -all', 'x'.repeat(300)] });
  expect(exchanges).toEqual({ kind: 'records', values: ['b.example.com', 'a.example.com'] });
  expect(address).toEqual({ kind: 'records', values: ['192.0.2.1'] });
  expect(six).toEqual({ kind: 'records', values: ['2001:db8::1'] });
});

test('no such record, no such name, and a server that fails are three things', async () => {
  const answers = await asking((ask) =>
    Promise.all([ask('six.example.com', 'MX'), ask('none.example.com', 'MX'), ask('broken.example.com', 'MX')]),
  );
  expect(answers.map((answer) => answer.kind)).toEqual(['no-data', 'no-name', 'unasked']);
  expect(answers[2]).toEqual({ kind: 'unasked', why: 'the name server failed' });
});

test('what is too long for UDP comes over TCP', async () => {
  const answer = await asking((ask) => ask('large.example.com', 'TXT'));
  expect(answer.kind === 'records' && answer.values).toHaveLength(20);
  expect(dns.questions).toEqual(['UDP TXT large.example.com', 'TCP TXT large.example.com']);
});

test('a name is asked for once', async () => {
  await asking(async (ask) => {
    await Promise.all([ask('example.com', 'TXT'), ask('example.com', 'TXT')]);
    await ask('example.com', 'TXT');
  });
  expect(dns.questions).toHaveLength(1);
});

test('silence ends at the deadline, for what is asked then and later', async () => {
  const answers = await asking(
    async (ask) => [await ask('silent.example.com', 'A'), await ask('example.com', 'A')],
    100,
  );
  expect(answers).toEqual([
    { kind: 'unasked', why: 'no answer in time' },
    { kind: 'unasked', why: 'no answer in time' },
  ]);
});

test('of a silent server, a check says that nothing could be asked', async () => {
  const check = await checkDomain(
    { servers: [dns.address], blocklists: ['list.silent.example.com'], deadlineMs: 100 },
    { domain: 'silent.example.com', dkimSelectors: null, addresses: ['192.0.2.1'] },
  );
  expect(check.verdict).toBe('WARN');
  expect(check.findings.map((finding) => finding.check)).toEqual([
    'MX',
    'SPF',
    'DKIM',
    'DMARC',
    'BLOCKLIST',
    'BLOCKLIST',
  ]);
  for (const finding of check.findings)
    expect(finding).toMatchObject({
      verdict: 'WARN',
      explanation: expect.stringMatching(/could not be asked/) as string,
    });
});

test('nobody at the other end is said, too', async () => {
  const gone = await DnsServer.start();
  await gone[Symbol.asyncDispose]();
  const answer = await withDns({ servers: [gone.address], deadlineMs: 10_000 }, (ask) => ask('example.com', 'A'));
  expect(answer).toEqual({ kind: 'unasked', why: 'no name server answers' });
});
