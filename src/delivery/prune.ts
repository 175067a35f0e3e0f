import { monotonicMs, plus, type Clock } from '../base/clock.js';
import type { Logger } from '../base/log.js';
import { removeFromInboxes } from '../inbox/place.js';
import { cutoffsOf, type Cutoffs } from '../privacy/retention.js';
import type { JobPayloads } from '../queue/jobs.js';
import type { Database, Db } from '../store/database.js';
import { dropEmptyPartitions } from '../store/old-partitions.js';
import {
  dropAlerts,
  dropCallbacks,
  dropEndedCalls,
  dropOutbox,
  dropRetiredEndpoints,
  FIRST,
  listRetention,
  saveEmptiedThrough,
  type EnvironmentRetention,
  type Pruned,
} from '../store/retention.js';
import { dropRemovedItems, emptyItems, findOldItems, type OldItem } from '../store/retention-inbox.js';
import { dropDigests, dropNotifications, dropSends, emptySends } from '../store/retention-ledger.js';
import type { InTransaction } from '../store/transaction.js';

/** One run lasts so long and a piece more; what is left goes on in a job of its own, so that others get their turn. */
const RUN_MS = 20_000;
/** Rows of one commit, in tables that nothing hangs on. */
const ROWS = 1_000;
/** Notifications, or sends, of one commit. */
const LEDGER_ROWS = 250;
/** Inboxes that are looked at together, those that one commit holds, and items that go of one of them. */
const INBOXES = 500;
const INBOXES_HELD = 20;
const ITEMS = 100;
/** That an item was removed is known for so long: who was away longer reads the list again. */
const REMOVED_KEPT_MS = 7 * 86_400_000;
/** No day that anybody may still write to: partitions are made from yesterday on. */
const PARTITIONS_KEPT_MS = 8 * 86_400_000;

