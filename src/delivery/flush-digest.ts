import type { AttachmentShelf } from '../attachments/shelf.js';
import type { Clock } from '../base/clock.js';
import { isUnavailable, messageOf } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import { toEventRow } from '../recipients/history.js';
import { loadFacts, type AdapterOf, type Situation } from '../recipients/facts.js';
import { goesInDigest } from '../routing/decide.js';
import type { HistoryEvent } from '../routing/history.js';
import { findCategories } from '../store/categories.js';
import type { Database } from '../store/database.js';
import {
  closeDigest,
  listDigestItems,
  listDueDigests,
  listOpenDigests,
  lockDigest,
  type DigestRef,
  type DigestRow,
} from '../store/digests.js';
import { findEnvironment } from '../store/environments.js';
import { listIntegrations } from '../store/integrations.js';
import { KeptRows } from '../store/kept-rows.js';
import { lockNotifications } from '../store/notification-log.js';
import { appendEvents } from '../store/notifications.js';
import { insertSends } from '../store/sends.js';
import { advanceEach, type InTransaction, type Tx } from '../store/transaction.js';
import { RenderError } from '../templates/render.js';
import { Contents } from './content.js';
import { digestSend, itemOf, type Gathered } from './digest-send.js';

export interface FlushContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly adapterOf: AdapterOf;
  readonly shelf: Pick<AttachmentShelf, 'load'>;
}

/** Windows that are looked up at once, and that one process closes at the same time. */
const SLICE = 500;
const HANDS = 4;

/**
 * Closes every window whose time is over, each in a commit of its own: one that cannot be closed is logged and tried again
 * with the next sweep, and holds up nobody.
 */
export async function flushDue(context: FlushContext): Promise<void> {
  const { database, clock, log } = context;
  for (;;) {
    const now = clock.now();
    const due = await listDueDigests(database.db, now, SLICE);
    let closed = 0;
    const queue = [...due];
    const hands = Array.from({ length: Math.min(HANDS, due.length) }, async () => {
      for (let ref = queue.shift(); ref; ref = queue.shift())
        try {
          if ((await close(context, ref, now)) !== undefined) closed += 1;
        } catch (error) {
          if (isUnavailable(error)) throw error;
          log.error({ digest: ref.id, error: messageOf(error) }, 'a digest could not be closed; it is tried again');
        }
    });
    await Promise.all(hands);
    if (due.length < SLICE || closed === 0) return;
  }
}

/** Closes a person's open windows now, of one category or all. Answers the notifications that the digests became. */
export async function flushPerson(
  context: FlushContext,
  environmentId: string,
  recipientId: string,
  category: string | null,
): Promise<string[]> {
  const open = await listOpenDigests(context.database.db, environmentId, recipientId, category);
  const ids: string[] = [];
  for (const ref of open) {
    const id = await close(context, ref);
    if (id) ids.push(id);
  }
  return ids;
}

/**
 * Closes one window, in one commit with what it becomes and what that means for each item: crash, repetition and a second
 * worker find it closed or find nothing done. Answers the digest's notification; null: nothing was left to send; undefined:
 * somebody else closed it or holds it.
 */
function close(context: FlushContext, ref: DigestRef, due?: Date): Promise<string | null | undefined> {
  return context.inTransaction(async (tx) => {
    const digest = await lockDigest(tx.db, ref, due);
    return digest && closeLocked(context, tx, digest);
  });
}

async function closeLocked(context: FlushContext, tx: Tx, digest: DigestRow): Promise<string | null> {
  const { environment_id: environmentId, channel } = digest;
  const now = context.clock.now();
  const ids = await listDigestItems(tx.db, digest);
  const owned = await lockNotifications(tx.db, environmentId, ids);
  const [category] = await findCategories(tx.db, environmentId, [digest.category_key]);
  if (!category) throw new Error(`category ${digest.category_key} is missing`);
  const { going, alone, over } = await ask(context, tx, digest, ids, now);
  const went = new Set(going.map((one) => one.situation.row.id));
  const leaving = ids.filter((id) => !went.has(id));
  const digestNotificationId = going.length === 0 ? null : uuidv7(now);
  await closeDigest(tx.db, digest, { notificationId: digestNotificationId, leaving }, now);
  const event = (id: string): HistoryEvent =>
    digestNotificationId !== null && went.has(id)
      ? { type: 'digest.closed', at: now, channel, digestId: digest.id, digestNotificationId }
      : { type: 'digest.left', at: now, digestId: digest.id, alone: alone.has(id) };
  await appendEvents(
    tx.db,
    environmentId,
    ids.flatMap((id) => (over.has(id) ? [] : [toEventRow(id, 0, event(id))])),
  );
  advanceEach(tx, owned);
  if (digestNotificationId === null) return null;
  const send = await digestSend(tx.db, { digest, category, gathered: going }, now);
  const notification = {
    ...{ environment_id: environmentId, id: digestNotificationId, send_id: send.id },
    ...{ recipient_id: digest.recipient_id, category_key: digest.category_key },
  };
  await insertSends(tx.db, [send], [notification]);
  tx.advance({ environmentId, lane: category.lane, tenant: send.tenant, ids: [digestNotificationId] });
  return digestNotificationId;
}

/** Who of a window still wants to go, with what each says; `alone`: those whose words cannot be had; `over`: those that have ended. */
async function ask(
  { adapterOf, clock, shelf }: FlushContext,
  { db }: Tx,
  { environment_id: environmentId, channel }: DigestRow,
  ids: readonly string[],
  now: Date,
) {
  const environment = await findEnvironment(db, { id: environmentId });
  if (!environment) throw new Error(`environment ${environmentId} is missing`);
  // Nothing kept: what was changed a moment ago counts.
  const kept = new KeptRows(clock);
  const integrations = await listIntegrations(db, environmentId);
  const situations = await loadFacts(db, environment, { ids, integrations, kept, adapterOf }, now);
  const wanting = situations.filter(({ facts, state }) => goesInDigest(facts, state, channel, now));
  const contents = new Contents(db, shelf);
  const alone = new Set<string>();
  const going: Gathered[] = [];
  for (const situation of wanting.toSorted(byId)) {
    try {
      const content = await contents.render(situation, channel);
      going.push({ situation, item: itemOf(situation, content) });
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      alone.add(situation.row.id);
    }
  }
  const over = new Set(situations.filter(({ state }) => state.finished).map(({ row }) => row.id));
  return { going, alone, over };
}

function byId(a: Situation, b: Situation): number {
  return a.row.id < b.row.id ? -1 : 1;
}
