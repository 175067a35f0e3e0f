import { describe, expect, it } from 'vitest';
import { absence } from '../../../src/routing/rules/absence.js';
import { facts } from '../../support/arbitraries.js';
import { at } from '../events.js';
import { gates } from './cases.js';

const paused = { pausedUntil: at(60) };
const delegate = { recipientId: 'ben', name: 'Ben', until: at(60) };
const dropped = { kind: 'finish', state: 'SUPPRESSED', reason: 'PAUSED' } as const;

describe('absence', () => {
  gates(absence, [
    ['drops what comes in a pause', { person: paused }, dropped],
    [
      'holds it where the category says so',
      { person: paused, category: { rules: { onPause: 'HOLD' } } },
      { kind: 'hold', until: at(60), reason: 'PAUSED' },
    ],
    ['lets pass at the end of the pause', { person: { pausedUntil: at(0) } }, null],
    ['lets mandatory categories pass', { person: paused, category: { mandatory: true } }, null],
    ['lets critical ones pass', { person: paused, category: { critical: true } }, null],
    ['lets security pass', { person: paused, category: { class: 'SECURITY' } }, null],
    [
      'lets no marketing override',
      { person: paused, category: { class: 'MARKETING', rules: { overrides: true } } },
      dropped,
    ],
    ['hands on', { person: { delegate } }, { kind: 'finish', state: 'SUPPRESSED', reason: 'DELEGATED' }],
    [
      'hands on before it pauses',
      { person: { delegate, ...paused } },
      { kind: 'finish', state: 'SUPPRESSED', reason: 'DELEGATED' },
    ],
    ['leaves alone who is there', {}, null],
  ]);

  it('names the colleague, the person whose it was, and the channels that are redirected', () => {
    const note = (person: Parameters<typeof facts>[0]): unknown => absence.note?.(facts(person)) ?? null;
    const until = at(60).toISOString();
    expect(note({ person: { delegate } })).toEqual({ reason: 'DELEGATED', detail: `Ben, until ${until}` });
    expect(note({ person: { isDelegated: true, standsInFor: 'Ana' } })).toEqual({
      reason: 'STANDS_IN',
      detail: 'for Ana',
    });
    expect(note({ person: { isDelegated: true } })).toEqual({ reason: 'STANDS_IN', detail: null });
    expect(note({ person: { redirects: { EMAIL: at(60), SMS: at(60) } } })).toEqual({
      reason: 'REDIRECTED',
      detail: `e-mail address, until ${until}; phone number, until ${until}`,
    });
    expect(note({})).toBeNull();
  });
});
