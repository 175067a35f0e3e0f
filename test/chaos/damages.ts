import type { Kind } from './finding.ts';
import type { HandMade, SendScript } from './hand-made.ts';
import type { EventRecord, NotificationRecord, SendRecord } from './ledger.ts';

/** A send to one person, to be damaged. */
interface Specimen {
  readonly send: SendRecord;
  readonly notification: NotificationRecord;
  readonly name: string;
}

/** A send that reached its one person, and one that was canceled before anything began. */
export function specimens(ledgers: HandMade): { reached: Specimen; canceled: Specimen } {
  const one = (script: Partial<SendScript>): Specimen => {
    const send = ledgers.send({ ambiguity: 'FAIL', people: [[]], otherwise: 'FAILED', acknowledged: true, ...script });
    const notification = ledgers.database.notifications.at(-1) as NotificationRecord;
    return { send, notification, name: notification.person };
  };
  return { reached: one({ people: [['failed', 'accepted']] }), canceled: one({ otherwise: 'CANCELED' }) };
}

/** Puts another record in the place of one. */
export function change<T>(list: T[], record: T, changes: Partial<T>): void {
  list[list.indexOf(record)] = { ...record, ...changes };
}

export type Damage = (ledgers: HandMade, specimen: ReturnType<typeof specimens>) => void;

const lastEvent = ({ database }: HandMade, { notification }: Specimen, type: string): EventRecord =>
  database.events.findLast((event) => event.notificationId === notification.id && event.type === type) as EventRecord;

const drop = <T>(list: T[], fits: (item: T) => boolean): void => void list.splice(list.findIndex(fits), 1);

/** What can go wrong, each with the kind under which it must be found. */
export const DAMAGES: Record<string, readonly [Kind, Damage]> = {
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
