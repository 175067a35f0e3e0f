import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { askBlocklists, readListing, reversed } from '../../src/domains/blocklists.js';

test.each([
  ['192.0.2.99', '99.2.0.192'],
  ['2001:db8:1:2:3:4:567:89ab', 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2'],
  ['::ffff:192.0.2.99', '99.2.0.192'],
])('%s is asked for as %s', (address, name) => expect(reversed(address)).toBe(name));

test('the name of a network address leads back to it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const parsed = ipaddr.process(address);
      const labels = reversed(address).split('.').toReversed();
      const back = parsed.kind() === 'ipv4' ? labels.join('.') : (labels.join('').match(/.{4}/g) ?? []).join(':');
      expect(ipaddr.parse(back).toString()).toBe(parsed.toString());
    }),
  );
});

describe('an answer', () => {
  const values = (...addresses: string[]) => readListing({ kind: 'records', values: addresses }).state;

  test('lists', () => {
    expect(values('127.0.1.2')).toBe('listed');
    expect(values('127.0.0.4', '127.0.0.10')).toBe('listed');
  });

  test('clears', () => {
    expect(readListing({ kind: 'no-name' }).state).toBe('clean');
    expect(readListing({ kind: 'no-data' }).state).toBe('clean');
    expect(values('127.0.1.255')).toBe('clean');
  });

  test('or is none: refused, made up on the way, silence', () => {
    expect(values('127.255.255.254')).toBe('unasked');
    expect(values('127.255.255.252')).toBe('unasked');
    expect(values('127.0.0.1')).toBe('unasked');
    expect(values('203.0.113.7')).toBe('unasked');
    expect(readListing({ kind: 'unasked', why: 'no answer in time' }).state).toBe('unasked');
  });
});

test('lists are asked about what they can know', async () => {
  const asked: string[] = [];
  await askBlocklists(
    async (name) => {
      asked.push(name);
      return { kind: 'no-name' };
    },
    ['zen.spamhaus.org', 'dbl.spamhaus.org', 'list.example'],
    'example.com',
    ['192.0.2.1'],
  );
  expect(asked.sort()).toEqual([
    '1.2.0.192.list.example',
    '1.2.0.192.zen.spamhaus.org',
    'example.com.dbl.spamhaus.org',
    'example.com.list.example',
  ]);
});
