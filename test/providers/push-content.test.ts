import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitted } from '../../src/providers/push-content.js';

const wrapped = (body: string): string => JSON.stringify({ title: 'T', body });
const bodyOf = (made: string): string => (JSON.parse(made) as { body: string }).body;
const SHELL = Buffer.byteLength(wrapped(''));

describe('a text that has to fit', () => {
  const body = fc.string({ unit: 'grapheme', maxLength: 200 });

  it('stays whole where it fits', () =>
    fc.assert(
      fc.property(body, (text) => {
        expect(fitted(text, Buffer.byteLength(wrapped(text)), wrapped)).toBe(wrapped(text));
      }),
    ));

  it('is its own beginning where it does not, as long as can be, and never half a character', () =>
    fc.assert(
      fc.property(body, fc.integer({ min: SHELL + 3, max: SHELL + 400 }), (text, limit) => {
        const made = fitted(text, limit, wrapped) as string;
        expect(Buffer.byteLength(made)).toBeLessThanOrEqual(limit);
        const shown = bodyOf(made);
        if (shown === text) return;
        expect(shown.endsWith('…')).toBe(true);
        const kept = Array.from(shown.slice(0, -1));
        const all = Array.from(text);
        expect(all.slice(0, kept.length)).toEqual(kept);
        const longer = `${all.slice(0, kept.length + 1).join('')}…`;
        expect(Buffer.byteLength(wrapped(longer))).toBeGreaterThan(limit);
      }),
    ));

  it('is nothing where the rest alone is too large', () => {
    expect(fitted('hello', SHELL + 2, wrapped)).toBeNull();
    expect(fitted('', SHELL - 1, wrapped)).toBeNull();
  });
});
