import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserErrors } from '../../src/base/errors.js';
import { CATEGORY_CLASSES, type CategoryClass } from '../../src/base/names.js';
import { chooseSender, parseMailbox, senderRow, sharedDomains, type OwnSender } from '../../src/recipients/senders.js';
import type { SenderRow } from '../../src/store/senders.js';
import { NOON } from '../support/arbitraries.js';

const ENVIRONMENT = '0199a0f0-0000-7000-8000-000000000001';

function sender(key: string, more: Partial<SenderRow> = {}): SenderRow {
  const row = { environment_id: ENVIRONMENT, key, address: `${key}@example.com`, reply_to: null };
  return { ...row, classes: null, brand: null, created_at: NOON, updated_at: NOON, ...more };
}

describe('the choice', () => {
  const brands = ['acme', 'globex'] as const;
  const senders = fc.uniqueArray(
    fc.record({
      key: fc.stringMatching(/^[a-z]{1,3}$/),
      classes: fc.option(fc.uniqueArray(fc.constantFrom(...CATEGORY_CLASSES), { minLength: 1 })),
      brand: fc.option(fc.constantFrom(...brands)),
    }),
    { selector: ({ key }) => key },
  );
  const kinds = fc.constantFrom(...CATEGORY_CLASSES);
  const brand = fc.option(fc.constantFrom(...brands, 'initech'));

  test('is the best that fits: brand and class, brand, class, any; of those alike the first by key', () => {
    fc.assert(
      fc.property(senders, kinds, brand, (rows, kind, wanted) => {
        const fits = {
          brand: (row: (typeof rows)[number]) => wanted !== null && row.brand === wanted,
          anyBrand: (row: (typeof rows)[number]) => row.brand === null,
          class: (row: (typeof rows)[number]) => row.classes?.includes(kind) === true,
          anyClass: (row: (typeof rows)[number]) => row.classes === null,
        };
        const ladder = [
          rows.filter((row) => fits.brand(row) && fits.class(row)),
          rows.filter((row) => fits.brand(row) && fits.anyClass(row)),
          rows.filter((row) => fits.anyBrand(row) && fits.class(row)),
          rows.filter((row) => fits.anyBrand(row) && fits.anyClass(row)),
        ];
        const best = ladder.find((step) => step.length > 0)?.map((row) => row.key) ?? [];
        expect(chooseSender(rows, kind, wanted)?.key).toBe(best.toSorted()[0]);
      }),
    );
  });

  test('does not depend on the order, and changes nothing', () => {
    fc.assert(
      fc.property(senders, kinds, brand, (rows, kind, wanted) => {
        const before = structuredClone(rows);
        expect(chooseSender(rows.toReversed(), kind, wanted)).toEqual(chooseSender(rows, kind, wanted));
        expect(rows).toEqual(before);
      }),
    );
  });
});

describe('a mailbox', () => {
  test.each([
    ['ana@example.com', 'ana@example.com', 'example.com'],
    [' ana@Example.COM ', 'ana@Example.COM', 'example.com'],
    ['Tidings <hello@news.example.com>', 'Tidings <hello@news.example.com>', 'news.example.com'],
    ['"Ana, of sales"  <ana@example.com> ', '"Ana, of sales" <ana@example.com>', 'example.com'],
    ['<ana@example.com>', 'ana@example.com', 'example.com'],
    ['Größe 北京 <ana@example.com>', 'Größe 北京 <ana@example.com>', 'example.com'],
  ])('%j', (text, mailbox, domain) => expect(parseMailbox(text)).toEqual({ mailbox, domain }));

  test.each([
    '',
    'ana',
    'ana@localhost',
    'Tidings <ana>',
    'a@example.com, b@example.com',
    'A <a@example.com>, B <b@example.com>',
    '<<a@example.com>>',
    'A <a@example.com> B',
    'A\r\nBcc: ben@example.com <a@example.com>',
    'A\n<a@example.com>',
    'a@example.com\r\n',
    'A\u2028 <a@example.com>',
    `${'n'.repeat(201)} <a@example.com>`,
  ])('%j is none', (text) => expect(parseMailbox(text)).toHaveProperty('problem'));

  test('never carries a line break, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const parsed = parseMailbox(`${name} <ana@example.com>`);
        if ('mailbox' in parsed) expect(parsed.mailbox).not.toMatch(/[\r\n\0]/);
      }),
    );
  });
});

