import { expect, test } from 'vitest';
import type { Content } from '../../src/channels/channel.js';
import { withUnsubscribeFooter } from '../../src/templates/unsubscribe-footer.js';

const links = { ofCategory: 'https://t.example/unsubscribe/a', ofAll: 'https://t.example/unsubscribe/b?x=1&y' };
const content = (html: string | null): Content => ({ title: 'News', body: 'Hello', html, url: null, data: null });

test('text ends with both ways out, in words', () => {
  expect(withUnsubscribeFooter(content(null), 'en-GB', links)).toMatchObject({
    html: null,
    body: `Hello\n\nUnsubscribe from e-mails like this one: ${links.ofCategory}\nUnsubscribe from all marketing and news: ${links.ofAll}`,
  });
});

test('HTML has them as links, inside the last body', () => {
  const { html } = withUnsubscribeFooter(content('<html><body><p>Hello</p></BODY ></html>'), null, links);
  expect(html).toMatch(/^<html><body><p>Hello<\/p><p lang="en"><a href=.*<\/p><\/BODY ><\/html>$/s);
  expect(html).toContain('href="https://t.example/unsubscribe/b?x=1&amp;y"');
  expect(withUnsubscribeFooter(content('<p>Hello</p>'), null, links).html).toMatch(/^<p>Hello<\/p><p lang="en">/);
});

test.each([
  ['de-AT', 'de', 'abbestellen'],
  ['fr', 'fr', 'Ne plus recevoir'],
  ['es_MX', 'es', 'Dejar de recibir'],
  ['NL', 'nl', 'Afmelden'],
  ['tlh', 'en', 'Unsubscribe'],
  ['constructor', 'en', 'Unsubscribe'],
])('somebody who reads %s gets %s', (locale, language, words) => {
  const { html, body } = withUnsubscribeFooter(content('<p>x</p>'), locale, links);
  expect(html).toContain(`lang="${language}"`);
  expect(body).toContain(words);
});
