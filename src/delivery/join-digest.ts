import { joinDigests, type DigestJoin } from '../store/digests.js';
import type { Tx } from '../store/transaction.js';
import { WakeBook } from '../store/wakes.js';
import type { Planned } from './planned.js';

/** Does it go into a window of a digest in this step? */
export function joinsDigest({ events }: Planned): boolean {
  return events.some((event) => event.type === 'notification.gathered');
}

/** Puts what is gathered into its windows, in the commit that says so, with the jobs that will close them. */
export async function joinWindows(tx: Tx, environmentId: string, done: readonly Planned[], now: Date): Promise<void> {
  const closings = await joinDigests(tx.db, environmentId, done.flatMap(toJoin), now);
  // One job a moment, however many windows close then; one that is near is closed by the last who comes.
  tx.enqueue(...new WakeBook('digest').jobsFor(closings, now).jobs);
}

function toJoin({ work, events }: Planned): DigestJoin[] {
  const event = events.findLast((one) => one.type === 'notification.gathered');
  if (!event) return [];
  const { id: notificationId, recipientId, categoryKey } = work.situation.row;
  const { channel, key, closesAt, slidesMs } = event;
  return [{ notificationId, recipientId, categoryKey, channel, key, closesAt, slidesMs }];
}
