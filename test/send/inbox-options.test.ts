import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inboxProblems, storedInboxOptions } from '../../src/send/inbox-options.js';

const action = { key: 'accept', label: 'Accept' };
const codes = (options: Parameters<typeof inboxProblems>[0]): string[] =>
  inboxProblems(options).map((problem) => problem.code);

describe('what is said of an item alone', () => {
  it.each([
    ['nothing', {}, []],
    ['five buttons', { actions: [1, 2, 3, 4, 5].map((n) => ({ ...action, key: `a${n}` })) }, []],
    ['six', { actions: [1, 2, 3, 4, 5, 6].map((n) => ({ ...action, key: `a${n}` })) }, ['TOO_MANY_ACTIONS']],
    ['a button twice', { actions: [action, action] }, ['INVALID_ACTION']],
    ['a key with spaces', { actions: [{ ...action, key: 'to accept' }] }, ['INVALID_ACTION']],
    ['a label of two lines', { actions: [{ ...action, label: 'A\nB' }] }, ['INVALID_ACTION']],
    ['an empty label', { actions: [{ ...action, label: ' ' }] }, ['INVALID_ACTION']],
    ['an empty group', { groupKey: '' }, ['INVALID_GROUP_KEY']],
  ])('%s', (_name, options, expected) => {
    expect(codes(options)).toEqual(expected);
  });

  it('is kept as it was said, and nothing where nothing was said', () => {
    const expiresAt = new Date('2026-03-14T12:00:00.000Z');
    const options = { actions: [{ ...action, label: ' Accept ' }], groupKey: 'g', urgent: true, expiresAt };
    expect(storedInboxOptions(options)).toEqual({
      actions: [{ key: 'accept', label: 'Accept', url: null, primary: false }],
      ...{ groupKey: 'g', urgent: true, expiresAt: '2026-03-14T12:00:00.000Z' },
    });
    for (const nothing of [null, undefined, {}, { actions: [], urgent: false, groupKey: null, expiresAt: null }])
      expect(storedInboxOptions(nothing)).toBeNull();
  });

  it('never throws, and what is right for one is right alone', () =>
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.string(), label: fc.string() })), fc.string(), (actions, groupKey) => {
        const all = inboxProblems({ actions, groupKey });
        for (const [nth, one] of actions.entries())
          if (inboxProblems({ actions: [one] }).length > 0)
            expect(all.some((problem) => problem.field[3] === String(nth) || problem.field[3] === (nth as never))).toBe(
              true,
            );
      }),
    ));
});
