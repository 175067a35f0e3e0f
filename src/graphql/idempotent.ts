import { plus } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { KEY_KEPT_MS, keyProblem } from '../base/idempotency.js';
import { canonicalHash } from '../send/canonical.js';
import { claimIdempotencyKeys, saveIdempotencyAnswer } from '../store/sends.js';
import type { Tx } from '../store/transaction.js';
import type { Db } from '../store/database.js';
import { findRecipientId, requireService, type GraphContext, type RecipientRefInput } from './context.js';

/** How the field is described on every input that has it. */
export const IDEMPOTENCY_KEY = {
  nullable: true,
  description:
    'Same key and same input within 72 h: the first answer again, nothing is done twice. Same key, other input: IDEMPOTENCY_CONFLICT. A refused call leaves its key free. 1 to 255 characters.',
} as const;

/**
 * Runs a mutation in one transaction, at most once a key: the answer is stored with the work, sealed, because some answers
 * hold secrets and all may hold personal data. Concurrent calls with one key wait for each other, and get one answer. What
 * throws (a refusal with UserErrors, a crash) leaves the key free.
 *
 * @param operation name of the mutation: keys of two mutations are two keys
 * @param work must read and write through the transaction alone; its answer must survive JSON
 */
export async function idempotently<Answer extends object>(
  context: GraphContext,
  operation: string,
  input: { readonly idempotencyKey?: string | null },
  work: (tx: Tx) => Promise<Answer>,
): Promise<Answer> {
  const { inTransaction, secrets, clock } = context.services;
  const { idempotencyKey: key, ...said } = input;
  if (key == null) return inTransaction(work);
  const problem = keyProblem(key);
  if (problem !== null)
    throw new UserErrors([userError(['input', 'idempotencyKey'], 'INVALID_IDEMPOTENCY_KEY', problem)]);
  const { environmentId } = requireService(context);
  const id = { environment_id: environmentId, operation, key };
  const place = `idempotency/${environmentId}/${operation}/${key}`;
  const hash = canonicalHash(said);
  return inTransaction(async (tx) => {
    const now = clock.now();
    const claim = { ...id, request_hash: hash, answer: {} };
    const [taken] = await claimIdempotencyKeys(tx.db, [claim], now, plus(now, -KEY_KEPT_MS));
    if (!taken) {
      const answer = await work(tx);
      const sealed = Buffer.from(secrets.seal(JSON.stringify(answer), place)).toString('base64');
      const recipient_id = await whoseAnswer(tx.db, environmentId, said);
      await saveIdempotencyAnswer(tx.db, { ...id, answer: { sealed }, recipient_id });
      return answer;
    }
    if (taken.request_hash !== hash)
      throw new UserErrors([
        userError(
          ['input', 'idempotencyKey'],
          'IDEMPOTENCY_CONFLICT',
          `this key was used for ${operation} in the last 72 hours with another input; use a new key for a new call`,
        ),
      ]);
    return JSON.parse(secrets.open(Buffer.from(taken.answer['sealed'] as string, 'base64'), place)) as Answer;
  });
}

/** The person that an input names, so that the answer goes with the person. */
async function whoseAnswer(
  db: Db,
  environmentId: string,
  input: { readonly recipient?: RecipientRefInput | null; readonly externalId?: string | null },
): Promise<string | null> {
  const { recipient, externalId } = input;
  if (recipient) return findRecipientId(db, environmentId, recipient);
  return externalId == null ? null : findRecipientId(db, environmentId, { externalId });
}
