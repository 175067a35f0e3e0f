import { encodeId } from '../base/ids.js';
import { ENGAGEMENTS, type AttemptOutcome, type ChannelName, type Engagement } from '../base/names.js';
import { fold } from '../routing/evolve.js';
import type { AttemptEnd, HistoryEvent } from '../routing/history.js';

/** One thing that happened, as people read it. `type` is dotted and past tense; the list of types will grow. */
export interface TimelineEntry {
  readonly at: Date;
  readonly type: string;
  readonly channel: ChannelName | null;
  readonly integration: string | null;
  readonly reason: string | null;
  readonly detail: string | null;
}

/** One call to one provider, as the ledger has it. */
export interface AttemptRecord extends Omit<AttemptEnd, 'ordinal'> {
  readonly ordinal: number;
  readonly integration: string;
  readonly startedAt: Date;
  readonly outcome: AttemptOutcome;
  /** When the notification is tried next, on whatever channel, after this attempt settled nothing. */
  readonly nextAttemptAt: Date | null;
}

const OUTCOMES = {
  'attempt.accepted': 'ACCEPTED',
  'attempt.rejected': 'REJECTED',
  'attempt.failed': 'FAILED',
  'attempt.rate_limited': 'RATE_LIMITED',
  'attempt.misconfigured': 'FAILED',
  'attempt.unknown': 'UNKNOWN',
} as const satisfies Record<string, AttemptOutcome>;

type EndType = keyof typeof OUTCOMES;

function isEnd(event: HistoryEvent): event is Extract<HistoryEvent, { type: EndType }> {
  return Object.hasOwn(OUTCOMES, event.type);
}

/** After these the notification goes on trying; after others it is done, or goes elsewhere at once. */
const UNSETTLED: ReadonlySet<AttemptOutcome> = new Set<AttemptOutcome>(['FAILED', 'RATE_LIMITED', 'UNKNOWN']);

/**
 * The attempts in a history, in the order they began.
 *
 * @param wakeAt when the notification goes on by itself; null when it has ended, or waits for nothing
 */
export function attemptsOf(history: readonly HistoryEvent[], wakeAt: Date | null): AttemptRecord[] {
  const ends = history.filter(isEnd);
  const begun = history.filter((event) => event.type === 'attempt.started');
  const pending = pendingAttempt(history);
  return begun.map((event, index) => {
    const end = ends.findLast((one) => one.ordinal === event.ordinal && one.number === event.number);
    const { ordinal, number, integration, at: startedAt } = event;
    const outcome = end ? OUTCOMES[end.type] : 'STARTED';
    const next = begun[index + 1]?.at ?? (event === pending ? wakeAt : null);
    return {
      ordinal,
      number,
      integration,
      startedAt,
      outcome,
      durationMs: end?.durationMs ?? null,
      httpStatus: end?.httpStatus ?? null,
      code: end?.code ?? null,
      detail: end?.detail ?? null,
      nextAttemptAt: UNSETTLED.has(outcome) ? next : null,
    };
  });
}

/** The attempt after which the notification waits for another one: the last thing begun, of a delivery that is still tried. */
function pendingAttempt(history: readonly HistoryEvent[]): HistoryEvent | null {
  const last = history.findLast((event) => event.type === 'attempt.started' || event.type === 'inbox.placed');
  if (last?.type !== 'attempt.started') return null;
  const { deliveries, finished } = fold(history);
  const state = deliveries.find((delivery) => delivery.ordinal === last.ordinal)?.state;
  return finished === null && (state === 'RETRYING' || state === 'UNKNOWN') ? last : null;
}

export interface EngagementRecord {
  readonly kind: Engagement;
  readonly at: Date;
}

/** Everything that a person did, by the ledger and by what else is known, each kind at its first time, oldest first. */
export function engagementsOf(
  history: readonly HistoryEvent[],
  others: readonly EngagementRecord[],
): EngagementRecord[] {
  const recorded = history.flatMap((event) =>
    event.type === 'engagement.recorded' ? [{ kind: event.kind, at: event.at }] : [],
  );
  const rank = ({ kind, at }: EngagementRecord): number =>
    at.getTime() * ENGAGEMENTS.length + ENGAGEMENTS.indexOf(kind);
  const sorted = [...recorded, ...others].sort((a, b) => rank(a) - rank(b));
  return sorted.filter((one, index) => sorted.findIndex((other) => other.kind === one.kind) === index);
}

