import { expect, test } from 'vitest';
import { Kept } from '../../src/base/kept.js';

function keptAt(start: number, max = 10): { kept: Kept<string>; pass: (ms: number) => void } {
  let now = start;
  const kept = new Kept<string>({ now: () => new Date(now) }, { ms: 100, max });
  return { kept, pass: (ms) => (now += ms) };
}

test('a value is there for its time and not after it', () => {
  const { kept, pass } = keptAt(0);
  kept.set('ana', 'here');
  pass(99);
  expect(kept.get('ana')).toBe('here');
  pass(1);
  expect(kept.get('ana')).toBeUndefined();
});

test('an earlier end wins', () => {
  const { kept, pass } = keptAt(0);
  kept.set('ana', 'here', new Date(50));
  pass(50);
  expect(kept.get('ana')).toBeUndefined();
});

test('the oldest gives way', () => {
  const { kept } = keptAt(0, 2);
  for (const name of ['ana', 'ben', 'cy']) kept.set(name, name);
  expect(['ana', 'ben', 'cy'].map((name) => kept.get(name))).toEqual([undefined, 'ben', 'cy']);
});
