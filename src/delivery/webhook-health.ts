import { uuidv7 } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { WebhookDisabledReason } from '../base/names.js';
import { raiseAlerts } from '../store/alerts.js';
import type { KeptRows } from '../store/kept-rows.js';
import type { Tx } from '../store/transaction.js';
import { giveUpCalls } from '../store/webhook-calls.js';
import {
  beginFailing,
  disableWebhookSubscription,
  endFailing,
  findSubscriptionsById,
  type WebhookSubscriptionRow,
} from '../store/webhook-subscriptions.js';
import type { EndedCall } from './webhook-calls.js';
import { WEBHOOK_PATIENCE_MS, type Verdict } from './webhook-schedule.js';

/**
 * What calls say of their subscriptions: since when one fails without a success between, and that one is to be called no
 * more, because its URL is gone or has failed for days. Operators hear of that.
 */
export async function learnFromCalls(
  tx: Tx,
  context: { log: Logger; kept: KeptRows },
  ended: readonly EndedCall[],
  now: Date,
): Promise<void> {
  const verdicts = new Map<string, Verdict[]>();
  for (const { call, verdict } of ended)
    if (verdict) verdicts.set(call.subscription_id, [...(verdicts.get(call.subscription_id) ?? []), verdict]);
  // In one order everywhere, so that two commits never wait for each other.
  const ids = [...verdicts.keys()].sort();
  const wentWell = ids.filter((id) => verdicts.get(id)?.some((verdict) => verdict.state === 'DONE'));
  const failed = ids.filter((id) => !wentWell.includes(id));
  await endFailing(tx.db, wentWell);
  await beginFailing(tx.db, failed, now);
  const gone = ids.filter((id) => verdicts.get(id)?.some((verdict) => verdict.gone));
  for (const row of await findSubscriptionsById(tx.db, [...new Set([...failed, ...gone])])) {
    const reason = gone.includes(row.id) ? 'GONE' : isHopeless(row, now) ? 'FAILING' : null;
    const last = verdicts.get(row.id)?.findLast((verdict) => verdict.state !== 'DONE');
    if (reason && last) await disable(tx, context, row, { reason, last }, now);
  }
}

function isHopeless({ failing_since: since }: WebhookSubscriptionRow, now: Date): boolean {
  return since !== null && now.getTime() - since.getTime() >= WEBHOOK_PATIENCE_MS;
}

async function disable(
  tx: Tx,
  { log, kept }: { log: Logger; kept: KeptRows },
  row: WebhookSubscriptionRow,
  why: { reason: WebhookDisabledReason; last: Verdict },
  now: Date,
): Promise<void> {
  if (!(await disableWebhookSubscription(tx.db, row, why.reason, now))) return;
  const { environment_id, key } = row;
  await giveUpCalls(tx.db, row, 'not called: the subscription was disabled', now);
  kept.forgetEventTypes(environment_id);
  const about = `webhook subscription "${key}"`;
  const detail = `${about} was disabled: ${sentence(row, why)}. Mend the receiver, enable the subscription with upsertWebhookSubscription, and send again what it missed with replayWebhookCalls`;
  const alert = { environment_id, id: uuidv7(now), type: 'WEBHOOK_DISABLED', integration_key: null, detail };
  await raiseAlerts(tx, [{ ...alert, created_at: now }]);
  log.warn(
    { environmentId: environment_id, subscription: key, reason: why.reason },
    'a webhook subscription was disabled',
  );
}

function sentence(
  row: WebhookSubscriptionRow,
  { reason, last }: { reason: WebhookDisabledReason; last: Verdict },
): string {
  if (reason === 'GONE') return 'its URL answered 410 (Gone)';
  const answer = last.status === null ? (last.detail ?? 'no answer') : `status ${last.status}`;
  return `nothing but failures since ${row.failing_since?.toISOString() ?? 'days'}, the last one: ${answer}`;
}
