import type { AttachmentDesk } from '../attachments/desk.js';
import { plus, type Clock } from '../base/clock.js';
import { encodeId, uuidv7 } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import { isUnavailable, messageOf } from '../base/errors.js';
import { EMPTY_FIELDS, STAYING_FIELDS } from '../recipients/scrubbed.js';
import type { Database } from '../store/database.js';
import {
  clearAddresses,
  clearOwned,
  clearPerson,
  disturbPerson,
  lockPerson,
  type PersonRef,
} from '../store/erasing.js';
import {
  clearBeside,
  clearSends,
  deleteItems,
  scrubHistories,
  scrubNamesakes,
  takeNotifications,
} from '../store/erasing-notifications.js';
import {
  findErasure,
  insertErasure,
  listUnfinished,
  lockUnfinished,
  saveErasure,
  type ErasureRef,
  type ErasureRow,
} from '../store/erasures.js';
import { standInId } from '../store/stand-ins.js';
import { advanceEach, type InTransaction, type Tx } from '../store/transaction.js';
import type { PersonalDataKind } from './data-map.js';

/** Who asks for it, and why. */
export interface EraseRequest extends PersonRef {
  /** As the audit names who asked. */
  readonly actor: string;
  readonly reason: string | null;
}

/** Records that went, by kind. */
type Counts = Partial<Record<PersonalDataKind, number>>;

/**
 * Begins to erase a person, in one commit: from here on nobody finds the person, the tokens and links of the person open
 * nothing, and what has not gone is canceled. The job that rides on the commit takes away the rest. Of somebody who was
 * erased before, answers what was done then; null: there is no such person.
 */
export async function beginErasure(tx: Tx, request: EraseRequest, now: Date): Promise<ErasureRow | null> {
  const { environmentId, recipientId, actor, reason } = request;
  const person = await lockPerson(tx.db, request);
  if (!person) return null;
  if (person.erased_at === null) {
    const { addresses, preferences, topics, answers } = await clearPerson(tx.db, request, now);
    const erased = {
      ...{ PROFILE: 1, ADDRESSES: addresses.length, PREFERENCES: preferences, TOPICS: topics, ANSWERS: answers },
    };
    const row = {
      ...{ environment_id: environmentId, id: uuidv7(now), recipient_id: recipientId, actor, reason },
      ...{ requested_at: now, erased, addresses },
    };
    await insertErasure(tx.db, row, person.external_id);
    advanceEach(tx, await disturbPerson(tx.db, request));
    tx.announce({ environmentId, recipientId });
    tx.enqueue({ job: 'erase', lane: 'NORMAL', data: {} });
  }
  return (await findErasure(tx.db, environmentId, { recipientId })) ?? null;
}

/**
 * Stops once more what was accepted beside the commit of `beginErasure`: that commit could not see it, and whoever carried it
 * did not see the erasure. After this nothing more starts.
 */
export async function stopStragglers(inTransaction: InTransaction, person: PersonRef): Promise<void> {
  await inTransaction(async (tx) => advanceEach(tx, await disturbPerson(tx.db, person)));
}

export interface EraseContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly attachments: Pick<AttachmentDesk, 'drop'>;
}

/** Erasures that one job looks at, and notifications in one commit. */
const ERASURES = 100;
const SLICE = 200;
/** Rows of each of the other tables in one commit. */
const ROWS = 5_000;
/** A call that runs is waited for so long before everything that has not ended is looked at again; at first not so long. */
const AGAIN_MS = 10_000;
const AGAIN_SOON_MS = 1_000;

/**
 * Goes on with every erasure that has not finished, a small commit at a time: what a crash or a second worker leaves behind
 * is found again, and doing it again does nothing. An erasure has finished when nothing of the person runs any more.
 *
 * @param slice notifications in one commit
 */
export async function eraseDue(context: EraseContext, slice = SLICE): Promise<void> {
  const { database, clock, log } = context;
  const again: Date[] = [];
  for (const ref of await listUnfinished(database.db, ERASURES))
    try {
      if ((await goOn(context, ref, slice)) === 'WAITS') {
        const now = clock.now();
        const isNew = now.getTime() - ref.requested_at.getTime() < AGAIN_MS;
        again.push(plus(now, isNew ? AGAIN_SOON_MS : AGAIN_MS));
      }
    } catch (error) {
      if (isUnavailable(error)) throw error;
      log.error({ erasure: ref.id, error: messageOf(error) }, 'an erasure could not go on; it is tried again');
    }
  const [at] = again.toSorted((a, b) => a.getTime() - b.getTime());
  if (at) await context.inTransaction(async (tx) => tx.enqueue({ job: 'erase', lane: 'NORMAL', data: {}, at }));
}

