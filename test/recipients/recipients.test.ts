import { describe, expect, it } from 'vitest';
import { checkPerson, type PersonInput } from '../../src/recipients/recipients.js';

function problems(input: Partial<PersonInput>): string[] {
  return checkPerson({ externalId: 'ana', ...input }, ['input']).problems.map(
    ({ field, code }) => `${field.join('.')}: ${code}`,
  );
}

describe('a person', () => {
  it.each<[string, Partial<PersonInput>, object]>([
    ['with nothing said keeps everything', {}, { externalId: 'ana' }],
    ['can lose an address', { email: null }, { externalId: 'ana', email: null }],
    [
      'has addresses in one form',
      { email: ' ana@example.com', phone: '+1 415 555-0123' },
      { externalId: 'ana', email: 'ana@example.com', phone: '+14155550123' },
    ],
    [
      'can lose a name and a locale',
      { name: null, locale: null, timeZone: null },
      { externalId: 'ana', name: null, locale: null, timeZone: null },
    ],
    ['keeps attributes where none are said', { attributes: null }, { externalId: 'ana' }],
    ['has an id in any script', { externalId: 'žofie/1 x' }, { externalId: 'žofie/1 x' }],
  ])('%s', (_name, input, change) =>
    expect(checkPerson({ externalId: 'ana', ...input }, ['input'])).toEqual({ change, problems: [] }),
  );

  it.each<[string, Partial<PersonInput>, string[]]>([
    ['without an id', { externalId: '' }, ['input.externalId: INVALID_EXTERNAL_ID']],
    ['with a long id', { externalId: 'x'.repeat(256) }, ['input.externalId: INVALID_EXTERNAL_ID']],
    ['with an id of two lines', { externalId: 'a\nb' }, ['input.externalId: INVALID_EXTERNAL_ID']],
    ['with a space at the end', { externalId: 'ana ' }, ['input.externalId: INVALID_EXTERNAL_ID']],
    ['with no address', { email: 'ana' }, ['input.email: INVALID_EMAIL']],
    ['with no phone', { phone: '5' }, ['input.phone: INVALID_PHONE']],
    ['with a long name', { name: 'x'.repeat(256) }, ['input.name: TOO_LONG']],
    ['with heavy attributes', { attributes: { a: 'x'.repeat(32_768) } }, ['input.attributes: TOO_LONG']],
    [
      'with everything wrong',
      { externalId: '', email: '', phone: '' },
      ['input.externalId: INVALID_EXTERNAL_ID', 'input.email: INVALID_EMAIL', 'input.phone: INVALID_PHONE'],
    ],
  ])('is refused %s', (_name, input, expected) => expect(problems(input)).toEqual(expected));
});
