import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TemplateContent } from '../../src/store/templates.js';
import { chooseContent } from '../../src/templates/choose.js';

function variant(channel: TemplateContent['channel'], locale: string): TemplateContent {
  return { channel, locale, title: null, body: `${channel} ${locale}`, html: null };
}

const contents = [
  variant('INBOX', 'ja'),
  variant('EMAIL', 'en'),
  variant('EMAIL', 'pt'),
  variant('EMAIL', 'pt-BR'),
  variant('EMAIL', 'zh-Hant-TW'),
];

describe('the variant', () => {
  it.each<[string, string | null, string]>([
    ['of the very locale', 'pt-BR', 'pt-BR'],
    ['of the locale in other letters', 'PT-br', 'pt-BR'],
    ['of a shorter locale', 'pt-PT', 'pt'],
    ['of a much shorter locale', 'pt-Latn-PT-x-own', 'pt'],
    ['of the template, for a longer locale alone', 'zh-Hant', 'en'],
    ['of the template, for an unknown locale', 'cs', 'en'],
    ['of the template, for no locale', null, 'en'],
    ['of the template, for an empty locale', '', 'en'],
  ])('is that %s', (_name, locale, chosen) => expect(chooseContent(contents, 'EMAIL', locale)?.locale).toBe(chosen));

  it('is never that of another channel', () => {
    expect(chooseContent(contents, 'INBOX', 'pt-BR')?.locale).toBe('ja');
    expect(chooseContent(contents, 'SMS', 'en')).toBeNull();
  });

  it('is the longest that begins the locale, else the first, and there is one whenever the channel has any', () => {
    const tag = fc
      .array(fc.constantFrom('pt', 'br', 'latn', 'cz'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('-'));
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1, maxLength: 6 }), tag, (locales, wanted) => {
        const variants = locales.map((locale) => variant('EMAIL', locale));
        const chosen = chooseContent(variants, 'EMAIL', wanted)?.locale as string;
        const fitting = locales.filter((locale) => `${wanted}-`.startsWith(`${locale}-`));
        const longest = Math.max(0, ...fitting.map((locale) => locale.length));
        expect(chosen).toBe(fitting.find((locale) => locale.length === longest) ?? locales[0]);
      }),
    );
  });
});
