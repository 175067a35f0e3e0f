import { Batcher } from '../base/batcher.js';
import { sleep, type Clock } from '../base/clock.js';
import { isUnavailable } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { Call } from '../providers/provider.js';
import type { SimulatorDesk } from '../providers/simulator.js';
import type { Db } from '../store/database.js';
import { findSimulatorRules, insertOutbox, type OutboxRow, type SimulatorRule } from '../store/outbox.js';

const TRIES = 20;
const AGAIN_MS = 250;

/** The simulator's own paper must not run out: unlike a vendor it shares our database, and waits for it to come back. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES || !isUnavailable(error)) throw error;
      await sleep(AGAIN_MS);
    }
  }
}

const ACCEPT = { behavior: 'ACCEPT', delayMs: 0 } as const;

/** The simulator's rules and outbox in Postgres; concurrent calls share queries. */
export function simulatorDesk(db: Db, clock: Clock): SimulatorDesk {
  const rules = new Batcher<Call, Pick<SimulatorRule, 'behavior' | 'delayMs'>>(
    async (calls) => {
      const found = await findSimulatorRules(
        db,
        calls.map(({ environmentId, address }) => ({ environmentId, address })),
      );
      const byKey = new Map(found.map((rule) => [`${rule.environmentId} ${rule.address}`, rule]));
      return calls.map((call) => byKey.get(`${call.environmentId} ${call.address}`) ?? ACCEPT);
    },
    { maxSize: 500, inFlight: 2 },
  );
  const outbox = new Batcher<OutboxRow, undefined>(
    async (rows) => {
      await insertOutbox(db, rows);
      return rows.map(() => undefined);
    },
    { maxSize: 500, inFlight: 2 },
  );
  return {
    clock,
    ruleFor: (call) => patiently(() => rules.add(call)),
    deliver: async (call, via) => {
      const now = clock.now();
      const row: OutboxRow = {
        environment_id: call.environmentId,
        id: uuidv7(now),
        channel: call.channel,
        address: call.address,
        provider: via,
        integration: call.integration,
        title: call.content.title,
        body: call.content.body,
        html: call.content.html,
        notification_id: call.notificationId,
        created_at: now,
      };
      // The id stays the same through repetitions, so that a lost answer to the commit leaves one row.
      await patiently(() => outbox.add(row));
    },
  };
}
