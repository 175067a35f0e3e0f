import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeId, derivedId, encodeId, ID_PREFIXES, uuidv7, uuidv7Floor, type IdKind } from '../../src/base/ids.js';

const kinds = Object.keys(ID_PREFIXES) as IdKind[];
const kind = fc.constantFrom(...kinds);
const instant = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });

describe('an id', () => {
  it('comes back as the UUID that it was', () =>
    fc.assert(
      fc.property(kind, fc.uuid(), (of, uuid) => {
        const id = encodeId(of, uuid);
        expect(id).toMatch(/^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/);
        expect(decodeId(of, id)).toBe(uuid);
      }),
    ));

  it('of another kind is none', () =>
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        for (const of of kinds)
          expect(kinds.filter((other) => decodeId(other, encodeId(of, uuid)) !== null)).toEqual([of]);
      }),
    ));

  it('sorts as its UUID does', () =>
    fc.assert(
      fc.property(kind, fc.uuid(), fc.uuid(), (of, a, b) => {
        expect(encodeId(of, a) < encodeId(of, b)).toBe(a < b);
      }),
    ));

  it('that says nothing is none', () =>
    fc.assert(
      fc.property(kind, fc.string({ unit: 'binary', maxLength: 40 }), (of, text) => {
        expect(decodeId(of, text)).toBeNull();
        expect(decodeId(of, `${ID_PREFIXES[of]}_${text.slice(0, 25)}`)).toBeNull();
      }),
    ));

  it.each([
    ['an upper-case one', 'ntf_01KA8Y3S6EE0B8000000000000'],
    ['a number too large for a UUID', 'ntf_zzzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['a letter that is none of ours', 'ntf_01ka8y3s6ee0b800000000000u'],
    ['one too long', 'ntf_01ka8y3s6ee0b80000000000000'],
    ['an astral one', `ntf_${'😀'.repeat(13)}`],
  ])('%s is none', (_name, id) => expect(decodeId('notification', id)).toBeNull());

  it('has one spelling alone', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^ntf_[0-9a-z]{26}$/), (id) => {
        const uuid = decodeId('notification', id);
        expect(uuid === null ? id : encodeId('notification', uuid)).toBe(id);
      }),
    ));
});

describe('a UUIDv7', () => {
  it('is one, and carries its instant', () =>
    fc.assert(
      fc.property(instant, (now) => {
        const uuid = uuidv7(now);
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)).toBe(now.getTime());
        expect(uuid >= uuidv7Floor(now)).toBe(true);
        expect(uuid < uuidv7Floor(new Date(now.getTime() + 1))).toBe(true);
      }),
    ));

  it('sorts after those made before it, also within a millisecond', () =>
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 }), { minLength: 2, maxLength: 50 }), (steps) => {
        let ms = Date.parse('2026-03-14T12:00:00Z');
        const made = steps.map((step) => uuidv7(new Date((ms += step))));
        expect(made).toEqual([...made].sort());
        expect(new Set(made).size).toBe(made.length);
      }),
    ));

  it('sorts so for a hundred thousand in one millisecond', () => {
    const now = new Date('2026-03-15T12:00:00Z');
    const made = Array.from({ length: 100_000 }, () => uuidv7(now));
    expect(made.every((id, nth) => nth === 0 || (made[nth - 1] as string) < id)).toBe(true);
  });

  it('follows from another one and a word, in the same millisecond', () =>
    fc.assert(
      fc.property(instant, (at) => {
        const uuid = uuidv7(at);
        const derived = derivedId(uuid, 'copy');
        expect(derived).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(derived.slice(0, 13)).toBe(uuid.slice(0, 13));
        expect(derivedId(uuid, 'copy')).toBe(derived);
        expect(new Set([uuid, derived, derivedId(uuid, 'other'), derivedId(uuidv7(at), 'copy')]).size).toBe(4);
      }),
    ));
});
