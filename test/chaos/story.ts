import { encodeId } from '../../src/base/ids.ts';
import type { Index } from './index-of-ledgers.ts';

interface Moment {
  readonly at: number;
  readonly says: string;
}

/** What all three ledgers have about a notification and its send, in the order of time. */
export function storyOfNotification(index: Index, id: string): string[] {
  const notification = index.notifications.get(id);
  const events = (index.events.get(id) ?? []).map((event): Moment => {
    const attempt = event.number === null ? '' : ` ${event.ordinal}.${event.number}`;
    const lease = event.leaseUntil === null ? '' : ` lease until ${clock(event.leaseUntil)}`;
    const own = `(own clock ${clock(event.at)})`;
    return {
      at: event.committedAt,
      says: `database  #${event.seq} ${event.type}${attempt} ${event.detail}${lease} ${own}`,
    };
  });
  const requests = (index.requestsByNotification.get(id) ?? []).map((request): Moment => {
    const taken = request.accepted ? 'taken' : 'not taken';
    const answer = request.delivered ? 'answered' : 'not answered in full';
    return {
      at: request.at,
      says: `provider  request ${request.seq} ${request.ordinal}.${request.number} to ${request.to}: ${request.mode}, ${taken}, ${answer}`,
    };
  });
  const head = `notification ${id} (${encodeId('notification', id)}) for ${notification?.person ?? '?'}: ${notification?.state ?? 'missing'} ${notification?.reason ?? ''}`;
  return [head, ...inOrder([...ofSend(index, notification?.sendId ?? ''), ...events, ...requests])];
}

/** What is known about a send, without its notifications' own stories. */
export function storyOfSend(index: Index, id: string): string[] {
  const found = index.notificationsBySend.get(id) ?? [];
  return [`send ${id} (${encodeId('send', id)}) with ${found.length} notifications`, ...inOrder(ofSend(index, id))];
}

function ofSend(index: Index, id: string): Moment[] {
  const send = index.sends.get(id);
  const lines = index.client.filter((line) => {
    const same = 'sendId' in line && line.sendId === id;
    return same || ('key' in line && send?.key != null && line.key === send.key);
  });
  const told = lines.map((line): Moment => {
    const about = line.type === 'asked' ? `${line.key} for ${line.to.length} people, ${line.ambiguity}` : '';
    const codes = line.type === 'refused' ? line.codes : '';
    return { at: line.at, says: `caller    ${line.type} ${about}${codes}` };
  });
  const canceled = send?.cancelCommittedAt ?? null;
  return canceled === null ? told : [...told, { at: canceled, says: 'database  cancel committed' }];
}

function inOrder(moments: readonly Moment[]): string[] {
  return moments.toSorted((a, b) => a.at - b.at).map(({ at, says }) => `  ${clock(at)}  ${says}`);
}

/** 07:15:02.123 */
function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
