import { insertStandIns, standInId, type StandIn } from '../store/stand-ins.js';
import { advanceEach, type Tx } from '../store/transaction.js';
import type { Planned } from './planned.js';

/** Has this step given it to a colleague? */
export function isHandedOn({ work, state }: Pick<Planned, 'work' | 'state'>): boolean {
  return state.finished?.reason === 'DELEGATED' && work.state.finished === null;
}

/**
 * Gives notifications to the colleagues of absent people, in the commit that ends them: a notification of the same send, which
 * is decided for the colleague like any other, and goes no further.
 */
export async function handOn(tx: Tx, environmentId: string, planned: readonly Planned[]): Promise<void> {
  const rows = planned.filter(isHandedOn).flatMap(({ work }): (StandIn & { lane: typeof work.lane })[] => {
    const { row, facts, send } = work.situation;
    const { delegate } = facts.person;
    if (!delegate) return [];
    return [
      {
        ...{ environment_id: environmentId, id: standInId(row.id), send_id: row.sendId, category_key: row.categoryKey },
        ...{ recipient_id: delegate.recipientId, delegated_from: row.recipientId },
        ...{ lane: work.lane, tenant: send.tenant },
      },
    ];
  });
  if (rows.length === 0) return;
  const written = await insertStandIns(tx.db, rows);
  advanceEach(
    tx,
    rows.filter((row) => written.has(row.id)).map((row) => ({ ...row, notification_id: row.id })),
  );
}
