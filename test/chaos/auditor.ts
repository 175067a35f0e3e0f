import { indexed, type Index } from './index-of-ledgers.ts';
import type { Ledgers, NotificationRecord, SendRecord } from './ledger.ts';
import { checkAttempts } from './attempts-audit.ts';
import type { Finding, Kind } from './finding.ts';
import { checkRequests } from './requests-audit.ts';
import { storyOfNotification, storyOfSend } from './story.ts';

export interface Violation extends Finding {
  /** Everything that the three ledgers have about it, in the order of time. */
  readonly story: readonly string[];
}

export interface Audit {
  readonly violations: readonly Violation[];
  /** Not promised yet, and worth knowing. */
  readonly notices: readonly Violation[];
  readonly counts: {
    readonly notifications: number;
    readonly states: Readonly<Record<string, number>>;
    readonly attempts: number;
    readonly accepts: number;
    readonly unknown: number;
    /** Accepts beyond the first of a notification, all inside the window that an unknown attempt opens. */
    readonly duplicates: number;
    /** Requests that came after the lease of their attempt: their process was frozen between its last look and the call. */
    readonly late: number;
    readonly canceled: number;
  };
}

const FINAL = new Set(['COMPLETED', 'DIGESTED', 'SUPPRESSED', 'UNROUTABLE', 'FAILED', 'EXPIRED', 'CANCELED']);

/** Joins the three ledgers of a run that has come to rest. Pure. `now`: open attempts whose lease ended before are stuck. */
export function audit(ledgers: Ledgers, now: number): Audit {
  const index = indexed(ledgers);
  const findings: Finding[] = [
    ...acknowledgements(index),
    ...keys(index),
    ...ledgers.database.sends.flatMap((send) => people(index, send)),
    ...ledgers.database.notifications.flatMap((notification) => ends(index, notification)),
    ...ledgers.database.notifications.flatMap((notification) => checkAttempts(index, notification, now)),
    ...checkRequests(index),
  ];
  const told = (finding: Finding): Violation => ({ ...finding, story: story(index, finding) });
  return { violations: findings.map(told), notices: refusedThoughStored(index).map(told), counts: counts(index) };
}

function story(index: Index, { notificationId, sendId }: Finding): string[] {
  if (notificationId !== undefined) return storyOfNotification(index, notificationId);
  return sendId === undefined ? [] : storyOfSend(index, sendId);
}

/** What was acknowledged is stored; an acknowledged cancel is, too. */
function acknowledgements(index: Index): Finding[] {
  const findings: Finding[] = [];
  for (const line of index.client) {
    if (line.type === 'acknowledged') {
      const send = index.sends.get(line.sendId);
      if (!send)
        findings.push({
          kind: 'lost',
          says: `send ${line.sendId} was acknowledged and is not stored`,
          sendId: line.sendId,
        });
      else if (send.key !== line.key)
        findings.push({
          kind: 'lost',
          says: `key ${line.key} was answered with the send of ${send.key}`,
          sendId: send.id,
        });
    }
    if (line.type === 'canceled' && index.sends.get(line.sendId)?.cancelCommittedAt == null)
      findings.push({
        kind: 'after cancel',
        says: 'the cancel was acknowledged and is not stored',
        sendId: line.sendId,
      });
  }
  return findings;
}

/** A key makes one send at most, whoever was answered. */
function keys(index: Index): Finding[] {
  return [...index.sendsByKey].flatMap(([key, sends]): Finding[] => {
    if (key === null || !index.asked.has(key))
      return sends.map((send) => ({ kind: 'ghost', says: `nobody asked for key ${key}`, sendId: send.id }));
    if (sends.length === 1) return [];
    const ids = sends.map((send) => send.id).join(', ');
    return [
      { kind: 'repeated key', says: `key ${key} made ${sends.length} sends: ${ids}`, sendId: sends[0]?.id ?? '' },
    ];
  });
}