describe('a change', () => {
  const known = sender('news', { reply_to: 'help@example.com', classes: ['MARKETING'], brand: 'acme' });

  test('leaves what it does not name, and clears what is null', () => {
    const left = senderRow(ENVIRONMENT, { key: 'news', from: 'N <n@example.com>' }, known, NOON);
    expect(left).toEqual({ ...known, address: 'N <n@example.com>' });
    const cleared = senderRow(ENVIRONMENT, { key: 'news', replyTo: null, classes: null, brand: null }, known, NOON);
    expect(cleared).toEqual({ ...known, reply_to: null, classes: null, brand: null });
  });

  test.each([
    [{ key: 'A b', from: 'a@example.com' }, ['key INVALID_KEY']],
    [{ key: 'new' }, ['from INVALID_ADDRESS']],
    [{ key: 'new', from: 'nowhere', replyTo: 'nobody' }, ['from INVALID_ADDRESS', 'replyTo INVALID_ADDRESS']],
    [{ key: 'new', from: 'a@example.com', classes: [] }, ['classes INVALID_CLASSES']],
    [
      { key: 'new', from: 'a@example.com', classes: ['SECURITY', 'SECURITY'] as CategoryClass[] },
      ['classes INVALID_CLASSES'],
    ],
    [{ key: 'new', from: 'a@example.com', brand: '' }, ['brand INVALID_BRAND']],
  ])('%j is refused', (change, expected) => {
    let refused: string[] = [];
    try {
      senderRow(ENVIRONMENT, change, undefined, NOON);
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error;
      refused = error.errors.map(({ field, code }) => `${field[1]} ${code}`);
    }
    expect(refused).toEqual(expected);
  });
});

describe('a shared domain', () => {
  const own = (from: string, more: Partial<OwnSender> = {}): OwnSender => ({
    ...{ channel: 'EMAIL', enabled: true, settings: { from } },
    ...more,
  });
  const news = sender('news', { address: 'News <n@news.example.com>', classes: ['MARKETING'] });
  const general = sender('mail', { address: 'hello@example.com' });

  test.each<[string, SenderRow[], OwnSender[], string[]]>([
    ['nothing set up', [], [], []],
    ['one sender for everything', [general], [], ['example.com']],
    ['advertising apart', [general, news], [], []],
    ['the integration stands in for all', [], [own('A <a@example.com>')], ['example.com']],
    ['the integration stands in for the rest', [news], [own('a@example.com')], []],
    ['and leaves from the same domain', [news], [own('a@NEWS.example.com')], ['news.example.com']],
    ['an integration that is off', [], [own('a@example.com', { enabled: false })], []],
    ['an integration of another channel', [], [own('a@example.com', { channel: 'SMS' })], []],
    [
      'integrations that share the classes out',
      [],
      [
        own('a@example.com', { classes: ['MARKETING'] }),
        own('b@example.org', { classes: ['SECURITY', 'TRANSACTIONAL', 'PRODUCT'] }),
      ],
      [],
    ],
    [
      'a brand that keeps nothing apart',
      [general, news, sender('acme', { address: 'a@acme.example', brand: 'acme' })],
      [],
      ['acme.example'],
    ],
  ])('%s', (_name, senders, integrations, domains) => {
    const warnings = sharedDomains(senders, integrations);
    expect(warnings).toHaveLength(domains.length);
    domains.forEach((domain, index) => expect(warnings[index]).toContain(`leave from one domain, ${domain}:`));
  });
});