export interface PruneContext {
  readonly database: Pick<Database, 'db' | 'transaction'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What goes piece by piece: from where the last one ended, or from the beginning. */
type Step = (after: string) => Promise<Pruned>;

/** How much of what went, by what it is. */
export type PruneCounts = Record<string, number>;

/**
 * Lets go of what is past its time, in every environment as its setting says, oldest first and in small commits. It may end
 * at any place, and run twice at once. Answers what went, by environment.
 *
 * @param left what a run before did not come to the end of: this one does that and nothing else
 */
export async function prune(
  context: PruneContext,
  left?: JobPayloads['prune']['left'],
  runMs = RUN_MS,
): Promise<Record<string, PruneCounts>> {
  const { database, clock, log } = context;
  const end = monotonicMs() + runMs;
  const now = clock.now();
  const went: Record<string, PruneCounts> = {};
  const rest: Record<string, Record<string, string>> = {};
  for (const environment of await listRetention(database.db)) {
    const counts: PruneCounts = {};
    for (const [name, step] of Object.entries(stepsOf(context, environment, now))) {
      const from = left ? left[environment.id]?.[name] : FIRST;
      if (from === undefined) continue;
      const { count, after } = await walk(step, from, end);
      if (count > 0) counts[name] = count;
      if (after !== null) (rest[environment.id] ??= {})[name] = after;
    }
    if (Object.keys(counts).length > 0) went[environment.key] = counts;
  }
  const partitions = await dropEmptyPartitions(database, plus(now, -PARTITIONS_KEPT_MS));
  const more = Object.keys(rest).length > 0;
  if (more)
    await context.inTransaction(async (tx) => tx.enqueue({ job: 'prune', lane: 'NORMAL', data: { left: rest } }));
  if (Object.keys(went).length > 0 || partitions > 0)
    log.info({ went, partitions, more }, 'retention: what was past its time is gone');
  return went;
}

/** Every step has its turn in every run, however long those before it take. */
async function walk(step: Step, from: string, end: number): Promise<Pruned> {
  let count = 0;
  let after: string | null = from;
  do {
    const piece: Pruned = await step(after);
    count += piece.count;
    after = piece.after;
  } while (after !== null && monotonicMs() < end);
  return { count, after };
}

function stepsOf(context: PruneContext, environment: EnvironmentRetention, now: Date): Record<string, Step> {
  const { db } = context.database;
  const environmentId = environment.id;
  const cutoffs = cutoffsOf(environment.retention, now);
  const { CALLBACKS, WEBHOOK_CALLS, ALERTS, RETIRED_ENDPOINTS, INBOX } = cutoffs;
  const said = laterOf(cutoffs.CONTENT, cutoffs.HISTORY);
  return {
    ...(INBOX ? { inboxItems: (after) => dropItems(context, environmentId, INBOX, after) } : {}),
    ...ledgerSteps(context, environment, cutoffs, now),
    ...(said ? { outboxMessages: () => dropOutbox(db, environmentId, said, ROWS) } : {}),
    ...(CALLBACKS ? { callbacks: () => dropCallbacks(db, environmentId, CALLBACKS, ROWS) } : {}),
    ...(WEBHOOK_CALLS ? { webhookCalls: () => dropEndedCalls(db, environmentId, WEBHOOK_CALLS, ROWS) } : {}),
    ...(ALERTS ? { alerts: () => dropAlerts(db, environmentId, ALERTS, ROWS) } : {}),
    ...(RETIRED_ENDPOINTS ? { endpoints: () => dropRetiredEndpoints(db, environmentId, RETIRED_ENDPOINTS, ROWS) } : {}),
  };
}

function laterOf(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (!one || !other) return one ?? other;
  return one > other ? one : other;
}

/** Notifications before the sends that they are of, and before the windows that they lay in. */
function ledgerSteps(
  context: PruneContext,
  environment: EnvironmentRetention,
  { HISTORY, CONTENT }: Cutoffs,
  now: Date,
): Record<string, Step> {
  const transaction = <T>(work: (db: Db) => Promise<T>): Promise<T> => context.inTransaction((tx) => work(tx.db));
  const piece = (before: Date, after: string) => ({
    ...{ environmentId: environment.id, before, after, limit: LEDGER_ROWS },
  });
  return {
    ...(HISTORY
      ? {
          notifications: (after) => transaction((db) => dropNotifications(db, piece(HISTORY, after))),
          sends: (after) => transaction((db) => dropSends(db, piece(HISTORY, after))),
          digests: (after) => transaction((db) => dropDigests(db, piece(HISTORY, after))),
        }
      : {}),
    ...(CONTENT ? { contents: emptying(context, environment, CONTENT, now) } : {}),
  };
}

/** Goes on where the last run came to; what had not ended then holds that place until it has. */
function emptying(
  { inTransaction }: PruneContext,
  { id: environmentId, emptied_through: through }: EnvironmentRetention,
  before: Date,
  now: Date,
): Step {
  let mark = through ?? FIRST;
  return async (after) => {
    // Something between them stays.
    const isHeld = after > mark;
    const piece = { environmentId, before, after: isHeld ? after : mark, limit: LEDGER_ROWS };
    const done = await inTransaction(async ({ db }) => {
      const emptied = await emptySends(db, piece, now);
      if (!isHeld && emptied.through !== null) await saveEmptiedThrough(db, environmentId, emptied.through);
      return emptied;
    });
    if (!isHeld) mark = done.through ?? mark;
    return done;
  };
}

/** First they leave their inboxes, as if they had been removed; a while later the rows go. */
async function dropItems(context: PruneContext, environmentId: string, before: Date, after: string): Promise<Pruned> {
  const { database, inTransaction, clock } = context;
  const now = clock.now();
  const removedBefore = plus(now, -REMOVED_KEPT_MS);
  const piece = { environmentId, after, inboxes: INBOXES, items: ITEMS };
  const old = await findOldItems(database.db, piece, { before, removedBefore });
  for (const items of slicesOf(old.items))
    await inTransaction(async (tx) => {
      const leaving = items.filter((item) => !item.removed);
      await removeFromInboxes(tx, environmentId, leaving, now);
      await emptyItems(tx.db, environmentId, leaving);
      await dropRemovedItems(
        tx.db,
        environmentId,
        items.filter((item) => item.removed),
      );
    });
  return { count: old.items.filter((item) => !item.removed).length, after: old.after };
}

/** By inbox, a few together. */
function slicesOf(items: readonly OldItem[]): OldItem[][] {
  const inboxes = [...Map.groupBy(items, (item) => item.recipientId).values()];
  return Array.from({ length: Math.ceil(inboxes.length / INBOXES_HELD) }, (_, nth) =>
    inboxes.slice(nth * INBOXES_HELD, (nth + 1) * INBOXES_HELD).flat(),
  );
}
