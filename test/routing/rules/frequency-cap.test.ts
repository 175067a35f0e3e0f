import { describe, expect, it } from 'vitest';
import { frequencyCap } from '../../../src/routing/rules/frequency-cap.js';
import { facts } from '../../support/arbitraries.js';
import { at } from '../events.js';

const gate = (known: Parameters<typeof facts>[0]) => frequencyCap.gate?.(facts(known), at(0)) ?? null;
const skip = (known: Parameters<typeof facts>[0]) => frequencyCap.skip?.(facts(known), 'SMS') ?? null;
const full = { cappedUntil: at(60), cappedChannels: { SMS: at(60) } };

describe('frequency-cap', () => {
  it('holds until the turn comes, or ends it, as the category says', () => {
    expect(gate({ person: full })).toEqual({ kind: 'hold', until: at(60), reason: 'FREQUENCY_CAP' });
    expect(gate({ person: full, category: { rules: { onCap: 'HOLD' } } })?.kind).toBe('hold');
    expect(gate({ person: full, category: { rules: { onCap: 'DROP' } } })).toEqual({
      ...{ kind: 'finish', state: 'SUPPRESSED', reason: 'FREQUENCY_CAP' },
    });
  });

  it('lets pass at that very instant, and what nobody capped', () => {
    expect(gate({ person: { cappedUntil: at(0) } })).toBeNull();
    expect(gate({})).toBeNull();
  });

  it('leaves out a channel whose own cap is used up', () => {
    expect(skip({ person: full })).toBe('FREQUENCY_CAP');
    expect(skip({ person: { cappedChannels: { EMAIL: at(60) } } })).toBeNull();
  });

  it.each([{ class: 'SECURITY' as const }, { mandatory: true }, { critical: true }, { rules: { overrides: true } }])(
    'says nothing of what is urgent: %o',
    (category) => {
      expect(gate({ person: full, category })).toBeNull();
      expect(skip({ person: full, category })).toBeNull();
    },
  );
});
