import type { AttachmentDesk } from '../attachments/desk.js';
import { Batcher } from '../base/batcher.js';
import type { Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import { isUnavailable, userError } from '../base/errors.js';
import type { BatchErrorPolicy } from '../base/names.js';
import type { KeptRows } from '../store/kept-rows.js';
import { insertSends, type SendRow } from '../store/sends.js';
import type { InTransaction, Tx } from '../store/transaction.js';
import { ATTACHMENTS_OF_BATCH, takeFiles, tooManyInBatch } from './attach.js';
import type { Backpressure } from './backpressure.js';
import { answerTwin, claimKeys, releaseKeys, type Accepted, type Item } from './claim.js';
import { toNotifications, toSend, type Sound } from './records.js';
import { checkRequest, type CheckedRequest, type SendRequest } from './request.js';
import { resolveRequests } from './resolve.js';

export interface AcceptContext {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly direct: DirectLane;
  readonly backpressure: Backpressure;
  readonly kept: KeptRows;
  readonly attachments: AttachmentDesk;
}

/** Many different sends of one call. */
export interface SendBatch {
  readonly sends: readonly SendRequest[];
  /** Stands in, with the place in the list, for the key of every send that has none of its own. */
  readonly idempotencyKey: string | null;
  readonly onError: BatchErrorPolicy;
}

/** What became of one send of a batch; `failed`: the database refused this one alone, for a reason that is a bug. */
export type BatchAnswer = Accepted | { readonly failed: unknown };

type Refused = Extract<Accepted, { problems: unknown }>;

/** Undoes a batch that goes all or not at all, and says what each send would have become. */
class Aborted extends Error {
  constructor(readonly answers: readonly Accepted[]) {
    super('a send of the batch was refused');
  }
}

/**
 * Accepts sends durably: it decides nothing and waits for nobody. Concurrent calls share one commit; one that the
 * database refuses fails alone. What comes back is stored.
 */
export class Acceptor {
  private readonly batcher: Batcher<Item, Accepted>;

  constructor(private readonly context: AcceptContext) {
    const { inTransaction } = context;
    this.batcher = new Batcher((items) => inTransaction((tx) => this.store(tx, items)), { maxSize: 200, inFlight: 2 });
  }

  /** Stores one send, or says what is wrong with it. Throws only when the database cannot be written. */
  async accept(environmentId: string, request: SendRequest): Promise<Accepted> {
    const checked = checkRequest(request, this.context.clock.now());
    if ('problems' in checked) return checked;
    return this.add({ environmentId, checked: checked.checked });
  }

  /**
   * Stores many sends, and answers one result a send, in order. With CONTINUE each goes on its own, through the commits
   * that all sends share; with ABORT they are one commit of all or none. Throws when the database cannot be written: some
   * may then be stored, so only a batch with keys can be repeated safely.
   */
  async acceptBatch(environmentId: string, batch: SendBatch): Promise<BatchAnswer[]> {
    const now = this.context.clock.now();
    let files = 0;
    const checks = batch.sends.map((request, index) => {
      const check = checkRequest(request, now);
      if ('problems' in check) return check;
      files += check.checked.attachments.length;
      if (check.checked.attachments.length > 0 && files > ATTACHMENTS_OF_BATCH) return tooManyInBatch();
      return { environmentId, checked: withBatchKey(check.checked, batch, index) };
    });
    if (batch.onError === 'CONTINUE')
      return settled(await Promise.allSettled(checks.map(async (one) => ('problems' in one ? one : this.add(one)))));
    return this.addAll(await Promise.all(checks.map(async (one) => ('problems' in one ? one : this.take(one)))));
  }

  /** One send into the commits that all share; its files are stored before, so that nobody waits for them. */
  private async add(item: Item): Promise<Accepted> {
    if (item.checked.attachments.length === 0) return this.batcher.add(item);
    const taken = await this.take(item);
    if ('problems' in taken) return taken;
    // Should this throw, nobody knows whether it was stored: files of no send are dropped in time.
    const answer = await this.batcher.add(taken);
    await this.discardUnused([taken], [answer]);
    return answer;
  }

  /** All of a batch or nothing, in one commit. */
  private async addAll(items: readonly (Item | Refused)[]): Promise<Accepted[]> {
    try {
      const answers = await this.context.inTransaction(async (tx) => {
        // Also beside one that is wrong at sight: whoever mends the batch wants to know all that is wrong.
        const stored = await this.store(
          tx,
          items.flatMap((one) => ('problems' in one ? [] : [one])),
        );
        const answers = items.map((one) => ('problems' in one ? one : (stored.shift() as Accepted)));
        if (answers.some((answer) => 'problems' in answer)) throw new Aborted(answers);
        return answers;
      });
      await this.discardUnused(items, answers);
      return answers;
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      await this.discardUnused(items, []);
      return undone(error.answers);
    }
  }

  private take(item: Item): Promise<Item | Refused> {
    const { attachments, inTransaction, clock } = this.context;
    return takeFiles({ desk: attachments, inTransaction, clock }, item);
  }

  /** Files of what was refused, or is the answer of an earlier send, are of no use. */
  private async discardUnused(
    items: readonly (Item | Refused)[],
    answers: readonly (Accepted | undefined)[],
  ): Promise<void> {
    const unused = items.flatMap((item, index) => {
      const answer = answers[index];
      const used = answer !== undefined && 'send' in answer && !answer.deduplicated;
      return used || 'problems' in item ? [] : (item.files ?? []);
    });
    if (unused.length > 0) await this.context.attachments.discard(unused);
  }

  private async store(tx: Tx, items: readonly Item[]): Promise<Accepted[]> {
    const now = this.context.clock.now();
    const claim = await claimKeys(tx, items, now);
    const answers: (Accepted | undefined)[] = claim.answers;
    const open = items.flatMap((item, index) =>
      answers[index] || claim.twins.has(index) ? [] : [{ ...item, index, sendId: claim.sendIds[index] as string }],
    );
    const { backpressure, kept } = this.context;
    const resolved = await resolveRequests(tx.db, open, now, {
      kept,
      refused: (lanes) => backpressure.problems(lanes),
    });
    const asked = resolved.map(({ item, lane }) => ({ environmentId: item.environmentId, lane }));
    await backpressure.tell(tx, asked, now);
    const refused = resolved.filter((one) => one.problems.length > 0);
    await releaseKeys(
      tx,
      refused.map(({ item }) => item),
    );
    for (const one of refused) answers[one.item.index] = { problems: one.problems };
    const good = resolved.filter((one) => one.problems.length === 0);
    const sends = good.map((one) => toSend(one, now));
    const notifications = good.map((one) => toNotifications(one, now));
    await insertSends(tx.db, sends, notifications.flat());
    await this.context.attachments.keep(
      tx.db,
      good.map(({ item }) => ({ rows: item.files ?? [], neededAt: item.checked.request.sendAt ?? now })),
    );
    this.context.kept.keepSends(sends);
    good.forEach((one, nth) => (answers[one.item.index] = { send: sends[nth] as SendRow, deduplicated: false }));
    good.forEach((one, nth) => {
      const ids = (notifications[nth] ?? []).map((row) => row.id);
      this.carryOn(tx, one, ids, now);
    });
    for (const [index, twin] of claim.twins) answers[index] = answerTwin(items, answers, index, twin);
    return answers as Accepted[];
  }

  /** A topic or an audience is expanded in the background, and not before its time: who belongs to it then, gets it. */
  private carryOn(tx: Tx, one: Sound, ids: readonly string[], now: Date): void {
    const { environmentId, sendId, checked } = one.item;
    const { lane } = one;
    const { tenant, sendAt } = checked.request;
    if (one.topicId === null && one.audience === null)
      return tx.advance({ environmentId, lane, tenant, ids }, this.context.direct);
    const at = sendAt !== null && sendAt > now ? { at: sendAt } : {};
    return tx.enqueue({ job: 'expand', lane, data: { environmentId, sendId, lane, tenant, after: null }, ...at });
  }
}

function withBatchKey(checked: CheckedRequest, batch: SendBatch, index: number): CheckedRequest {
  if (checked.key !== null || batch.idempotencyKey === null) return checked;
  return { ...checked, key: { operation: 'sendBatch', key: `${batch.idempotencyKey}/${index}` } };
}

/** Throws when the database was out of reach for any of them: then the whole batch is to be sent again. */
function settled(results: readonly PromiseSettledResult<Accepted>[]): BatchAnswer[] {
  return results.map((result) => {
    if (result.status === 'fulfilled') return result.value;
    if (isUnavailable(result.reason)) throw result.reason;
    return { failed: result.reason };
  });
}

/** What each send of an undone batch answers. What an earlier call stored is still there. */
function undone(answers: readonly Accepted[]): Accepted[] {
  const made = new Set(answers.flatMap((one) => ('send' in one && !one.deduplicated ? one.send.id : [])));
  return answers.map((one) => {
    const standing = 'problems' in one || (one.deduplicated && !made.has(one.send.id));
    return standing ? one : notStored();
  });
}

function notStored(): Accepted {
  const message =
    'another send of this batch was refused, so this one was not stored; mend that one and repeat the batch';
  return { problems: [userError(['input'], 'BATCH_ABORTED', message)] };
}
