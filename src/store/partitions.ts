import { sql } from 'kysely';
import { plus } from '../base/clock.js';
import { uuidv7Floor } from '../base/ids.js';
import type { Db } from './database.js';

const DAY_MS = 86_400_000;

/** Ledger tables and the free space their pages keep for changes. */
const PARTITIONED = [
  { table: 'send', fillfactor: 100 },
  { table: 'notification', fillfactor: 35 },
  { table: 'delivery', fillfactor: 45 },
  { table: 'event', fillfactor: 100 },
] as const;

/** The same, by name. */
export const LEDGER: readonly string[] = PARTITIONED.map((one) => one.table);

/** Who makes or drops partitions does so alone. */
export const PARTITION_LOCK = 7_283_002;

/**
 * Makes the daily partitions of the ledger from yesterday to `daysAhead` days after today (UTC). Safe to repeat and to
 * run in several processes at once. Rows of a day without one lie in the default partition, and lose nothing by it.
 */
export async function ensurePartitions(db: Db, now: Date, daysAhead: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${PARTITION_LOCK})`.execute(trx);
    for (let day = -1; day <= daysAhead; day += 1) {
      const from = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS + day * DAY_MS);
      const name = from.toISOString().slice(0, 10).replaceAll('-', '');
      for (const { table, fillfactor } of PARTITIONED) {
        const partition = `${table}_${name}`;
        const { rows } = await sql<{ there: boolean }>`select to_regclass(${partition}) is not null as there`.execute(
          trx,
        );
        if (rows[0]?.there) continue;
        await sql`create table ${sql.table(partition)} partition of ${sql.table(table)}
          for values from (${sql.lit(uuidv7Floor(from))}) to (${sql.lit(uuidv7Floor(plus(from, DAY_MS)))})
          with (fillfactor = ${sql.lit(fillfactor)})`.execute(trx);
      }
    }
  });
}
