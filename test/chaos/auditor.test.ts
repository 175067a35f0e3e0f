import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audit, type Audit } from './auditor.ts';
import type { Kind } from './finding.ts';
import { HandMade, type AttemptScript, type SendScript } from './hand-made.ts';
import type { EventRecord, NotificationRecord, SendRecord } from './ledger.ts';

const DAY_MS = 86_400_000;
const check = (ledgers: HandMade): Audit => audit(ledgers, ledgers.now + DAY_MS);
const kindsIn = (ledgers: HandMade): Kind[] => [...new Set(check(ledgers).violations.map(({ kind }) => kind))];

interface Specimen {
  readonly send: SendRecord;
  readonly notification: NotificationRecord;
  readonly name: string;
}

/** A send that reached its one person, and one that was canceled before anything began. */
function specimens(ledgers: HandMade): { reached: Specimen; canceled: Specimen } {
  const one = (script: Partial<SendScript>): Specimen => {
    const send = ledgers.send({ ambiguity: 'FAIL', people: [[]], otherwise: 'FAILED', acknowledged: true, ...script });
    const notification = ledgers.database.notifications.at(-1) as NotificationRecord;
    return { send, notification, name: notification.person };
  };
  return { reached: one({ people: [['failed', 'accepted']] }), canceled: one({ otherwise: 'CANCELED' }) };
}

/** Puts another record in the place of one. */
function change<T>(list: T[], record: T, changes: Partial<T>): void {
  list[list.indexOf(record)] = { ...record, ...changes };
}

type Damage = (ledgers: HandMade, specimen: ReturnType<typeof specimens>) => void;

const lastEvent = ({ database }: HandMade, { notification }: Specimen, type: string): EventRecord =>
  database.events.findLast((event) => event.notificationId === notification.id && event.type === type) as EventRecord;

const drop = <T>(list: T[], fits: (item: T) => boolean): void => void list.splice(list.findIndex(fits), 1);

