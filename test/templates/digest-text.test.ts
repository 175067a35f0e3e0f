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
    expect(body).toBe('4 new notifications.\n\nRequest: 3 new notifications\n\n- Comment: Nice');
  });

  it('is a list where nothing is like another, as long as is shown, and says how many more there are', () => {
    const items = Array.from({ length: 20 }, (_, n) => item(`Person ${n} has asked to connect`));
    const { title, body } = digestText(digestVariables(items, 'Connections'));
    expect(title).toBe('20 new notifications: Connections');
    const lines = Array.from({ length: 10 }, (_, n) => `- Person ${n} has asked to connect`);
    expect(body).toBe(`20 new notifications.\n\n${lines.join('\n')}\n\nand 10 more`);
  });

  it('says a number once where all say the same, and counts a kind of which nothing is shown', () => {
    const same = Array.from({ length: 20 }, () => item('New request'));
    expect(digestText(digestVariables(same, 'News')).body).toBe('20 new notifications.\n\nNew request');
    const comments = [item('New comment', 'comment', 'a'), item('New comment', 'comment', 'b')];
    expect(digestText(digestVariables([...same, ...comments], 'News')).body).toBe(
      '22 new notifications.\n\nNew request: 20 new notifications\n\nNew comment: 2 new notifications',
    );
  });

  it('has no more lines than it may, and no rest where all are shown', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 60 }), fc.constantFrom('', 'text')), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 12 }),
        (all, shown) => {
          const items = all.map(([kind, body], n) => item(`Kind ${kind}`, `${kind}`, body && `${body} ${n}`));
          const { body } = digestText(digestVariables(items, 'News', shown));
          const lines = body.split('\n');
          const rest = Number(/and (\d+) more$/.exec(body)?.[1] ?? 0);
          expect(lines.length).toBeLessThan(110);
          expect(lines.filter((line) => line.startsWith('- ')).length).toBeLessThanOrEqual(shown);
          expect(rest).toBeLessThan(items.length);
          if (items.length <= shown) expect(rest).toBe(0);
        },
      ),
    ));

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
