import { plus } from '../base/clock.js';
import { userError, type UserError } from '../base/errors.js';
import { KEY_KEPT_MS } from '../base/idempotency.js';
import { uuidv7 } from '../base/ids.js';
import {
  claimIdempotencyKeys,
  findSends,
  releaseIdempotencyKeys,
  type IdempotencyRow,
  type SendRow,
} from '../store/sends.js';
import type { AttachmentRow } from '../store/attachments.js';
import type { Tx } from '../store/transaction.js';
import type { CheckedRequest } from './request.js';

/** A request on its way into one commit. */
export interface Item {
  readonly environmentId: string;
  readonly checked: CheckedRequest;
  /** Its files as they are stored; missing: it has none, or its key was used and they are not needed. */
  readonly files?: readonly AttachmentRow[];
}

/** What became of a request: a send that is stored, or what is wrong. */
export type Accepted =
  { readonly send: SendRow; readonly deduplicated: boolean } | { readonly problems: readonly UserError[] };

export interface Claim {
  /** The id each send will have, if it is stored. */
  readonly sendIds: string[];
  /** What was answered already, by index. */
  readonly answers: (Accepted | undefined)[];
  /** Index of a request in this commit that has the same key, by index of the later one. */
  readonly twins: Map<number, number>;
}

/** Takes the keys of requests for this commit; those that were taken before are answered as they were then. */
export async function claimKeys(tx: Tx, items: readonly Item[], now: Date): Promise<Claim> {
  const sendIds = items.map(() => uuidv7(now));
  const answers: (Accepted | undefined)[] = items.map(() => undefined);
  const twins = new Map<number, number>();
  const first = new Map<string, number>();
  const rows: IdempotencyRow[] = [];
  items.forEach(({ environmentId, checked }, index) => {
    if (checked.key === null) return;
    const row = { environment_id: environmentId, ...checked.key };
    const name = nameOf(row);
    const twin = first.get(name);
    if (twin !== undefined) {
      twins.set(index, twin);
      return;
    }
    first.set(name, index);
    rows.push({ ...row, request_hash: checked.hash, answer: { sendId: sendIds[index] } });
  });
  const taken = await claimIdempotencyKeys(tx.db, rows, now, plus(now, -KEY_KEPT_MS));
  const sends = await sendsOf(tx, taken);
  for (const row of taken) {
    const index = first.get(nameOf(row)) as number;
    const { checked } = items[index] as Item;
    if (row.request_hash !== checked.hash) {
      answers[index] = conflict(checked);
      continue;
    }
    const send = sends.get(row.answer['sendId'] as string);
    if (!send) throw new Error(`the send of idempotency key ${row.key} is missing`);
    answers[index] = { send, deduplicated: true };
  }
  return { sendIds, answers, twins };
}

function nameOf(row: Pick<IdempotencyRow, 'environment_id' | 'operation' | 'key'>): string {
  return `${row.environment_id} ${row.operation} ${row.key}`;
}

async function sendsOf(tx: Tx, taken: readonly IdempotencyRow[]): Promise<Map<string, SendRow>> {
  const found = new Map<string, SendRow>();
  for (const [environmentId, rows] of Map.groupBy(taken, (row) => row.environment_id)) {
    const ids = rows.map((row) => row.answer['sendId'] as string);
    for (const send of await findSends(tx.db, environmentId, ids)) found.set(send.id, send);
  }
  return found;
}

/** A refused send leaves its key free. */
export async function releaseKeys(tx: Tx, items: readonly Item[]): Promise<void> {
  const rows = items.flatMap(({ environmentId, checked }) =>
    checked.key === null ? [] : [{ environment_id: environmentId, ...checked.key }],
  );
  await releaseIdempotencyKeys(tx.db, rows);
}

/** The answer of a request whose key another one in the same commit has. */
export function answerTwin(
  items: readonly Item[],
  answers: readonly (Accepted | undefined)[],
  index: number,
  twin: number,
): Accepted {
  const { checked } = items[index] as Item;
  const answer = answers[twin] as Accepted;
  if (checked.hash !== items[twin]?.checked.hash) return conflict(checked);
  return 'send' in answer ? { send: answer.send, deduplicated: true } : answer;
}

function conflict({ key }: CheckedRequest): Accepted {
  const ofBatch = key?.operation === 'sendBatch';
  const message = ofBatch
    ? 'the key of this batch was used in the last 72 hours with another send at this place; use a new key for a new batch'
    : 'this key was used in the last 72 hours with another input; use a new key for a new send';
  return {
    problems: [userError(ofBatch ? ['input'] : ['input', 'idempotencyKey'], 'IDEMPOTENCY_CONFLICT', message)],
  };
}
