import type { Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import type { Engagement } from '../base/names.js';
import { recordEngagements } from '../inbox/engagement.js';
import type { Situation } from '../recipients/facts.js';
import type { Links } from '../recipients/links.js';
import { untracked } from '../recipients/tracking.js';
import type { Database } from '../store/database.js';
import { findProfile } from '../store/profiles.js';
import type { InTransaction } from '../store/transaction.js';
import type { NextCall } from './step.js';

/** Makes the links that pushes carry. */
export type PushLinks = Pick<Links, 'engagement'>;

/** What a service worker may say by such a link: it sees no more of the person than that. */
export const PUSH_ENGAGEMENTS = ['OPENED', 'SEEN'] as const satisfies readonly Engagement[];

/** Where the browser of somebody who lets us look says what became of a push; null: nowhere. */
export async function engagementUrl(
  links: PushLinks | null,
  { send, row, facts }: Situation,
  { channel, ordinal }: Pick<NextCall['action'], 'channel' | 'ordinal'>,
): Promise<string | null> {
  if (links === null || channel !== 'WEB_PUSH' || facts.person.tracking !== 'ON') return null;
  const { id: notificationId, recipientId } = row;
  const { environment_id: environmentId, created_at: createdAt } = send;
  return links.engagement({ environmentId, recipientId, notificationId, ordinal, createdAt });
}

/** Records what a service worker said; again, it changes nothing. Of people whom nobody looks at nothing is kept. */
export async function recordPushEngagement(
  context: {
    readonly database: Pick<Database, 'db'>;
    readonly inTransaction: InTransaction;
    readonly clock: Clock;
    readonly direct: DirectLane;
    readonly links: Pick<Links, 'read'>;
  },
  token: string,
  kind: (typeof PUSH_ENGAGEMENTS)[number],
): Promise<'RECORDED' | 'INVALID' | 'EXPIRED'> {
  const { database, inTransaction, clock, direct } = context;
  const link = await context.links.read('engagement', token);
  if (typeof link === 'string') return link;
  const { environmentId, recipientId, delivery } = link;
  if (!delivery || !(await findProfile(database.db, environmentId, recipientId))) return 'INVALID';
  const ids = [delivery.notificationId];
  const hidden = await untracked(database.db, environmentId, ids);
  if (hidden.size > 0) return 'RECORDED';
  const at = clock.now();
  await inTransaction((tx) => recordEngagements(tx, direct, environmentId, { ids, kind, at }));
  return 'RECORDED';
}
