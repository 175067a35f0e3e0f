import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Of, mailboxOf, plainText } from '../../src/providers/email-parts.js';
import { call, FILE } from '../support/provider-contract.js';

describe('the parts of an e-mail', () => {
  it.each([
    ['ana@example.com', { email: 'ana@example.com' }],
    ['<ana@example.com>', { email: 'ana@example.com' }],
    ['Ana <ana@example.com>', { email: 'ana@example.com', name: 'Ana' }],
    ['  Ana Ž. <ana@example.com> ', { email: 'ana@example.com', name: 'Ana Ž.' }],
    ['"Ana, of Acme" <ana@example.com>', { email: 'ana@example.com', name: 'Ana, of Acme' }],
    ['"ben@example.com" <ana@example.com>', { email: 'ana@example.com', name: 'ben@example.com' }],
    ['"Ana \\"the\\" Ž" <ana@example.com>', { email: 'ana@example.com', name: 'Ana "the" Ž' }],
  ])('an address is read as mail programs do: %s', (written, mailbox) => expect(mailboxOf(written)).toEqual(mailbox));

  it('an address is never thrown at', () =>
    fc.assert(fc.property(fc.string(), (written) => typeof mailboxOf(written).email === 'string')));

  it('a name and an address are found again', () => {
    const names = fc.stringMatching(/^[A-Za-zŽ日]([A-Za-zŽ日 ]{0,20}[A-Za-zŽ日])?$/);
    const emails = fc.stringMatching(/^[a-z0-9]{1,20}@[a-z0-9]{1,20}\.[a-z]{2,10}$/);
    fc.assert(
      fc.property(names, emails, (name, email) => {
        expect(mailboxOf(`${name} <${email}>`)).toEqual({ email, name });
      }),
    );
  });

  it('the link stands below the text', () => {
    const message = call('EMAIL', 'ana@example.com');
    expect(plainText(message)).toBe('It is on its way.');
    const content = { ...message.content, url: 'https://example.com/1' };
    expect(plainText({ ...message, content })).toBe('It is on its way.\n\nhttps://example.com/1');
  });

  it('a file survives', () => expect(Buffer.from(base64Of(FILE), 'base64')).toEqual(FILE.bytes));
});
