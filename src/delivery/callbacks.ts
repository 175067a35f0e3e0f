import { instant, plus, type Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import { messageOf } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { ChannelName, SuppressionReason } from '../base/names.js';
import { recordEngagements } from '../inbox/engagement.js';
import type { ReportKind } from '../providers/callback.js';
import { grantByKeyword, withdrawByKeyword } from '../recipients/consents.js';
import { recordReports, type LateWord } from '../recipients/reports.js';
import { untracked } from '../recipients/tracking.js';
import {
  forgetCallbacks,
  lockDueCallbacks,
  settleCallbacks,
  type CallbackOutcome,
  type DueCallback,
} from '../store/callbacks.js';
import type { Db } from '../store/database.js';
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
const SLICE = 200;
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
    const moments = new Set<number>();
    const settled: Parameters<typeof settleCallbacks>[1][number][] = [];
    // Of each notification, the oldest word first.
    const ordered = due.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.key < b.key ? -1 : 1));
    for (const [environmentId, all] of Map.groupBy(ordered, (row) => row.environment_id)) {
      const group = await withoutUntracked(tx.db, environmentId, all);
      for (const { row, outcome } of await foldAll(tx, direct, environmentId, group, now)) {
        const pause = outcome === 'UNMATCHED' ? PAUSES_MS[row.tries] : undefined;
        const again = pause === undefined ? null : plus(now, pause);
        if (again) moments.add(again.getTime());
        settled.push({ ...row, due_at: again, outcome: again ? null : outcome });
      }
    }
    // One job looks at everything that is due by then.
    tx.enqueue(...[...moments].map((ms) => ({ job: 'fold', lane: 'NORMAL', data: {}, at: instant(ms) }) as const));
    await settleCallbacks(tx.db, settled);
    return due.length;
  });
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

/** Nothing is kept of what people opened and clicked of whom nobody looks at it, not even that a vendor told. */
async function withoutUntracked(db: Db, environmentId: string, rows: readonly DueCallback[]): Promise<DueCallback[]> {
  const idOf = (row: DueCallback): string | null =>
    Object.hasOwn(ENGAGEMENTS, row.means ?? '') ? (parseAttempt(row.attempt_id ?? '')?.notificationId ?? null) : null;
  const off = await untracked(db, environmentId, [...new Set(rows.flatMap((row) => idOf(row) ?? []))]);
  const dropped = rows.filter((row) => off.has(idOf(row) ?? ''));
  await forgetCallbacks(db, dropped);
  return rows.filter((row) => !dropped.includes(row));
}

/** Folds what was told in one environment: deliveries first, then what people did, then addresses. */
async function foldAll(
  tx: Tx,
  direct: DirectLane,
  environmentId: string,
  rows: readonly DueCallback[],
  now: Date,
): Promise<{ row: DueCallback; outcome: CallbackOutcome }[]> {
  const told = rows.map((row) => ({ row, meant: row.attempt_id === null ? null : parseAttempt(row.attempt_id) }));
  const words = told.flatMap(({ row, meant }) => (meant ? (toWord(row, meant) ?? []) : []));
  const targets = await recordReports(tx, direct, environmentId, words);
  const found = new Map(words.map((word, nth) => [word.row, targets[nth] ?? null]));
  await foldEngagements(
    tx,
    direct,
    environmentId,
    [...found].flatMap(([row, target]) => (target ? [row] : [])),
  );
  const folded: { row: DueCallback; outcome: CallbackOutcome }[] = [];
  for (const { row, meant } of told) {
    const target = found.get(row) ?? null;
    // An attempt that is not ours proves nothing about the address that is named beside it.
    const address = target ? target.address : meant ? null : row.address;
    const at = { channel: target?.channel ?? (row.channel as ChannelName), address: address ?? '' };
    const isSettled = address !== null && (await foldAddress(tx, row, at, now));
    folded.push({ row, outcome: target || isSettled ? 'FOLDED' : 'UNMATCHED' });
  }
  return folded;
}

/** What a callback says of a delivery; null: nothing. */
function toWord(row: DueCallback, meant: Meant): (LateWord & { readonly row: DueCallback }) | null {
  const word = REPORTS[row.means as keyof typeof REPORTS] as Pick<LateWord, 'report' | 'permanent'> | undefined;
  if (!word) return null;
  const { provider_id: providerId, at, integration_key: integration } = row;
  return { row, ...meant, ...word, integration, providerId, detail: row.detail ?? row.type, at };
}

async function foldEngagements(
  tx: Tx,
  direct: DirectLane,
  environmentId: string,
  rows: readonly DueCallback[],
): Promise<void> {
  for (const kind of new Set(Object.values(ENGAGEMENTS))) {
    // The oldest word of each counts; rows come in that order.
    const at = new Map<string, Date>();
    for (const row of rows) {
      const id = parseAttempt(row.attempt_id ?? '')?.notificationId;
      const isOfKind = ENGAGEMENTS[row.means as keyof typeof ENGAGEMENTS] === kind;
      if (id !== undefined && isOfKind && !at.has(id)) at.set(id, row.at);
    }
    if (at.size > 0) await recordEngagements(tx, direct, environmentId, { ids: [...at.keys()], kind, at });
  }
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