/** What can go wrong, each with the kind under which it must be found. */
const DAMAGES: Record<string, readonly [Kind, Damage]> = {
  'an acknowledged send is not stored': [
    'lost',
    (ledgers) => ledgers.client.push({ type: 'acknowledged', at: 1, key: 'key-0', sendId: ledgers.id() }),
  ],
  'a key is answered with the send of another': [
    'lost',
    ({ client }, { reached, canceled }) =>
      client.push({ type: 'acknowledged', at: 1, key: reached.send.key ?? '', sendId: canceled.send.id }),
  ],
  'a person of a batch has no notification': [
    'lost',
    ({ database }, { reached }) => drop(database.notifications, (one) => one.id === reached.notification.id),
  ],
  'COMPLETED, and the provider took nothing': [
    'lost',
    ({ provider }, { reached }) =>
      provider.forEach(
        (one) => one.notificationId === reached.notification.id && change(provider, one, { accepted: false }),
      ),
  ],
  'an end without a reason': [
    'lost',
    ({ database }, { canceled }) => change(database.notifications, canceled.notification, { reason: null }),
  ],
  'a request for a notification that is not stored': [
    'ghost',
    (ledgers, { reached }) => ledgers.request(ledgers.id(), 1, reached.name, 'key-0', false),
  ],
  'a request of an attempt that was never begun': [
    'ghost',
    (ledgers, { reached }) => ledgers.request(reached.notification.id, 3, reached.name, 'key-0', false),
  ],
  'a request before its attempt was committed': [
    'ghost',
    (ledgers, { reached }) => {
      const started = lastEvent(ledgers, reached, 'attempt.started');
      change(ledgers.database.events, started, { committedAt: started.committedAt + 50 });
    },
  ],
  'a notification for somebody else': [
    'ghost',
    (ledgers, { reached }) =>
      ledgers.database.notifications.push({
        ...reached.notification,
        id: ledgers.id(),
        person: 'stranger',
        state: 'FAILED',
      }),
  ],
  'a send that nobody asked for': [
    'ghost',
    (ledgers) => ledgers.database.sends.push({ id: ledgers.id(), key: 'unheard of', cancelCommittedAt: null }),
  ],
  'one attempt calls twice': [
    'duplicate',
    (ledgers, { reached }) => ledgers.request(reached.notification.id, 2, reached.name, reached.send.key ?? '', true),
  ],
  'taken twice with nothing in doubt': [
    'duplicate',
    (ledgers, { reached: { notification, name, send } }) => {
      ledgers.event(notification.id, 'attempt.started', 3, `${name}@example.com`);
      ledgers.request(notification.id, 3, name, send.key ?? '', true);
      ledgers.event(notification.id, 'attempt.accepted', 3);
    },
  ],
  'a person of a send has two notifications': [
    'duplicate',
    (ledgers, { reached }) =>
      ledgers.database.notifications.push({ ...reached.notification, id: ledgers.id(), state: 'FAILED' }),
  ],
  'a key makes two sends': [
    'repeated key',
    (ledgers, { reached }) => ledgers.database.sends.push({ ...reached.send, id: ledgers.id() }),
  ],
  'an attempt begins after the cancel': [
    'after cancel',
    (ledgers, { canceled: { notification, name } }) => {
      ledgers.event(notification.id, 'attempt.started', 1, `${name}@example.com`);
      ledgers.event(notification.id, 'attempt.failed', 1);
    },
  ],
  'an acknowledged cancel is not stored': [
    'after cancel',
    ({ database }, { canceled }) => change(database.sends, canceled.send, { cancelCommittedAt: null }),
  ],
  'a request after a cancel of which the database knows nothing': [
    'after cancel',
    ({ client, provider }, { reached }) =>
      client.push({ type: 'canceled', at: (provider[0]?.at ?? 0) - 1, sendId: reached.send.id }),
  ],
  'a notification that does not end': [
    'stuck',
    ({ database }, { canceled }) => change(database.notifications, canceled.notification, { state: 'IN_PROGRESS' }),
  ],
  'an attempt that stays open': [
    'stuck',
    (ledgers, { reached }) =>
      drop(ledgers.database.events, (one) => one === lastEvent(ledgers, reached, 'attempt.accepted')),
  ],
  'sent again in doubt, against the category': [
    'blind resend',
    (ledgers, { reached: { notification, name, send } }) => {
      ledgers.event(notification.id, 'attempt.started', 3, `${name}@example.com`);
      ledgers.event(notification.id, 'attempt.unknown', 3);
      ledgers.event(notification.id, 'attempt.started', 4, `${name}@example.com`);
      ledgers.request(notification.id, 4, name, send.key ?? '', true);
      ledgers.event(notification.id, 'attempt.accepted', 4);
    },
  ],
  'an attempt begins while another one runs': [
    'blind resend',
    (ledgers, { reached: { notification, name } }) => {
      ledgers.event(notification.id, 'attempt.started', 3, `${name}@example.com`);
      ledgers.event(notification.id, 'attempt.started', 4, `${name}@example.com`);
      ledgers.event(notification.id, 'attempt.failed', 3);
      ledgers.event(notification.id, 'attempt.failed', 4);
    },
  ],
  'accepted in the ledger alone': [
    'unproven',
    (ledgers, { reached }) => {
      const { provider } = ledgers;
      const taken = provider.findLast((one) => one.notificationId === reached.notification.id);
      if (taken) change(provider, taken, { accepted: false });
    },
  ],
  'refused in the ledger alone': [
    'misread',
    (ledgers, { reached }) => {
      const accepted = lastEvent(ledgers, reached, 'attempt.accepted');
      change(ledgers.database.events, accepted, { type: 'attempt.failed' });
    },
  ],
  'to another address': [
    'misdirected',
    ({ provider }, { reached }) => {
      const request = provider.findLast((one) => one.notificationId === reached.notification.id);
      if (request) change(provider, request, { to: 'stranger@example.com' });
    },
  ],
  "with another send's words": [
    'misdirected',
    ({ provider }, { reached }) => {
      const request = provider.findLast((one) => one.notificationId === reached.notification.id);
      if (request) change(provider, request, { subject: 'other words' });
    },
  ],
  'CANCELED without a cancel': [
    'unexplained',
    ({ database }, { reached }) =>
      change(database.notifications, reached.notification, { state: 'CANCELED', reason: 'X' }),
  ],
  'EXPIRED without an end': [
    'unexplained',
    ({ database }, { reached }) =>
      change(database.notifications, reached.notification, { state: 'EXPIRED', reason: 'X' }),
  ],
};

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
