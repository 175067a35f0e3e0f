import { expect, test } from 'vitest';
import { CHANNELS } from '../../src/base/names.js';
import { PEOPLE_STYLE } from '../../src/http/people-style.js';
import { channelWord, LANGUAGES, wordsFor } from '../../src/http/people-words.js';

/** Every word by its place, with the holes that are filled in it. */
function holes(words: unknown, place = ''): [string, string[]][] {
  if (typeof words === 'string') return [[place, [...words.matchAll(/\{\w+\}/g)].map(String).sort()]];
  return Object.entries(words as object).flatMap(([key, value]) => holes(value, `${place}.${key}`));
}

function texts(words: unknown): string[] {
  return typeof words === 'string' ? [words] : Object.values(words as object).flatMap(texts);
}

test.each(Object.entries(LANGUAGES))('%s has all the words of English, with the same holes', (_language, words) => {
  expect(new Map(holes(words))).toEqual(new Map(holes(LANGUAGES['en'])));
  expect(texts(words).filter((text) => text.trim() === '')).toEqual([]);
  // A channel that has no word would show as its name in the API.
  expect(CHANNELS.filter((channel) => channelWord(words, channel) === channel)).toEqual(['SMS']);
});

test('no language is another one’s copy', () => {
  const all = Object.values(LANGUAGES).map(({ preferences }) => preferences.intro);
  expect(new Set(all).size).toBe(all.length);
});

test.each([
  ['de-CH', undefined, 'de'],
  [null, 'xx, fr-CA;q=0.8, en', 'fr'],
  ['xx', 'yy', 'en'],
  [null, undefined, 'en'],
])('somebody with locale %s whose browser asks for %s reads %s', (locale, asked, language) => {
  expect(wordsFor(locale, asked).language).toBe(language);
});

test('the look knows start and end, but no left and right', () => {
  expect(PEOPLE_STYLE).not.toMatch(/\b(left|right)\b/);
  // Shorthands of four values would differ between the two sides.
  const sided = [...PEOPLE_STYLE.matchAll(/(?:margin|padding): ([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+);/g)];
  expect(sided.filter(([, , end, , start]) => end !== start)).toEqual([]);
});
