import type { DirectLane } from '../base/direct-lane.js';
import type { ChannelName, Report } from '../base/names.js';
import type { HistoryEvent } from '../routing/history.js';
import { lockNotifications } from '../store/notification-log.js';
import { appendEvents, loadEvents } from '../store/notifications.js';
import { retireEndpoints, type GoneEndpoint } from '../store/endpoints.js';
import { erasedAmong } from '../store/erasures.js';
import { advanceEach, type Tx } from '../store/transaction.js';
import { toEventRow, toHistoryEvent } from './history.js';
import { scrubbedEvent } from './scrubbed.js';

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

/** Where a delivery went. */
export interface Target {
  readonly channel: ChannelName;
  /** Empty: the person was erased. */
  readonly address: string;
}

/**
 * Writes vendors' late words into the ledger, under the notifications' locks, and wakes routing. Repeated words, and words
 * in any order, leave the ledger as it is where they say nothing new. Answers for each word where its delivery went; null
 * when the delivery or the attempt does not exist (yet), so that the caller may keep the word for later.
 */
export async function recordReports(
  tx: Tx,
  direct: DirectLane,
  environmentId: string,
  words: readonly LateWord[],
): Promise<(Target | null)[]> {
  const locked = await lockNotifications(tx.db, environmentId, [...new Set(words.map((word) => word.notificationId))]);
  const owners = new Map(locked.map((row) => [row.notification_id, row]));
  // Asked after the locks: whoever is erased from here on finds these words, and takes them away.
  const people = locked.map((row) => row.recipient_id);
  const erased = await erasedAmong(tx.db, environmentId, people);
  const rows = await loadEvents(tx.db, environmentId, [...owners.keys()]);
  const histories = new Map([...owners.keys()].map((id) => [id, (rows.get(id) ?? []).map(toHistoryEvent)]));
  const news: { id: string; event: HistoryEvent }[] = [];
  const gone: GoneEndpoint[] = [];
  const targets = words.map((word): Target | null => {
    const { notificationId: id } = word;
    const [owner, history] = [owners.get(id), histories.get(id)];
    const meaning = history ? meaningOf(history, word) : 'NOT_THERE';
    const target = history && meaning !== 'NOT_THERE' ? targetOf(history, word.ordinal) : null;
    if (!owner || !history || !target || meaning === 'NOT_THERE') return null;
    if (meaning === 'KNOWN') return erased.has(owner.recipient_id) ? { ...target, address: '' } : target;
    const isErased = erased.has(owner.recipient_id);
    history.push(meaning);
    news.push({ id, event: isErased ? scrubbedEvent(meaning) : meaning });
    if (isErased) return { ...target, address: '' };
    // A bounce for good is the end of the address, for everything that the person would get there.
    if (word.permanent)
      gone.push({
        recipientId: owner.recipient_id,
        ...target,
        reason: word.detail?.slice(0, DETAIL_MAX) ?? word.report,
      });
    return target;
  });
  await appendEvents(
    tx.db,
    environmentId,
    news.map(({ id, event }) => toEventRow(id, 0, event)),
  );
  await retireEndpoints(tx.db, environmentId, gone, latest(words));
  const moved = new Set(news.map(({ id }) => id));
  advanceEach(
    tx,
    locked.filter((row) => moved.has(row.notification_id)),
    direct,
  );
  return targets;
}

/** One word. False when what it speaks of does not exist (yet). */
export async function recordReport(
  tx: Tx,
  direct: DirectLane,
  environmentId: string,
  word: LateWord,
): Promise<boolean> {
  const [target] = await recordReports(tx, direct, environmentId, [word]);
  return target !== null;
}

function targetOf(history: readonly HistoryEvent[], ordinal: number): Target | null {
  const begun = history.find((event) => event.type === 'attempt.started' && event.ordinal === ordinal);
  return begun?.type === 'attempt.started' ? { channel: begun.channel, address: begun.address } : null;
}

function latest(words: readonly LateWord[]): Date {
  return new Date(Math.max(...words.map((word) => word.at.getTime())));
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
