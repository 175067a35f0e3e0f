import type { AttachmentDesk } from '../attachments/desk.js';
import { plus, type Clock } from '../base/clock.js';
import { userError, type UserError } from '../base/errors.js';
import { KEY_KEPT_MS } from '../base/idempotency.js';
import { isKeyTaken } from '../store/sends.js';
import type { InTransaction } from '../store/transaction.js';
import type { Item } from './claim.js';

/** Files in all sends of one batch: they are fetched and stored before it is answered. */
export const ATTACHMENTS_OF_BATCH = 100;
/** A key that is about to become free again is not relied on. */
const MARGIN_MS = 3_600_000;

/**
 * Stores the files of a send before its commit. Under a key that was used before nothing is fetched or stored: the answer
 * is the first one again, or a conflict, whatever the files are.
 */
export async function takeFiles(
  context: { desk: AttachmentDesk; inTransaction: InTransaction; clock: Clock },
  item: Item,
): Promise<Item | { problems: UserError[] }> {
  const { environmentId, checked } = item;
  if (checked.attachments.length === 0) return item;
  const { key } = checked;
  if (key !== null) {
    const since = plus(context.clock.now(), MARGIN_MS - KEY_KEPT_MS);
    const row = { environment_id: environmentId, ...key };
    if (await context.inTransaction((tx) => isKeyTaken(tx.db, row, since))) return item;
  }
  const taken = await context.desk.take(environmentId, checked.attachments, ['input', 'attachments']);
  return 'problems' in taken ? taken : { ...item, files: taken.rows };
}

export function tooManyInBatch(): { problems: UserError[] } {
  const message = `the sends of a batch hold at most ${ATTACHMENTS_OF_BATCH} attachments together; send this one in another batch`;
  return { problems: [userError(['input', 'attachments'], 'TOO_MANY_ATTACHMENTS', message)] };
}
