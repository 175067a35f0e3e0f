import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretBox } from '../../src/base/secret-box.js';

const box = secretBox('a key of the operator');
const cannotBeOpened = /a stored secret/;

describe('a secret', () => {
  it('comes out as it was, in its own place', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, place) => {
        expect(box.open(box.seal(text, place), place)).toBe(text);
      }),
    ));

  it('does not show in what is stored, and is never stored alike twice', () => {
    const sealed = box.seal('ana-smtp-password', 'integration/1');
    expect(Buffer.from(sealed).includes('ana-smtp-password')).toBe(false);
    expect(sealed).not.toEqual(box.seal('ana-smtp-password', 'integration/1'));
  });

  it('opens in no other place', () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (here, there) => {
        fc.pre(here !== there);
        expect(() => box.open(box.seal('secret', here), there)).toThrow(cannotBeOpened);
      }),
    ));

  it('opens with no other key', () =>
    expect(() => secretBox('another key of the operator').open(box.seal('secret', 'here'), 'here')).toThrow(
      /is ENCRYPTION_KEY the one/,
    ));

  it('does not open when any byte changed, or any are missing', () => {
    const sealed = Buffer.from(box.seal('secret', 'here'));
    for (let nth = 0; nth < sealed.length; nth += 1) {
      const changed = Buffer.from(sealed);
      changed[nth] = (changed[nth] as number) ^ 1;
      expect(() => box.open(changed, 'here')).toThrow(cannotBeOpened);
      expect(() => box.open(sealed.subarray(0, nth), 'here')).toThrow(cannotBeOpened);
    }
  });
});
