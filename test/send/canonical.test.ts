import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHash } from '../../src/send/canonical.js';

/** The same value with its keys in another order, at every depth. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, turned(field)]),
  );
}

describe('the hash of an input', () => {
  it('is the same for the same input', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalHash(value)).toMatch(/^[0-9a-f]{64}$/);
        expect(canonicalHash(structuredClone(value))).toBe(canonicalHash(value));
      }),
    ));

  it('does not hear the order of keys', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalHash(turned(value))).toBe(canonicalHash(value));
      }),
    ));

  it('hears everything else', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(canonicalHash(a) === canonicalHash(b)).toBe(same);
      }),
    ));

  it.each<[string, unknown, unknown, boolean]>([
    ['a field left undefined is no field', { a: 1, b: undefined }, { a: 1 }, true],
    ['null is something else', { a: null }, {}, false],
    ['lists have an order', [1, 2], [2, 1], false],
    ['a number is no text', { a: 1 }, { a: '1' }, false],
    ['instants are themselves', { at: new Date(5) }, { at: new Date(5) }, true],
    ['and not each other', { at: new Date(5) }, { at: new Date(6) }, false],
    ['keys like numbers are keys', { 2: 'a', 10: 'b' }, { 10: 'b', 2: 'a' }, true],
    ['a strange key counts', JSON.parse('{"__proto__":1}'), {}, false],
  ])('%s', (_name, a, b, same) => expect(canonicalHash(a) === canonicalHash(b)).toBe(same));
});

/** An independent canonical form: pairs, sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)];
  if (value === null || typeof value !== 'object') return value;
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return ['object', ...keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])])];
}
