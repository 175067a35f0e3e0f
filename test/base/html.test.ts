import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html } from '../../src/base/html.js';

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const read = (text: string): string => text.replace(/&(#?\w+);/g, (all, name: string) => NAMED[name] ?? all);

/** Whatever people write, and above all what would end an element or an attribute. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...Array.from('<>&"\'`=/ a;#39')) }),
);

test('what is escaped holds no character that means something, and reads as what it was', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      expect(read(escapeHtml(text))).toBe(text);
    }),
  );
});

test('nothing put into a template can end where it stands', () => {
  fc.assert(
    fc.property(anyText, anyText, (title, text) => {
      const [, shownTitle, shownText] = /^<p title="([^"<>]*)">([^<>]*)<\/p>$/.exec(
        html`<p title="${title}">${text}</p>`.text,
      ) as RegExpExecArray;
      expect([read(shownTitle as string), read(shownText as string)]).toEqual([title, text]);
    }),
  );
});

test('templates in templates stay, lists are joined, nothing is nothing', () => {
  const parts = ['<a>', '&'].map((one) => html`<b>${one}</b>`);
  const all = [parts, null, undefined, false, '', 0] as const;
  expect(html`<i>${all}</i>`.text).toBe('<i><b>&lt;a&gt;</b><b>&amp;</b>0</i>');
});
