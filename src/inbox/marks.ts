import type { Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import { userError, UserErrors } from '../base/errors.js';
import type { InboxMark } from '../base/names.js';
import { changeItems, type ItemSelection } from '../store/inbox-changes.js';
import { findItems, readInbox, type InboxItemRow, type InboxState } from '../store/inbox-items.js';
import type { InTransaction, Tx } from '../store/transaction.js';
import { acknowledge } from './acknowledge.js';
import { recordMarks } from './engagement.js';

export interface InboxContext {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly direct: DirectLane;
}

export interface InboxOwner {
  readonly environmentId: string;
  readonly recipientId: string;
}

/** Who marks an item so has it on the screen. */
const SHOWS: ReadonlySet<InboxMark> = new Set<InboxMark>(['SEEN', 'READ', 'SNOOZED', 'DELETED']);

/** Most items that one call may name. */
export const MARK_MAX = 100;

/**
 * Marks items of one inbox. Marking what is marked already changes nothing. Throws UserErrors when ids are missing from
 * this inbox; then nothing is changed.
 */
export async function markItems(
  context: InboxContext,
  owner: InboxOwner,
  ids: readonly string[],
  { mark, until = null }: { readonly mark: InboxMark; readonly until?: Date | null },
): Promise<{ items: InboxItemRow[]; inbox: InboxState }> {
  const now = context.clock.now();
  return context.inTransaction(async (tx) => {
    const known = new Set((await findItems(tx.db, owner, ids)).map((item) => item.id));
    const missing = ids.flatMap((id, index) =>
      known.has(id) ? [] : [userError(['input', 'ids', index], 'NOT_FOUND', 'no such item in this inbox')],
    );
    if (missing.length > 0) throw new UserErrors(missing);
    await recordMarks(tx, context.direct, owner, { ids }, mark, now);
    if (SHOWS.has(mark)) await acknowledge(tx, context.direct, owner, ids, now);
    await applyMark(tx, owner, { ids }, { mark, until }, now);
    if (mark === 'SNOOZED' && until) tx.enqueue({ job: 'inbox', lane: 'NORMAL', data: {}, at: until });
    const [items, inbox] = [
      await findItems(tx.db, owner, ids),
      await readInbox(tx.db, owner.environmentId, owner.recipientId),
    ];
    return { items, inbox };
  });
}

/** Marks everything that was in the inbox at a version; what came later stays as it is. */
export async function markAllItems(
  context: InboxContext,
  owner: InboxOwner,
  selection: Omit<ItemSelection, 'ids'> & { readonly upToVersion: number },
  mark: InboxMark,
): Promise<{ changed: number; inbox: InboxState }> {
  const now = context.clock.now();
  return context.inTransaction(async (tx) => {
    await recordMarks(tx, context.direct, owner, selection, mark, now);
    const changed = await applyMark(tx, owner, selection, { mark, until: null }, now);
    return { changed, inbox: await readInbox(tx.db, owner.environmentId, owner.recipientId) };
  });
}

async function applyMark(
  tx: Tx,
  owner: InboxOwner,
  selection: ItemSelection,
  { mark, until }: { readonly mark: InboxMark; readonly until: Date | null },
  now: Date,
): Promise<number> {
  const changed = await changeItems(tx.db, owner, selection, mark, now, until);
  if (changed > 0) tx.announce(owner);
  return changed;
}