/** Whom a send was for has one notification each, and nobody else has: also where the answer never came. */
function people(index: Index, send: SendRecord): Finding[] {
  const asked = send.key === null ? undefined : index.asked.get(send.key);
  if (!asked) return [];
  const wanted = new Set(asked.to);
  const found = index.notificationsBySend.get(send.id) ?? [];
  const names = found.map((notification) => notification.person);
  const missing = [...wanted].filter((person) => !names.includes(person));
  const twice = names.filter((person, nth) => names.indexOf(person) !== nth);
  const strange = names.filter((person) => !wanted.has(person));
  const say = (kind: Kind, list: readonly string[], what: string): Finding[] =>
    list.length === 0
      ? []
      : [{ kind, says: `${list.length} ${what}: ${list.slice(0, 5).join(', ')}`, sendId: send.id }];
  return [
    ...say('lost', missing, 'of its people have no notification'),
    ...say('duplicate', twice, 'of its people have two notifications'),
    ...say('ghost', strange, 'people have one that it was not for'),
  ];
}

/** Each notification has come to an end that has a cause. */
function ends(index: Index, { id, sendId, state, reason }: NotificationRecord): Finding[] {
  const found = (kind: Kind, says: string): Finding => ({ kind, says, notificationId: id, sendId });
  if (!FINAL.has(state)) return [found('stuck', `still ${state}`)];
  const findings: Finding[] = [];
  const sent = (index.deliveries.get(id) ?? []).some((delivery) => delivery.state === 'SENT');
  const accepts = (index.requestsByNotification.get(id) ?? []).filter((request) => request.accepted).length;
  if ((state === 'COMPLETED' || sent) && accepts === 0)
    findings.push(
      found('lost', `${state}, with a delivery ${sent ? 'SENT' : 'not SENT'}, and the provider never took it`),
    );
  if (state !== 'COMPLETED' && !reason) findings.push(found('lost', `${state} without a reason`));
  const send = index.sends.get(sendId);
  if (state === 'CANCELED' && !index.cancelAsked.has(sendId))
    findings.push(found('unexplained', 'CANCELED, and nobody asked for it'));
  if (state === 'EXPIRED' && index.asked.get(send?.key ?? '')?.expires !== true)
    findings.push(found('unexplained', 'EXPIRED, and it had no end'));
  return findings;
}

/** A repetition that is told "nothing was stored" of what was stored by an earlier one. */
function refusedThoughStored(index: Index): Finding[] {
  return index.client.flatMap((line): Finding[] => {
    const send = line.type === 'refused' ? index.sendsByKey.get(line.key)?.[0] : undefined;
    if (!send || line.type !== 'refused') return [];
    return [
      { kind: 'lost', says: `key ${line.key} was refused (${line.codes}) though its send is stored`, sendId: send.id },
    ];
  });
}

function counts(index: Index): Audit['counts'] {
  const states: Record<string, number> = {};
  for (const { state } of index.notifications.values()) states[state] = (states[state] ?? 0) + 1;
  const events = [...index.events.values()].flat();
  const leases = new Map(
    events.map((event) => [`${event.notificationId} ${event.ordinal} ${event.number} ${event.type}`, event.leaseUntil]),
  );
  const requests = [...index.requestsByNotification.values()];
  const accepts = requests.map((list) => list.filter((request) => request.accepted).length);
  const late = requests.flat().filter((request) => {
    const lease = leases.get(`${request.notificationId} ${request.ordinal} ${request.number} attempt.started`);
    return lease != null && request.at > lease;
  });
  return {
    notifications: index.notifications.size,
    states,
    attempts: events.filter((event) => event.type === 'attempt.started').length,
    accepts: accepts.reduce((sum, one) => sum + one, 0),
    unknown: events.filter((event) => event.type === 'attempt.unknown').length,
    duplicates: accepts.reduce((sum, one) => sum + Math.max(0, one - 1), 0),
    late: late.length,
    canceled: index.client.filter((line) => line.type === 'canceled').length,
  };
}