/** WAITS: something of the person still runs. */
async function goOn(context: EraseContext, ref: ErasureRef, slice: number): Promise<'WAITS' | 'OVER'> {
  const { inTransaction, clock, attachments } = context;
  const walk: Walk = { after: null, held: false };
  for (;;) {
    const end = await inTransaction(async (tx) => {
      const row = await lockUnfinished(tx.db, ref);
      return row ? oneStep(tx, row, walk, slice, clock.now()) : null;
    });
    if (end === null) return 'OVER';
    walk.after = end.after;
    walk.held ||= end.held;
    if (!end.isLast) continue;
    if (walk.held) return 'WAITS';
    // The bytes first: what has finished has left nothing behind.
    await attachments.drop();
    await inTransaction(async ({ db }) => {
      const row = await lockUnfinished(db, ref);
      if (row) await saveErasure(db, { ...row, finished_at: clock.now(), addresses: [] });
    });
    return 'OVER';
  }
}

/** How far this run has come; `held`: it has passed something that has not ended, from which the next run begins. */
interface Walk {
  after: string | null;
  held: boolean;
}

/** One commit: the next notifications, and a piece of everything else. */
async function oneStep(tx: Tx, row: ErasureRow, walk: Readonly<Walk>, slice: number, now: Date) {
  const { db } = tx;
  const person = { environmentId: row.environment_id, recipientId: row.recipient_id };
  const addressed = await clearAddresses(db, person, row.addresses);
  const owned = await clearOwned(db, person, ROWS, now);
  const { taken, counts, open } = await eraseNotifications(tx, person, walk.after ?? row.through, slice, now);
  const held = walk.held || open !== undefined;
  const done = walk.held ? [] : taken.filter((id) => open === undefined || id < open);
  const { caps: CAPS, digests: DIGESTS, consents: CONSENTS, topics: TOPICS } = owned;
  const erased = [counts, { NOTIFICATIONS: done.length, CAPS, DIGESTS, CONSENTS, TOPICS }, addressed].reduce(
    added,
    row.erased,
  );
  await saveErasure(db, { ...row, erased, through: done.at(-1) ?? row.through });
  return { after: taken.at(-1) ?? walk.after, held, isLast: taken.length === 0 && !owned.rest };
}

/** The next notifications, with all that hangs on them. `open`: the first that has not ended. */
async function eraseNotifications(tx: Tx, person: PersonRef, after: string | null, slice: number, now: Date) {
  const { environmentId } = person;
  const { db } = tx;
  const rows = await takeNotifications(db, person, after, slice);
  const taken = rows.map((row) => row.id);
  if (taken.length === 0) return { taken, counts: {}, open: undefined };
  const addresses = await scrubHistories(db, environmentId, taken, { stay: STAYING_FIELDS, empty: EMPTY_FIELDS });
  const addressed = await clearAddresses(db, person, addresses);
  await scrubNamesakes(db, environmentId, taken.map(standInId), rows);
  const named = taken.map((id) => encodeId('notification', id));
  const beside = await clearBeside(db, environmentId, taken, named);
  const items = await deleteItems(db, person, taken);
  const sendIds = [...new Set(rows.map((row) => row.send_id))];
  // A moment ago, so that its time is over.
  const { sends, files } = await clearSends(db, environmentId, sendIds, plus(now, -1_000));
  const counts: Counts = {
    ...{ INBOX: items, CONTENT: sends + beside.outbox, FILES: files, WEBHOOK_CALLS: beside.calls },
    ...{ CALLBACKS: addressed.CALLBACKS + beside.callbacks, SUPPRESSIONS: addressed.SUPPRESSIONS },
  };
  return { taken, counts, open: rows.find((row) => row.open)?.id };
}

function added(before: Readonly<Record<string, number>>, more: Counts): Record<string, number> {
  const sum = { ...before };
  for (const [kind, count = 0] of Object.entries(more)) if (count > 0) sum[kind] = (sum[kind] ?? 0) + count;
  return sum;
}
