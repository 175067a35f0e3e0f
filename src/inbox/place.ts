import { changeItems } from '../store/inbox-changes.js';
import { placeItems, type NewInboxItem } from '../store/inbox-items.js';
import type { Tx } from '../store/transaction.js';

/** Puts items into inboxes on this commit; connected clients hear of them after it. */
export async function placeInInboxes(tx: Tx, environmentId: string, items: readonly NewInboxItem[]): Promise<void> {
  await placeItems(tx.db, environmentId, items);
  for (const item of items) tx.announce({ environmentId, recipientId: item.recipient_id });
}

/** Takes items that were never shown out of inboxes again, because their notifications went elsewhere. */
export async function removeFromInboxes(
  tx: Tx,
  environmentId: string,
  items: readonly { recipientId: string; id: string }[],
  now: Date,
): Promise<void> {
  const byRecipient = Map.groupBy(items, (item) => item.recipientId);
  // In one order everywhere, so that two commits never wait for each other's inboxes.
  for (const recipientId of [...byRecipient.keys()].sort()) {
    const ids = (byRecipient.get(recipientId) ?? []).map((item) => item.id);
    const changed = await changeItems(tx.db, { environmentId, recipientId }, { ids }, 'REMOVED', now);
    if (changed > 0) tx.announce({ environmentId, recipientId });
  }
}
