import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wishOf } from '../../src/providers/stop-words.js';

const STOP = ['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'revoke', 'optout'];
const START = ['start', 'yes', 'unstop'];

describe('what a person wants who answers', () => {
  it.each<[string, string | null]>([
    ['STOP', 'STOPPED'],
    [' Stop! ', 'STOPPED'],
    ['opt-out', 'STOPPED'],
    ['OPT OUT', 'STOPPED'],
    ['stop all.', 'STOPPED'],
    ['“Ｓｔｏｐ”', 'STOPPED'],
    ['STOP 🛑', 'STOPPED'],
    ['yes', 'STARTED'],
    ['UN-STOP', 'STARTED'],
    ['Please stop by at noon', null],
    ['stop2', null],
    ['yes please', null],
    ['', null],
    ['!!!', null],
  ])('by "%s": %s', (text, wish) => expect(wishOf(text)).toBe(wish));

  it('is heard in any case and between any marks', () => {
    const marks = fc.string({ unit: fc.constantFrom(' ', '\n', '.', '!', '-', '"', '\u200b', '…'), maxLength: 5 });
    const words = fc.constantFrom(...STOP, ...START);
    fc.assert(
      fc.property(words, fc.infiniteStream(fc.boolean()), marks, marks, (word, upper, before, after) => {
        const shouted = word
          .split('')
          .map((letter) => (upper.next().value ? letter.toUpperCase() : letter))
          .join('');
        expect(wishOf(before + shouted + after)).toBe(STOP.includes(word) ? 'STOPPED' : 'STARTED');
      }),
    );
  });

  it('is not heard in a word with letters or digits besides, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const letters =
          text
            .normalize('NFKC')
            .toLowerCase()
            .match(/[\p{L}\p{N}\p{M}]/gu)
            ?.join('') ?? '';
        if (![...STOP, ...START].includes(letters)) expect(wishOf(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...STOP, ...START), fc.constantFrom('a', 'é', '7', 'ж'), (word, more) => {
        expect([wishOf(word + more), wishOf(more + word), wishOf(`${more} ${word}`)]).toEqual([null, null, null]);
      }),
    );
  });
});
