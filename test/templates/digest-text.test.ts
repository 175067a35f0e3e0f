import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestText, digestVariables, type DigestItem } from '../../src/templates/digest-text.js';

const at = new Date('2026-03-14T12:00:00Z');
const item = (title: string, group = title, body = ''): DigestItem => ({
  title,
  body,
  url: null,
  data: null,
  at,
  group,
});

describe('a digest', () => {
  it('says how many it stands for, shows the first, and counts the rest', () => {
    const items = Array.from({ length: 14 }, (_, n) => item(`Person ${n} wants to connect`, 'request'));
    const { title, body } = digestText(digestVariables(items, 'Connections'));
    expect(title).toBe('14 new notifications: Connections');
    expect(body.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(10);
    expect(body).toMatch(/and 4 more$/);
  });

  it('groups what is of one kind, in singular and plural', () => {
    const items = [item('Request'), item('Comment', 'Comment', 'Nice'), item('Request'), item('Request')];
    const { body } = digestText(digestVariables(items, 'News'));
    expect(body).toBe('4 new notifications.\n\nRequest: 3 new notifications\n\nComment: 1 new notification\n- Nice');
  });

  it('keeps each item on a short line, with its link', () => {
    const long = { ...item('Long', 'g', 'x\ny '.repeat(200)), url: 'https://example.com/1' };
    const { body } = digestText(digestVariables([long, item('Short', 'g')], 'News'));
    const line = body.split('\n').find((one) => one.startsWith('- Long')) ?? '';
    expect(line).toMatch(/^- Long: x y x y .*… https:\/\/example\.com\/1$/);
    expect(line.length).toBeLessThan(240);
  });

  it('counts every item exactly once, shown or not', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (groups, shown) => {
          const made = digestVariables(
            groups.map((group, n) => item(`${group} ${n}`, group)),
            'News',
            shown,
          );
          expect(made.count).toBe(groups.length);
          expect(made.groups.reduce((sum, group) => sum + group.count, 0)).toBe(groups.length);
          expect(made.groups.flatMap((group) => group.items)).toHaveLength(made.items.length);
          expect(made.items.length + made.more).toBe(groups.length);
        },
      ),
    ));
});
