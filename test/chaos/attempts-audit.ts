import type { Finding, Kind } from './finding.ts';
import type { Index } from './index-of-ledgers.ts';
import type { EventRecord, NotificationRecord } from './ledger.ts';

/** Certain that it was not taken. */
const REFUSED = new Set(['attempt.failed', 'attempt.rate_limited', 'attempt.misconfigured', 'attempt.rejected']);
const ENDS = new Set([...REFUSED, 'attempt.accepted', 'attempt.unknown']);

/** How often a category lets a notification be sent again although an attempt's outcome is unknown. */
const RESENDS = { RESEND: 1, FAIL: 0 } as const;

interface Attempt {
  readonly name: string;
  readonly started: EventRecord;
  readonly ends: readonly EventRecord[];
}

/** One notification's attempts, as the database has them, held against what the provider got. */
export function checkAttempts(index: Index, notification: NotificationRecord, now: number): Finding[] {
  const { id, sendId } = notification;
  const found = (kind: Kind, says: string): Finding => ({ kind, says, notificationId: id, sendId });
  const attempts = attemptsOf(index.events.get(id) ?? []);
  const requests = index.requestsByNotification.get(id) ?? [];
  const findings: Finding[] = [];
  for (const { name, started, ends } of attempts) {
    const own = requests.filter((request) => `${request.ordinal}.${request.number}` === name);
    const taken = own.some((request) => request.accepted);
    if (ends.length === 0 && (started.leaseUntil ?? 0) < now)
      findings.push(found('stuck', `attempt ${name} is open past its lease`));
    if (ends.some((end) => end.type === 'attempt.accepted') && !taken)
      findings.push(found('unproven', `attempt ${name} counts as accepted, and the provider did not take it`));
    const refused = ends.find((end) => REFUSED.has(end.type));
    if (refused && taken)
      findings.push(found('misread', `the provider took attempt ${name}, which counts as ${refused.type}`));
    if (own.length > 1) findings.push(found('duplicate', `attempt ${name} made ${own.length} requests`));
  }
  // Every unknown attempt may have been taken, so each excuses one more; one that was settled later excuses it as well,
  // because whoever sent again could not know yet.
  const unknown = attempts.filter(({ ends }) => ends.some((end) => end.type === 'attempt.unknown')).length;
  const accepts = requests.filter((request) => request.accepted).length;
  if (accepts - 1 > unknown)
    findings.push(found('duplicate', `taken ${accepts} times with ${unknown} unknown attempts`));
  return [
    ...findings,
    ...blind(index, notification, attempts).map((says) => found('blind resend', says)),
    ...canceled(index, notification, attempts),
  ];
}

function attemptsOf(events: readonly EventRecord[]): Attempt[] {
  const nameOf = (event: EventRecord): string => `${event.ordinal}.${event.number}`;
  const ends = Map.groupBy(
    events.filter((event) => ENDS.has(event.type)),
    nameOf,
  );
  return events
    .filter((event) => event.type === 'attempt.started')
    .map((started) => ({ name: nameOf(started), started, ends: ends.get(nameOf(started)) ?? [] }));
}

/** When an attempt begins, no more of those before it may be in doubt than the category allows; none may be running. */
function blind(index: Index, { sendId }: NotificationRecord, attempts: readonly Attempt[]): string[] {
  const asked = index.asked.get(index.sends.get(sendId)?.key ?? '');
  if (!asked) return [];
  return attempts.flatMap(({ name, started }) => {
    const before = attempts.filter((other) => other.started.seq < started.seq);
    const known = before.map((other) => other.ends.filter((end) => end.seq < started.seq));
    if (known.some((ends) => ends.length === 0)) return [`attempt ${name} began while another one was running`];
    // The first certain word about an attempt ends its doubt.
    const doubts = known.filter((ends) => ends.every((end) => end.type === 'attempt.unknown')).length;
    return doubts > RESENDS[asked.ambiguity]
      ? [`attempt ${name} began with ${doubts} in doubt, and the category says ${asked.ambiguity}`]
      : [];
  });
}

/**
 * After a cancel no attempt begins. Which of the two came first is decided by their commits, and told by Postgres' clock:
 * both write the notification's row, so the later one waits for the earlier one's commit and gets a later time; the
 * clocks of processes and callers play no part. An attempt that began before may still call its provider afterwards, even
 * after the caller was told: it is on its way, and the API says so.
 */
function canceled(index: Index, { id, sendId }: NotificationRecord, attempts: readonly Attempt[]): Finding[] {
  const cancelAt = index.sends.get(sendId)?.cancelCommittedAt ?? null;
  if (cancelAt === null) return [];
  return attempts
    .filter(({ started }) => started.committedAt > cancelAt)
    .map(({ name, started }) => ({
      kind: 'after cancel',
      says: `attempt ${name} began ${(started.committedAt - cancelAt).toFixed(3)} ms after the cancel`,
      notificationId: id,
      sendId,
    }));
}
