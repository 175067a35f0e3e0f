import type { Clock } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { findCategories } from '../store/categories.js';
import { disturbSend } from '../store/notifications.js';
import { lockSend, markSendCanceled } from '../store/sends.js';
import type { InTransaction } from '../store/transaction.js';

/**
 * Cancels what has not gone yet. After this commit no attempt of the send starts: every open notification moves its
 * revision, so that a decision made before is not written, and routing sees the cancel; of a topic or an audience nothing
 * more is expanded. Answers how many were open.
 * Throws UserErrors for an unknown send. Repeating it cancels nothing more.
 */
export async function cancelSend(
  context: { inTransaction: InTransaction; clock: Clock },
  environmentId: string,
  sendId: string | null,
): Promise<number> {
  return context.inTransaction(async (tx) => {
    const send = sendId === null ? undefined : await lockSend(tx.db, environmentId, sendId);
    if (!send) throw new UserErrors([userError(['input', 'id'], 'NOT_FOUND', 'no such send')]);
    if (send.canceled_at) return 0;
    await markSendCanceled(tx.db, environmentId, send.id, context.clock.now());
    const open = await disturbSend(tx.db, environmentId, send.id);
    const [category] = await findCategories(tx.db, environmentId, [send.category_key]);
    tx.advance({ environmentId, lane: category?.lane ?? 'NORMAL', tenant: send.tenant, ids: open });
    return open.length;
  });
}
