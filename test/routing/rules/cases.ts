import { expect, it } from 'vitest';
import type { ChannelName } from '../../../src/base/names.js';
import type { Gate, Rule } from '../../../src/routing/rules/rule.js';
import { facts } from '../../support/arbitraries.js';
import { at } from '../events.js';

type Known = Parameters<typeof facts>[0];

/** What a rule says of whole notifications at noon: a case a line. */
export function gates(rule: Rule, cases: readonly [name: string, known: Known, says: Gate | null][]): void {
  it.each(cases)('%s', (_name, known, says) => expect(rule.gate?.(facts(known), at(0)) ?? null).toEqual(says));
  it('says nothing of single channels', () => expect(rule.skip).toBeUndefined());
}

/** What a rule says of one channel: a case a line. */
export function skips(
  rule: Rule,
  cases: readonly [name: string, known: Known, channel: ChannelName, says: string | null][],
): void {
  it.each(cases)('%s', (_name, known, channel, says) => expect(rule.skip?.(facts(known), channel) ?? null).toBe(says));
  it('says nothing of whole notifications', () => expect(rule.gate).toBeUndefined());
}
