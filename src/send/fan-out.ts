import type { Clock } from '../base/clock.js';
import { uuidv7 } from '../base/ids.js';
import type { Lane } from '../base/names.js';
import { insertNotifications } from '../store/notifications.js';
import { lockSend, saveExpansion } from '../store/sends.js';
import { subscribersAfter } from '../store/topics.js';
import type { InTransaction } from '../store/transaction.js';

/** People of a topic that become notifications in one commit. */
const SLICE = 5_000;

/**
 * Turns a topic's people into notifications, slice by slice. Each slice is one commit with its jobs and the place it
 * came to, so a crash resumes there; a cancel between two slices ends it.
 */
export async function expandSend(
  context: { inTransaction: InTransaction; clock: Clock },
  job: { environmentId: string; sendId: string; lane: Lane },
): Promise<void> {
  const { environmentId, sendId, lane } = job;
  for (;;) {
    const done = await context.inTransaction(async (tx) => {
      const send = await lockSend(tx.db, environmentId, sendId);
      if (!send || send.expanded || send.topic_id === null) return true;
      const recipients = send.canceled_at
        ? []
        : await subscribersAfter(tx.db, environmentId, send.topic_id, send.expanded_through, SLICE);
      const now = context.clock.now();
      const rows = recipients.map((recipientId) => ({
        environment_id: environmentId,
        id: uuidv7(now),
        send_id: sendId,
        recipient_id: recipientId,
        category_key: send.category_key,
      }));
      await insertNotifications(tx.db, rows);
      tx.advance({ environmentId, lane, ids: rows.map((row) => row.id) });
      const expanded = recipients.length < SLICE;
      await saveExpansion(tx.db, environmentId, sendId, {
        through: recipients.at(-1) ?? send.expanded_through,
        expanded,
      });
      return expanded;
    });
    if (done) return;
  }
}
