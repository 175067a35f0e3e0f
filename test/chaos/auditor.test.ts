import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audit, type Audit } from './auditor.ts';
import { change, DAMAGES, specimens } from './damages.ts';
import type { Kind } from './finding.ts';
import { HandMade, type AttemptScript, type SendScript } from './hand-made.ts';

const DAY_MS = 86_400_000;
const check = (ledgers: HandMade): Audit => audit(ledgers, ledgers.now + DAY_MS);
const kindsIn = (ledgers: HandMade): Kind[] => [...new Set(check(ledgers).violations.map(({ kind }) => kind))];

const certain = fc.constantFrom<AttemptScript[]>('failed', 'rate_limited', 'misconfigured', 'never called');
const doubtful = fc.constantFrom<AttemptScript[]>('unknown, taken', 'unknown, not taken', 'unknown, then accepted');

/** The attempts that a right product can make of a notification: certain refusals, no more doubts than are allowed, an end. */
function attempts(ambiguity: 'RESEND' | 'FAIL'): fc.Arbitrary<AttemptScript[]> {
  const doubt = fc.tuple(fc.array(certain, { maxLength: 2 }), fc.array(doubtful, { minLength: 1, maxLength: 1 }));
  const end = fc.constantFrom<AttemptScript[][]>([], ['accepted'], ['unknown, taken'], ['unknown, then accepted']);
  return fc
    .tuple(
      ambiguity === 'RESEND' ? fc.option(doubt, { nil: null }) : fc.constant(null),
      fc.array(certain, { maxLength: 3 }),
      end,
    )
    .map(([first, refusals, last]) => [...(first?.flat() ?? []), ...refusals, ...last]);
}

const aSend: fc.Arbitrary<SendScript> = fc.constantFrom<('RESEND' | 'FAIL')[]>('RESEND', 'FAIL').chain((ambiguity) =>
  fc.record({
    ambiguity: fc.constant(ambiguity),
    people: fc.array(attempts(ambiguity), { minLength: 1, maxLength: 4 }),
    otherwise: fc.constantFrom<SendScript['otherwise'][]>('FAILED', 'CANCELED', 'EXPIRED'),
    acknowledged: fc.boolean(),
  }),
);

describe('the auditor', () => {
  test('finds nothing in the ledgers of a product without faults', () => {
    fc.assert(
      fc.property(fc.array(aSend, { maxLength: 8 }), (scripts) => {
        const ledgers = new HandMade();
        specimens(ledgers);
        for (const script of scripts) ledgers.send(script);
        expect(check(ledgers).violations).toEqual([]);
      }),
    );
  });

  test.each(Object.entries(DAMAGES))('finds: %s', (_name, [kind, damage]) => {
    const ledgers = new HandMade();
    damage(ledgers, specimens(ledgers));
    expect(kindsIn(ledgers)).toContain(kind);
    for (const { story } of check(ledgers).violations) expect(Array.isArray(story)).toBe(true);
  });

  test('finds each damage among any other sends, and blames none of those', () => {
    const damages = fc.constantFrom(...Object.values(DAMAGES));
    fc.assert(
      fc.property(fc.array(aSend, { maxLength: 6 }), damages, (scripts, [kind, damage]) => {
        const ledgers = new HandMade();
        const specimen = specimens(ledgers);
        const own = new Set([specimen.reached.send.id, specimen.canceled.send.id]);
        for (const script of scripts) ledgers.send(script);
        const others = new Set(ledgers.database.sends.flatMap(({ id }) => (own.has(id) ? [] : [id])));
        damage(ledgers, specimen);
        const { violations } = check(ledgers);
        expect(violations.map((violation) => violation.kind)).toContain(kind);
        expect(violations.filter(({ sendId }) => sendId !== undefined && others.has(sendId))).toEqual([]);
      }),
    );
  });

  test('lets a call end that had begun before its cancel', () => {
    const ledgers = new HandMade();
    const { canceled } = specimens(ledgers);
    const { id, person } = canceled.notification;
    const started = ledgers.event(id, 'attempt.started', 1, `${person}@example.com`);
    change(ledgers.database.events, started, { committedAt: (canceled.send.cancelCommittedAt ?? 0) - 1 });
    ledgers.request(id, 1, person, canceled.send.key ?? '', true);
    ledgers.event(id, 'attempt.accepted', 1);
    expect(check(ledgers).violations).toEqual([]);
  });

  test('tells the whole story of a violation, in the order of time', () => {
    const ledgers = new HandMade();
    const { reached } = specimens(ledgers);
    ledgers.request(reached.notification.id, 2, reached.name, reached.send.key ?? '', true);
    const [violation] = check(ledgers).violations;
    const parts = violation?.story.slice(1).map((line) => line.trim().split(/ {2,}/)[1]);
    expect(parts).toEqual([
      'caller',
      'caller',
      'database',
      'provider',
      'database',
      'database',
      'provider',
      'database',
      'provider',
    ]);
  });

  test('counts what was doubled inside the ambiguous window', () => {
    const ledgers = new HandMade();
    const people: AttemptScript[][] = [['unknown, taken', 'accepted'], ['accepted']];
    ledgers.send({ ambiguity: 'RESEND', people, otherwise: 'FAILED', acknowledged: true });
    const { violations, counts } = check(ledgers);
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ notifications: 2, attempts: 3, accepts: 3, unknown: 1, duplicates: 1 });
  });
});
