import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderCard } from '../../src/channels/integration-check.js';
import { providerReference, sizeText, spanText, withMade } from '../../src/providers/docs-tables.js';
import { PLAIN_TRAITS } from '../support/traits.js';

const plain: ProviderCard = {
  ...PLAIN_TRAITS,
  name: 'plain',
  channels: ['SMS'],
  settings: {},
  credentials: {},
  untracks: false,
  idempotencyMs: null,
  lookup: false,
};

function reference(card: Partial<ProviderCard>, makesCredentials = false): string[] {
  return providerReference([{ card: { ...plain, ...card }, makesCredentials }]).split('\n');
}

describe('the reference of providers', () => {
  it('says of one that declares nothing that there is nothing', () => {
    const lines = reference({});
    expect(lines).toContain('| [`plain`](#plain) | `SMS` | all | – | – | – | – | – | – | – |');
    expect(lines.filter((line) => line.includes('`plain`'))).toHaveLength(1);
    expect(lines).toContain('[Plain](https://example.com/docs).');
  });

  it('says all that is declared, in one line', () => {
    const card = {
      channels: ['SMS', 'WHATSAPP'],
      classes: ['SECURITY'],
      attachments: 'MIME',
      payloadLimit: 25_000_000,
      idempotencyMs: 600_000,
      lookup: true,
      untracks: true,
      rateLimit: { count: 1000, periodMs: 60_000 },
      costPer1000: 0.1,
      reports: ['DELIVERED', 'BOUNCED'],
      proof: 'this | that',
      service: 'fcm',
    } as const;
    const lines = reference(card);
    expect(lines).toContain(
      '| [`plain`](#plain) | `SMS`, `WHATSAPP` (`fcm`) | `SECURITY` | MIME | 25 MB | 10 min | yes | yes | 1,000 in 1 min | $0.1 |',
    );
    expect(lines).toContain('| [`plain`](#plain) | `DELIVERED`, `BOUNCED` | this \\| that |');
    expect(lines).toContain('[Plain](https://example.com/docs). Takes tokens of `fcm` alone.');
  });

  it('lists what must be told, and what may be', () => {
    const tls = { description: 'How.', default: 'verify' };
    const port = { description: 'Where. Default: 25.', default: 25 };
    const settings = { properties: { from: { description: 'Who.' }, tls, port }, required: ['from'] };
    const credentials = { properties: { key: { description: 'Secret.' } }, required: ['key'] };
    expect(reference({ settings, credentials }, true).slice(-6)).toEqual([
      '- `settings`',
      '  - `from`, required: Who.',
      '  - `tls`: How. Default: `"verify"`.',
      '  - `port`: Where. Default: 25.',
      '- `credentials`. Without any, it makes its own.',
      '  - `key`, required: Secret.',
    ]);
  });

  it('links to our own pages from beside them', () => {
    expect(reference({ docs: '/docs/push.md' })).toContain('[Plain](push.md).');
  });
});

describe('the page', () => {
  const page = 'before\n<!-- made by npm run providers -->\nold\n<!-- end -->\nafter\n';

  it('keeps what stands around the marks', () => {
    expect(withMade(page, 'new')).toBe('before\n<!-- made by npm run providers -->\n\nnew\n\n<!-- end -->\nafter\n');
  });

  it('stays as it is when the same is made again', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('<!--'));
        const once = withMade(page, text) as string;
        expect(withMade(once, text)).toBe(once);
      }),
    ));

  it.each([
    '',
    'old\n<!-- end -->',
    '<!-- made by npm run providers -->',
    '<!-- end --><!-- made by npm run providers -->',
  ])('without both marks is nobody’s: %j', (text) => expect(withMade(text, 'new')).toBeNull());
});

it.each([
  [4096, '4,096 bytes'],
  [28_672, '28,672 bytes'],
  [10_000_000, '10 MB'],
  [1_500_000, '1.5 MB'],
  [1_048_576, '1,048,576 bytes'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

it.each([
  [86_400_000, '1 day'],
  [172_800_000, '2 days'],
  [600_000, '10 min'],
  [90_000, '90 s'],
  [1500, '1,500 ms'],
])('%d ms are %s', (ms, text) => expect(spanText(ms)).toBe(text));
