import * as fc from 'fast-check';
import { GraphQLError, Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateTime, Duration, durationMs, durationText, UrlScalar } from '../../src/graphql/scalars.js';

describe('a duration', () => {
  it('comes back as the milliseconds that it was, as the API takes it', () =>
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.nat({ max: 100_000 }), fc.integer({ min: 0, max: 10 ** 13 })), (ms) => {
        const text = durationText(ms);
        expect(Duration.parseValue(text)).toBe(text);
        expect(durationMs(text)).toBe(ms);
      }),
    ));

  it.each([
    [0, 'PT0S'],
    [1, 'PT0.001S'],
    [90_000, 'PT1M30S'],
    [3_600_000, 'PT1H'],
    [86_400_000, 'P1D'],
    [90_061_500, 'P1DT1H1M1.5S'],
  ])('of %d ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it.each([
    ['P1W', 604_800_000],
    ['PT0.5S', 500],
    ['P1DT12H', 129_600_000],
    ['P1Y', null],
    ['P1M', null],
    ['-PT1S', null],
    ['PT1S ', null],
    ['1 hour', null],
    ['', null],
  ])('"%s" is %s ms', (text, ms) => expect(durationMs(text)).toBe(ms));

  it('of any other text is none', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.startsWith('P'));
        expect(durationMs(text)).toBeNull();
      }),
    ));

  it.each(['P', 'PT', '15m', 'PT15'])('"%s" is refused by the API', (text) =>
    expect(() => Duration.parseValue(text)).toThrow(/duration/i),
  );
});

describe('a URL', () => {
  it.each([
    'https://example.com/a?b=c#d',
    'http://localhost:4000',
    'mailto:ana@example.com',
    `https://e.com/${'a'.repeat(2034)}`,
  ])('is taken: %s', (url) => {
    expect(UrlScalar.parseValue(url)).toBe(url);
    expect(UrlScalar.parseLiteral({ kind: Kind.STRING, value: url })).toBe(url);
    expect(UrlScalar.serialize(url)).toBe(url);
  });

  it.each<[string, unknown]>([
    ['a script', 'javascript:alert(1)'],
    ['a script in disguise', ' \u0001java\nscript:alert(1)'],
    ['a page in itself', 'data:text/html,<script>alert(1)</script>'],
    ['a file', 'file:///etc/passwd'],
    ['a path', '/inbox'],
    ['a bare host', 'example.com'],
    ['too long a one', `https://example.com/${'a'.repeat(2048)}`],
    ['nothing', ''],
    ['a number', 5],
    ['null', null],
    ['an object', {}],
  ])('is not %s', (_name, value) => expect(() => UrlScalar.parseValue(value)).toThrow(GraphQLError));

  it('in the operation is a text', () =>
    expect(() => UrlScalar.parseLiteral({ kind: Kind.INT, value: '5' })).toThrow(/URL: expected an absolute/));

  it('that is taken never runs in a page', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          fc.string().map((rest) => `javascript:${rest}`),
        ),
        (text) => {
          let taken = false;
          try {
            taken = UrlScalar.parseValue(text) === text;
          } catch (error) {
            expect(error).toBeInstanceOf(GraphQLError);
          }
          expect(taken ? new URL(text).protocol : 'https:').toMatch(/^(https?|mailto):$/);
        },
      ),
    ));
});

it('a date is written in UTC with milliseconds', () => {
  const date = DateTime.parseValue('2026-03-14T14:00:00+02:00');
  expect(JSON.stringify(DateTime.serialize(date))).toBe('"2026-03-14T12:00:00.000Z"');
  expect(() => DateTime.parseValue('2026-03-14')).toThrow(/date-?time/i);
});
