import { encodeId } from '../../src/base/ids.ts';
import {
  addressOf,
  type ClientLine,
  type DeliveryRecord,
  type EventRecord,
  type Ledgers,
  type NotificationRecord,
  type ProviderRequest,
  type SendRecord,
} from './ledger.ts';

/** How one attempt goes: what its end is called, and what the provider saw. */
export type AttemptScript =
  | 'accepted'
  | 'failed'
  | 'rate_limited'
  | 'misconfigured'
  | 'never called'
  | 'unknown, taken'
  | 'unknown, not taken'
  /** In doubt when its lease ended, and certain when its process came back. */
  | 'unknown, then accepted';

export interface SendScript {
  readonly ambiguity: 'RESEND' | 'FAIL';
  /** The attempts of each person's notification. */
  readonly people: readonly (readonly AttemptScript[])[];
  /** How those end that were not accepted. */
  readonly otherwise: 'FAILED' | 'CANCELED' | 'EXPIRED';
  /** False: the answer to the caller was lost. */
  readonly acknowledged: boolean;
}

/** Ledgers that can be written to: tests make them right, and then wrong in one place. */
export class HandMade implements Ledgers {
  readonly client: ClientLine[] = [];
  readonly database = {
    sends: [] as SendRecord[],
    notifications: [] as NotificationRecord[],
    deliveries: [] as DeliveryRecord[],
    events: [] as EventRecord[],
  };
  readonly provider: ProviderRequest[] = [];
  /** The present; every step takes ten milliseconds. */
  now = 1_795_000_000_000;
  private made = 0;

  /** Adds a send that goes as it is written, as a product without faults would leave it behind. */
  send({ ambiguity, people, otherwise, acknowledged }: SendScript): SendRecord {
    const nth = this.database.sends.length;
    const names = people.map((_, person) => `p${nth}x${person}`);
    const key = `key-${nth}`;
    const id = this.id();
    const expires = otherwise === 'EXPIRED';
    this.client.push({ type: 'asked', at: this.tick(), key, ambiguity, to: names, expires });
    const notifications = names.map((person, index) => ({ id: this.id(), person, script: people[index] ?? [] }));
    if (acknowledged) this.client.push({ type: 'acknowledged', at: this.tick(), key, sendId: id });
    const went = notifications.map((one) => ({ ...one, went: this.attempts(one.id, one.person, key, one.script) }));
    let cancelCommittedAt: number | null = null;
    if (otherwise === 'CANCELED') {
      this.client.push({ type: 'cancel asked', at: this.tick(), sendId: id });
      cancelCommittedAt = this.tick() + 0.25;
      this.client.push({ type: 'canceled', at: this.tick(), sendId: id });
    }
    const send = { id, key, cancelCommittedAt };
    this.database.sends.push(send);
    for (const { id: notification, person, went: reached } of went)
      this.database.notifications.push({
        ...{ id: notification, sendId: id, person },
        ...(reached ? { state: 'COMPLETED', reason: 'ACCEPTED' } : { state: otherwise, reason: 'WHY' }),
      });
    return send;
  }

  /** Records an event of a notification. */
  event(notificationId: string, type: string, number: number, address: string | null = null): EventRecord {
    const at = this.tick();
    const seq = this.database.events.filter((event) => event.notificationId === notificationId).length + 1;
    const leaseUntil = type === 'attempt.started' ? at + 20_000 : null;
    const made = {
      notificationId,
      seq,
      type,
      at,
      committedAt: at + 0.5,
      ordinal: 0,
      number,
      address,
      leaseUntil,
      detail: '',
    };
    this.database.events.push(made);
    return made;
  }

  /** Records a request at the provider. */
  request(notificationId: string, number: number, person: string, subject: string, accepted: boolean): ProviderRequest {
    const made = {
      ...{ seq: this.provider.length + 1, at: this.tick(), notificationId, ordinal: 0, number, subject, accepted },
      attempt: `${encodeId('notification', notificationId)}.0.${number}`,
      ...{ to: addressOf(person), mode: accepted ? 'ok' : '503', delivered: true },
    };
    this.provider.push(made);
    return made;
  }

  id(): string {
    this.made += 1;
    return `01900000-0000-7000-8000-${String(this.made).padStart(12, '0')}`;
  }

  private tick(): number {
    this.now += 10;
    return this.now;
  }

  /** True when the provider's yes was understood. */
  private attempts(id: string, person: string, key: string, script: readonly AttemptScript[]): boolean {
    let reached = false;
    script.forEach((how, index) => {
      const number = index + 1;
      this.event(id, 'attempt.started', number, addressOf(person));
      const taken = how === 'accepted' || how === 'unknown, taken' || how === 'unknown, then accepted';
      if (how !== 'never called') this.request(id, number, person, key, taken);
      if (how.startsWith('unknown')) this.event(id, 'attempt.unknown', number);
      if (how === 'unknown, then accepted' || how === 'accepted') this.event(id, 'attempt.accepted', number);
      if (how === 'never called') this.event(id, 'attempt.failed', number);
      if (how === 'failed' || how === 'rate_limited' || how === 'misconfigured')
        this.event(id, `attempt.${how}`, number);
      reached ||= how === 'accepted' || how === 'unknown, then accepted';
    });
    if (script.length > 0)
      this.database.deliveries.push({ notificationId: id, ordinal: 0, state: reached ? 'SENT' : 'UNKNOWN' });
    return reached;
  }
}
