import { DEADLINE_MS, attemptId } from '../../src/delivery/attempt.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { kindOf, MINUTE } from './cast.ts';
import type { NotificationEnd } from './end.ts';
import type { Remains } from './story.ts';
import type { Received } from './vendor.ts';

type Started = Extract<HistoryEvent, { type: 'attempt.started' }>;

interface Attempt {
  readonly seq: number;
  readonly started: Started;
  readonly name: string;
  readonly ends: readonly { readonly seq: number; readonly type: HistoryEvent['type'] }[];
  readonly calls: readonly Received[];
}

const ENDS: ReadonlySet<string> = new Set([
  ...['attempt.accepted', 'attempt.rejected', 'attempt.failed', 'attempt.rate_limited', 'attempt.misconfigured'],
  'attempt.unknown',
]);
const REFUSED = new Set<string>([
  'attempt.failed',
  'attempt.rate_limited',
  'attempt.misconfigured',
  'attempt.rejected',
]);
/** What is in hand when somebody opts out may still go: a call and the next ones decided on the same reading. */
const IN_HAND_MS = 2 * MINUTE;

/** One notification's attempts, held against what the vendors got. */
export function auditCalls(remains: Remains, one: NotificationEnd): string[] {
  const { world } = remains;
  const findings: string[] = [];
  const say = (what: string): void => void findings.push(`${what} (${one.key} to ${one.externalId}, ${one.id})`);
  const received = [...world.vendors.values()].flatMap((vendor) => vendor.ledger);
  const own = received.filter((call) => call.notificationId === one.id);
  const attempts = attemptsOf(one, own);
  for (const call of own)
    if (!attempts.some((attempt) => attempt.calls.includes(call)))
      say(`ghost: ${call.attemptId} was called and never began`);
  for (const { name, started, ends, calls } of attempts) {
    if (calls.length > 1) say(`duplicate: attempt ${name} made ${calls.length} calls`);
    const [call] = calls;
    if (!call) continue;
    if (call.at + DEADLINE_MS > started.leaseUntil.getTime())
      say(`fence: attempt ${name} was called when its lease was over`);
    const taken = call.takenAt !== null || call.deed === 'folded';
    if (taken && REFUSED.has(ends[0]?.type ?? ''))
      say(`misread: attempt ${name} was taken and counts as ${ends[0]?.type}`);
    if (!taken && ends.some((end) => end.type === 'attempt.accepted')) say(`unproven: attempt ${name} was not taken`);
    const optedOut = world.observations.optedOut.get(`${one.recipientId} ${one.category} ${started.channel}`);
    if (optedOut !== undefined && started.at.getTime() > optedOut + IN_HAND_MS) say(`opted out: attempt ${name}`);
    for (const earlier of own)
      if (earlier.integration === call.integration && earlier.notBefore !== null && earlier.at < call.at)
        if (call.at < earlier.notBefore && isHeard(attempts, earlier))
          say(`too early: attempt ${name} before Retry-After`);
  }
  const canceledAt = world.observations.canceledAt.get(one.id);
  for (const { name, seq } of attempts)
    if (canceledAt !== undefined && seq > canceledAt) say(`after cancel: attempt ${name} began`);
  return [
    ...findings,
    ...duplicates(one, attempts).map(said(one)),
    ...blind(remains, one, attempts).map(said(one)),
    ...ends(one, attempts).map(said(one)),
  ];
}

function said(one: NotificationEnd): (what: string) => string {
  return (what) => `${what} (${one.key} to ${one.externalId}, ${one.id})`;
}

function isHeard(attempts: readonly Attempt[], call: Received): boolean {
  return attempts.some((attempt) => attempt.calls.includes(call) && attempt.ends[0]?.type === 'attempt.rate_limited');
}

function attemptsOf(one: NotificationEnd, calls: readonly Received[]): Attempt[] {
  return one.history.flatMap(({ seq, event }): Attempt[] => {
    if (event.type !== 'attempt.started') return [];
    const { ordinal, number } = event;
    const ends = one.history.flatMap(({ seq, event }) =>
      ENDS.has(event.type) && 'number' in event && event.ordinal === ordinal && event.number === number
        ? [{ seq, type: event.type }]
        : [],
    );
    const id = attemptId(one.id, event);
    return [
      { seq, started: event, name: `${ordinal}.${number}`, ends, calls: calls.filter((call) => call.attemptId === id) },
    ];
  });
}

/** People get it once, and once more for each attempt that was ever in doubt, came back, or was followed up on purpose. */
function duplicates(one: NotificationEnd, attempts: readonly Attempt[]): string[] {
  const takes = attempts.flatMap((attempt) => attempt.calls).filter((call) => call.takenAt !== null).length;
  const count = (type: HistoryEvent['type']): number => one.history.filter(({ event }) => event.type === type).length;
  const doubts = attempts.filter(({ ends }) => ends.some((end) => end.type === 'attempt.unknown')).length;
  const allowed = 1 + doubts + count('notification.silent') + count('delivery.bounced');
  return takes > allowed ? [`duplicate: taken ${takes} times with ${doubts} in doubt`] : [];
}

/** When an attempt begins, none runs, and no more are in doubt than the category allows. */
function blind({ cast }: Remains, one: NotificationEnd, attempts: readonly Attempt[]): string[] {
  const category = cast.categories.find((known) => known.key === one.category);
  const allowed = category?.on_ambiguous === 'RESEND' ? 1 : 0;
  return attempts.flatMap(({ name, seq, started }) => {
    const before = attempts.filter((other) => other.seq < seq);
    const heard = before.map((other) => ({ other, ends: other.ends.filter((end) => end.seq < seq) }));
    if (heard.some(({ ends }) => ends.length === 0)) return [`overlap: attempt ${name} began while another one ran`];
    const doubts = heard.filter(({ other, ends }) => {
      const isDoubt = ends.every((end) => end.type === 'attempt.unknown');
      return isDoubt && !isRepeated(cast, other, attempts, started.at) && !hasBounced(one, other, seq);
    });
    return doubts.length > allowed ? [`blind resend: attempt ${name} began with ${doubts.length} in doubt`] : [];
  });
}

/** Repeated under a key that its vendor still knew: both together are one. */
function isRepeated(cast: Remains['cast'], attempt: Attempt, all: readonly Attempt[], now: Date): boolean {
  const { started } = attempt;
  const integration = cast.integrations.find((known) => known.key === started.integration);
  const keyMs = integration ? kindOf(integration).keyMs : null;
  if (keyMs === null) return false;
  const same = all.filter(
    ({ started: other }) => other.ordinal === started.ordinal && other.integration === started.integration,
  );
  const next = same.find(({ started: other }) => other.number === started.number + 1);
  return next !== undefined && next.started.at <= now;
}

function hasBounced(one: NotificationEnd, { started }: Attempt, seq: number): boolean {
  return one.history.some(
    (row) => row.seq < seq && row.event.type === 'delivery.bounced' && row.event.ordinal === started.ordinal,
  );
}

/** Its end has a cause. */
function ends(one: NotificationEnd, attempts: readonly Attempt[]): string[] {
  const has = (type: HistoryEvent['type']): boolean => one.history.some(({ event }) => event.type === type);
  const taken = attempts.some(({ calls }) => calls.some((call) => call.takenAt !== null || call.deed === 'folded'));
  if (one.state === 'COMPLETED' && !taken && !has('inbox.displayed') && !has('engagement.recorded'))
    return ['lost: COMPLETED, and nobody took it'];
  return [];
}