/** A history as a timeline, oldest first, from acceptance to the end. */
export function timelineOf(acceptedAt: Date, history: readonly HistoryEvent[]): TimelineEntry[] {
  const begun = new Map<number, { channel: ChannelName; integration: string | null }>();
  const entries: TimelineEntry[] = [entry(acceptedAt, 'notification.accepted', {})];
  for (const event of history) {
    if (event.type === 'attempt.started' || event.type === 'inbox.placed') {
      const integration = event.type === 'attempt.started' ? event.integration : null;
      begun.set(event.ordinal, { channel: event.channel, integration });
      if (event.type === 'inbox.placed' || event.number === 1)
        entries.push(
          entry(event.at, 'notification.routed', {
            channel: event.channel,
            integration,
            reason: 'SELECTED',
            detail: event.why,
          }),
        );
    }
    entries.push(toEntry(event, 'ordinal' in event ? begun.get(event.ordinal) : undefined));
  }
  return entries;
}

function toEntry(
  event: HistoryEvent,
  on: { channel: ChannelName; integration: string | null } | undefined,
): TimelineEntry {
  switch (event.type) {
    case 'notification.held':
      return entry(event.at, event.type, { reason: event.reason, detail: `until ${event.until.toISOString()}` });
    case 'notification.gathered':
      return entry(event.at, event.type, {
        channel: event.channel,
        reason: 'GATHERING',
        detail: `until ${event.closesAt.toISOString()}`,
      });
    case 'digest.closed':
      return entry(event.at, event.type, {
        channel: event.channel,
        reason: 'DIGESTED',
        detail: encodeId('notification', event.digestNotificationId),
      });
    case 'digest.left':
      return entry(event.at, event.type, { reason: event.alone ? 'RENDER_ERROR' : null });
    case 'notification.finished':
      return entry(event.at, `notification.${event.state.toLowerCase()}`, { reason: event.reason, detail: event.why });
    case 'attempt.rejected':
      return entry(event.at, event.type, { ...on, reason: event.reason, detail: said(event) });
    case 'attempt.started':
      return entry(event.at, event.type, { ...on, detail: `attempt ${event.number} to ${event.provider}` });
    case 'notification.throttled':
      return entry(event.at, event.type, {
        integration: event.integration,
        reason: 'THROTTLED',
        detail: `its turn comes at ${event.until.toISOString()}`,
      });
    case 'notification.silent':
      return entry(event.at, event.type, { reason: 'NOT_OPENED' });
    case 'notification.redriven':
      return entry(event.at, event.type, {});
    case 'engagement.recorded':
      return entry(event.at, event.type, { detail: event.kind });
    case 'attempt.looked_up':
    case 'delivery.deferred':
    case 'delivery.complained':
    case 'delivery.unsubscribed':
      return entry(event.at, event.type, { ...on, detail: event.detail });
    case 'inbox.copied':
    case 'inbox.displayed':
      return entry(event.at, event.type, { channel: 'INBOX' });
    case 'inbox.missed':
      return entry(event.at, event.type, { ...on, reason: 'NOT_ACKNOWLEDGED' });
    case 'delivery.gave_up':
      return entry(event.at, event.type, { ...on, reason: event.reason });
    case 'delivery.bounced':
      return entry(event.at, event.type, { ...on, reason: 'BOUNCED', detail: event.detail });
    case 'inbox.placed':
    case 'delivery.delivered':
      return entry(event.at, event.type, { ...on });
    case 'attempt.accepted':
    case 'attempt.failed':
    case 'attempt.rate_limited':
    case 'attempt.misconfigured':
    case 'attempt.unknown':
      return entry(event.at, event.type, { ...on, detail: said(event) });
    default:
      return event satisfies never;
  }
}

/** "HTTP 503 · 503 · upstream unavailable · 41 ms" */
function said(end: AttemptEnd): string | null {
  const parts = [
    end.httpStatus === null ? null : `HTTP ${end.httpStatus}`,
    end.code,
    end.detail,
    end.durationMs === null ? null : `${end.durationMs} ms`,
  ];
  return parts.filter((part) => part !== null && part !== '').join(' · ') || null;
}

function entry(at: Date, type: string, rest: Partial<Omit<TimelineEntry, 'at' | 'type'>>): TimelineEntry {
  return {
    at,
    type,
    channel: rest.channel ?? null,
    integration: rest.integration ?? null,
    reason: rest.reason ?? null,
    detail: rest.detail ?? null,
  };
}
