import type { DirectLane } from '../base/direct-lane.js';
import type { Report } from '../base/names.js';
import type { HistoryEvent } from '../routing/history.js';
import { findDelivery, lockNotifications } from '../store/notification-log.js';
import { appendEvents, loadEvents } from '../store/notifications.js';
import { retireEndpoints } from '../store/endpoints.js';
import { advanceEach, type Tx } from '../store/transaction.js';
import { toEventRow, toHistoryEvent } from './history.js';

/** What a person told the vendor. */
export type Objection = 'COMPLAINED' | 'UNSUBSCRIBED';

/** What a vendor says about a delivery after its call. */
export interface LateWord {
  readonly notificationId: string;
  readonly ordinal: number;
  /** Through which integration it came: it speaks of attempts by that one alone; missing: of any. */
  readonly integration?: string;
  /** Of which attempt; null where the vendor cannot say: the one that was taken or refused, else one that nobody knows of. */
  readonly number: number | null;
  readonly report: Report | Objection;
  /** Of a bounce: the address itself is bad, and gets nothing more. */
  readonly permanent?: boolean;
  /** The vendor's own id of the message, where it says one. */
  readonly providerId: string | null;
  readonly detail: string | null;
  readonly at: Date;
}

/** Longest text of a vendor that is kept. */
export const DETAIL_MAX = 500;

/**
 * Writes a vendor's late word into the ledger, under the notification's lock, and wakes routing. Repeated words, and words
 * in any order, leave the ledger as it is where they say nothing new. Answers false when the delivery or the attempt does
 * not exist (yet), so that the caller may keep the word for later.
 */
export async function recordReport(
  tx: Tx,
  direct: DirectLane,
  environmentId: string,
  word: LateWord,
): Promise<boolean> {
  const { notificationId } = word;
  const [locked] = await lockNotifications(tx.db, environmentId, [notificationId]);
  if (!locked) return false;
  const rows = (await loadEvents(tx.db, environmentId, [notificationId])).get(notificationId) ?? [];
  const meaning = meaningOf(rows.map(toHistoryEvent), word);
  if (meaning === 'NOT_THERE') return false;
  if (meaning === 'KNOWN') return true;
  const { seq: _seq, ...row } = toEventRow(notificationId, 0, meaning);
  await appendEvents(tx.db, environmentId, [row]);
  if (word.permanent) await retireTarget(tx, environmentId, word);
  advanceEach(tx, [locked], direct);
  return true;
}

/** A bounce for good is the end of the address, for everything that the person would get there. */
async function retireTarget({ db }: Tx, environmentId: string, word: LateWord): Promise<void> {
  const delivery = await findDelivery(db, environmentId, word.notificationId, word.ordinal);
  if (!delivery || delivery.address === null) return;
  const reason = word.detail?.slice(0, DETAIL_MAX) ?? word.report;
  await retireEndpoints(db, environmentId, [{ ...delivery, address: delivery.address, reason }], word.at);
}

/**
 * What a late word adds to a history: an event; KNOWN when it says nothing new; NOT_THERE when it speaks of what has not
 * begun.
 */
export function meaningOf(
  history: readonly HistoryEvent[],
  word: Omit<LateWord, 'notificationId'>,
): HistoryEvent | 'KNOWN' | 'NOT_THERE' {
  const { ordinal, at } = word;
  const own = history.filter((event) => 'ordinal' in event && event.ordinal === ordinal);
  const number = attemptMeant(own, word);
  if (number === null) return 'NOT_THERE';
  const detail = word.detail?.slice(0, DETAIL_MAX) ?? null;
  const has = (...types: HistoryEvent['type'][]): boolean => own.some((event) => types.includes(event.type));
  const end = { at, ordinal, number, durationMs: null, httpStatus: null, code: null, detail };
  switch (word.report) {
    case 'ACCEPTED':
      if (certainEnd(own, number)) return 'KNOWN';
      return { type: 'attempt.accepted', ...end, simulated: false, providerId: word.providerId };
    case 'DEFERRED':
      if (has('delivery.delivered', 'delivery.bounced')) return 'KNOWN';
      if (own.some((event) => event.type === 'delivery.deferred' && event.detail === detail)) return 'KNOWN';
      return { type: 'delivery.deferred', at, ordinal, detail };
    case 'DELIVERED':
      return has('delivery.delivered') ? 'KNOWN' : { type: 'delivery.delivered', at, ordinal };
    case 'BOUNCED': {
      const permanent = word.permanent ?? false;
      // After a bounce of the moment, one for good is news: of the address.
      const isKnown = own.some(
        (event) => event.type === 'delivery.bounced' && (event.permanent === true || !permanent),
      );
      return isKnown ? 'KNOWN' : { type: 'delivery.bounced', at, ordinal, detail, permanent };
    }
    case 'COMPLAINED':
    case 'UNSUBSCRIBED': {
      const type = word.report === 'COMPLAINED' ? 'delivery.complained' : 'delivery.unsubscribed';
      return has(type) ? 'KNOWN' : { type, at, ordinal, detail };
    }
    case 'REJECTED': {
      const known = certainEnd(own, number);
      if (!known) return { type: 'attempt.rejected', ...end, reason: 'PROVIDER_REJECTED' };
      // Refused after all by a vendor that had taken it: it came back.
      if (known.type !== 'attempt.accepted' || has('delivery.bounced')) return 'KNOWN';
      return { type: 'delivery.bounced', at, ordinal, detail };
    }
    default:
      return word.report satisfies never;
  }
}

/** The number of the attempt that a word speaks of; null when there is none. */
function attemptMeant(
  own: readonly HistoryEvent[],
  { number, integration }: Pick<LateWord, 'number' | 'integration'>,
): number | null {
  const begun = own.flatMap((event) =>
    event.type === 'attempt.started' && event.integration === (integration ?? event.integration) ? [event.number] : [],
  );
  if (number !== null) return begun.includes(number) ? number : null;
  // Settled ones first, so that the same word again finds the attempt that it settled.
  const settled = begun.findLast((one) => SETTLED.has(certainEnd(own, one)?.type));
  return settled ?? begun.findLast((one) => !certainEnd(own, one)) ?? begun.at(-1) ?? null;
}

const SETTLED: ReadonlySet<HistoryEvent['type'] | undefined> = new Set([
  'attempt.accepted',
  'attempt.rejected',
] as const);

const CERTAIN = new Set<HistoryEvent['type']>([
  'attempt.accepted',
  'attempt.rejected',
  'attempt.failed',
  'attempt.rate_limited',
  'attempt.misconfigured',
]);

/** The event that says for certain how an attempt ended: the first such one, as routing reads it. */
function certainEnd(own: readonly HistoryEvent[], number: number): HistoryEvent | undefined {
  return own.find((event) => CERTAIN.has(event.type) && 'number' in event && event.number === number);
}
