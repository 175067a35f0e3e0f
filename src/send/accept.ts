import { Batcher } from '../base/batcher.js';
import { plus, type Clock } from '../base/clock.js';
import { userError, type UserError } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import { insertNotifications, type NewNotification } from '../store/notifications.js';
import { claimIdempotencyKeys, findSends, insertSends, type IdempotencyRow, type SendRow } from '../store/sends.js';
import type { InTransaction, Tx } from '../store/transaction.js';
import { releaseKeys, resolveRequests, type Resolved } from './resolve.js';
import type { DirectLane } from '../base/direct-lane.js';
import { checkRequest, type CheckedRequest, type SendRequest } from './request.js';

export interface AcceptContext {
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly direct: DirectLane;
}

export type Accepted =
  { readonly send: SendRow; readonly deduplicated: boolean } | { readonly problems: readonly UserError[] };

/** How long a key answers with the first result. */
const KEY_KEPT_MS = 72 * 3_600_000;

interface Item {
  readonly environmentId: string;
  readonly checked: CheckedRequest;
}

/**
 * Accepts sends durably: it decides nothing and waits for nobody. Concurrent calls share one commit; one that the
 * database refuses fails alone. What comes back is stored.
 */
export class Acceptor {
  private readonly batcher: Batcher<Item, Accepted>;

  constructor(private readonly context: AcceptContext) {
    this.batcher = new Batcher((items) => this.commit(items), { maxSize: 200, inFlight: 2 });
  }

  /** Stores one send, or says what is wrong with it. Throws only when the database cannot be written. */
  async accept(environmentId: string, request: SendRequest): Promise<Accepted> {
    const checked = checkRequest(request, this.context.clock.now());
    if ('problems' in checked) return checked;
    return this.batcher.add({ environmentId, checked: checked.checked });
  }

  private async commit(items: readonly Item[]): Promise<Accepted[]> {
    return this.context.inTransaction(async (tx) => {
      const now = this.context.clock.now();
      const claim = await claimKeys(tx, items, now);
      const answers: (Accepted | undefined)[] = claim.answers;
      const open = items.flatMap((item, index) =>
        answers[index] || claim.twins.has(index) ? [] : [{ ...item, index, sendId: claim.sendIds[index] as string }],
      );
      const resolved = await resolveRequests(tx.db, open, now);
      const refused = resolved.filter((one) => one.problems.length > 0);
      await releaseKeys(
        tx.db,
        refused.map(({ item }) => item),
      );
      for (const one of refused) answers[one.item.index] = { problems: one.problems };
      const good = resolved.filter((one) => one.problems.length === 0);
      const sends = good.map((one) => toSend(one, now));
      await insertSends(tx.db, sends);
      good.forEach((one, nth) => (answers[one.item.index] = { send: sends[nth] as SendRow, deduplicated: false }));
      const notifications = good.map((one) => toNotifications(one, now));
      await insertNotifications(tx.db, notifications.flat());
      good.forEach((one, nth) => {
        const { environmentId, sendId } = one.item;
        const { lane } = one;
        if (one.topicId !== null) return tx.enqueue({ job: 'expand', lane, data: { environmentId, sendId, lane } });
        const ids = (notifications[nth] ?? []).map((row) => row.id);
        return tx.advance({ environmentId, lane, ids }, this.context.direct);
      });
      for (const [index, twin] of claim.twins) answers[index] = answerTwin(items, answers, index, twin);
      return answers as Accepted[];
    });
  }
}

interface Claim {
  /** The id each send will have, if it is stored. */
  readonly sendIds: string[];
  /** What was answered already, by index. */
  readonly answers: (Accepted | undefined)[];
  /** Index of a request in this commit that has the same key, by index of the later one. */
  readonly twins: Map<number, number>;
}

async function claimKeys(tx: Tx, items: readonly Item[], now: Date): Promise<Claim> {
  const sendIds = items.map(() => uuidv7(now));
  const answers: (Accepted | undefined)[] = items.map(() => undefined);
  const twins = new Map<number, number>();
  const first = new Map<string, number>();
  const rows: IdempotencyRow[] = [];
  items.forEach(({ environmentId, checked }, index) => {
    const key = checked.request.idempotencyKey;
    if (key === null) return;
    const name = `${environmentId} ${key}`;
    const twin = first.get(name);
    if (twin !== undefined) {
      twins.set(index, twin);
      return;
    }
    first.set(name, index);
    rows.push({
      environment_id: environmentId,
      operation: 'send',
      key,
      request_hash: checked.hash,
      answer: { sendId: sendIds[index] },
    });
  });
  const taken = await claimIdempotencyKeys(tx.db, rows, now, plus(now, -KEY_KEPT_MS));
  for (const row of taken) {
    const index = first.get(`${row.environment_id} ${row.key}`) as number;
    if (row.request_hash !== items[index]?.checked.hash) {
      answers[index] = conflict();
      continue;
    }
    const [send] = await findSends(tx.db, row.environment_id, [row.answer['sendId'] as string]);
    if (!send) throw new Error(`the send of idempotency key ${row.key} is missing`);
    answers[index] = { send, deduplicated: true };
  }
  return { sendIds, answers, twins };
}

function answerTwin(
  items: readonly Item[],
  answers: readonly (Accepted | undefined)[],
  index: number,
  twin: number,
): Accepted {
  const answer = answers[twin] as Accepted;
  if (items[index]?.checked.hash !== items[twin]?.checked.hash) return conflict();
  return 'send' in answer ? { send: answer.send, deduplicated: true } : answer;
}

function conflict(): Accepted {
  return {
    problems: [
      userError(
        ['input', 'idempotencyKey'],
        'IDEMPOTENCY_CONFLICT',
        'this key was used in the last 72 hours with another input; use a new key for a new send',
      ),
    ],
  };
}

function toSend(one: Resolved<{ environmentId: string; sendId: string; checked: CheckedRequest }>, now: Date): SendRow {
  const { request } = one.item.checked;
  return {
    environment_id: one.item.environmentId,
    id: one.item.sendId,
    category_key: request.category,
    template_key: request.template,
    template_version: one.templateVersion,
    data: request.data ?? {},
    content: request.content,
    channels: request.channels === null ? null : [...new Set(request.channels)],
    brand: request.brand,
    topic_id: one.topicId,
    send_at: request.sendAt,
    expires_at: request.expiresAt,
    tags: [...new Set(request.tags)],
    expanded_through: null,
    expanded: one.topicId === null,
    created_at: now,
    canceled_at: null,
    tenant: null,
    audience: null,
    recipient_count: one.recipientIds.length,
  };
}

function toNotifications(
  one: Resolved<{ environmentId: string; sendId: string; checked: CheckedRequest }>,
  now: Date,
): NewNotification[] {
  return one.recipientIds.map((recipientId) => ({
    environment_id: one.item.environmentId,
    id: uuidv7(now),
    send_id: one.item.sendId,
    recipient_id: recipientId,
    category_key: one.item.checked.request.category,
  }));
}
