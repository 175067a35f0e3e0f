import { plus, type Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import { messageOf } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { ChannelName, SuppressionReason } from '../base/names.js';
import { recordEngagements } from '../inbox/engagement.js';
import type { ReportKind } from '../providers/callback.js';
import { grantByKeyword, withdrawByKeyword } from '../recipients/consents.js';
import { recordReport, type LateWord } from '../recipients/reports.js';
import { lockDueCallbacks, settleCallbacks, type CallbackOutcome, type DueCallback } from '../store/callbacks.js';
import { findDelivery } from '../store/notification-log.js';
import { retireAddress } from '../store/endpoints.js';
import { suppress, unsuppress } from '../store/suppressions.js';
import type { InTransaction, Tx } from '../store/transaction.js';

export interface FoldContext {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly direct: DirectLane;
}

/** Callbacks in one commit. */
const SLICE = 100;
/** What speaks of nothing that is there is looked at again after these: its notification may be restored, or still be written. */
const PAUSES_MS = [10_000, 60_000, 600_000] as const;

/**
 * Folds what vendors told into the ledger: states of deliveries, what people did, addresses that are dead, and the
 * suppression list. In any order and however often it comes, the same end.
 */
export async function foldCallbacks(context: FoldContext): Promise<void> {
  for (;;) {
    const slice = await foldSlice(context, SLICE).catch(async (error: unknown) => {
      context.log.warn({ error: messageOf(error) }, 'callbacks could not be folded together; they go one by one');
      return oneByOne(context);
    });
    if (slice < SLICE) return;
  }
}

/** One that cannot be folded does not stop its neighbours. */
async function oneByOne(context: FoldContext): Promise<number> {
  for (let nth = 0; nth < SLICE; nth += 1)
    try {
      if ((await foldSlice(context, 1)) === 0) return nth;
    } catch (error) {
      await giveUpFirst(context, messageOf(error));
    }
  return SLICE;
}

async function giveUpFirst({ inTransaction, clock, log }: FoldContext, error: string): Promise<void> {
  await inTransaction(async ({ db }) => {
    const [first] = await lockDueCallbacks(db, clock.now(), 1);
    if (!first) return;
    log.error({ integration: first.integration_key, key: first.key, error }, 'a callback cannot be folded');
    await settleCallbacks(db, [{ ...first, due_at: null, outcome: 'FAILED' }]);
  });
}

async function foldSlice({ inTransaction, clock, direct }: FoldContext, limit: number): Promise<number> {
  return inTransaction(async (tx) => {
    const now = clock.now();
    const due = await lockDueCallbacks(tx.db, now, limit);
    const settled: Parameters<typeof settleCallbacks>[1][number][] = [];
    // Notifications in the order of their ids, as everybody locks them; of each, the oldest word first.
    const ordered = due.toSorted((a, b) => order(a).localeCompare(order(b)) || a.at.getTime() - b.at.getTime());
    for (const row of ordered) {
      const outcome = await fold(tx, direct, row, now);
      const pause = outcome === 'UNMATCHED' ? PAUSES_MS[row.tries] : undefined;
      const again = pause === undefined ? null : plus(now, pause);
      if (again) tx.enqueue({ job: 'fold', lane: 'NORMAL', data: {}, at: again });
      settled.push({ ...row, due_at: again, outcome: again ? null : outcome });
    }
    await settleCallbacks(tx.db, settled);
    return due.length;
  });
}

function order({ environment_id, attempt_id }: DueCallback): string {
  return `${environment_id} ${attempt_id ?? ''}`;
}

/** What the vendors' words are in the ledger. */
const REPORTS = {
  ACCEPTED: { report: 'ACCEPTED' },
  DEFERRED: { report: 'DEFERRED' },
  DELIVERED: { report: 'DELIVERED' },
  BOUNCED: { report: 'BOUNCED', permanent: true },
  SOFT_BOUNCED: { report: 'BOUNCED', permanent: false },
  GONE: { report: 'BOUNCED', permanent: true },
  REJECTED: { report: 'REJECTED' },
  // Who opens it has it.
  OPENED: { report: 'DELIVERED' },
  READ: { report: 'DELIVERED' },
  CLICKED: { report: 'DELIVERED' },
  COMPLAINED: { report: 'COMPLAINED' },
  UNSUBSCRIBED: { report: 'UNSUBSCRIBED' },
} as const satisfies Partial<Record<ReportKind, Pick<LateWord, 'report' | 'permanent'>>>;

const ENGAGEMENTS = { OPENED: 'OPENED', READ: 'READ', CLICKED: 'CLICKED' } as const;

const OBJECTIONS = {
  COMPLAINED: 'COMPLAINT',
  UNSUBSCRIBED: 'UNSUBSCRIBED',
  STOPPED: 'STOP',
} as const satisfies Partial<Record<ReportKind, SuppressionReason>>;

async function fold(tx: Tx, direct: DirectLane, row: DueCallback, now: Date): Promise<CallbackOutcome> {
  const meant = row.attempt_id === null ? null : parseAttempt(row.attempt_id);
  const found = meant && (await foldReport(tx, direct, row, meant));
  // An attempt that is not ours proves nothing about the address that is named beside it.
  const address = found ? found.address : meant ? null : row.address;
  const channel = (found?.channel ?? row.channel) as ChannelName;
  const isSettled = address !== null && (await foldAddress(tx, row, { channel, address }, now));
  return found || isSettled ? 'FOLDED' : 'UNMATCHED';
}

/** What is said of an address, whatever went there; false: nothing. */
async function foldAddress(
  { db }: Tx,
  row: DueCallback,
  at: { channel: ChannelName; address: string },
  now: Date,
): Promise<boolean> {
  const { environment_id: environmentId, integration_key: integrationKey, detail } = row;
  const reason = OBJECTIONS[row.means as keyof typeof OBJECTIONS];
  if (reason !== undefined)
    await suppress(db, environmentId, [{ ...at, reason, integrationKey, detail, createdAt: row.at }]);
  else if (row.means === 'STARTED') await unsuppress(db, environmentId, at.channel, at.address, ['STOP']);
  else if (row.means === 'GONE') await retireAddress(db, environmentId, at, detail ?? row.type, now);
  else return false;
  // An answer by keyword is the person's own word on consent, and part of the proof.
  const answer = { ...at, integrationKey, at: row.at };
  if (row.means === 'STOPPED') await withdrawByKeyword(db, environmentId, answer, now);
  if (row.means === 'STARTED') await grantByKeyword(db, environmentId, answer, now);
  return true;
}

interface Meant {
  readonly notificationId: string;
  readonly ordinal: number;
  readonly number: number | null;
}

/** `ntf_….0.1`, or `ntf_….0` where the vendor gives back the delivery alone. */
function parseAttempt(id: string): Meant | null {
  const [, name = '', ordinal = '', number] = /^(ntf_\w{26})\.(\d{1,4})(?:\.(\d{1,4}))?$/.exec(id) ?? [];
  const notificationId = decodeId('notification', name);
  if (notificationId === null) return null;
  return { notificationId, ordinal: Number(ordinal), number: number === undefined ? null : Number(number) };
}

/** Writes what is said of a delivery; null when there is none that this integration could speak of. */
async function foldReport(
  tx: Tx,
  direct: DirectLane,
  row: DueCallback,
  meant: Meant,
): Promise<{ channel: ChannelName; address: string | null } | null> {
  const { environment_id: environmentId, integration_key: integration } = row;
  const word = REPORTS[row.means as keyof typeof REPORTS] as Pick<LateWord, 'report' | 'permanent'> | undefined;
  if (!word) return null;
  const told = { providerId: row.provider_id, detail: row.detail ?? row.type, at: row.at };
  if (!(await recordReport(tx, direct, environmentId, { ...meant, ...told, ...word, integration }))) return null;
  const engagement = ENGAGEMENTS[row.means as keyof typeof ENGAGEMENTS];
  const { notificationId } = meant;
  if (engagement !== undefined)
    await recordEngagements(tx, direct, environmentId, { ids: [notificationId], kind: engagement, at: row.at });
  return (await findDelivery(tx.db, environmentId, notificationId, meant.ordinal)) ?? null;
}
