import { sql } from 'kysely';
import type { Database, Db } from './database.js';
import { LEDGER, PARTITION_LOCK } from './partitions.js';

/** How long the ledger may be held up by a partition that goes: whoever is in the way now is not later. */
const LOCK_TIMEOUT = '100ms';
/** Partitions of one run: the ledger stands still for a moment with each. */
const MOST = 40;
/** SQLSTATE lock_not_available. */
const NOT_AVAILABLE = '55P03';

/**
 * Drops the partitions of days before `before` that are empty in every table of the ledger. Rows that come for such a day all
 * the same lie in the default partition. Answers how many went; what is in use at this moment, and what is too many for one
 * run, goes another time.
 */
export async function dropEmptyPartitions(
  database: Pick<Database, 'db' | 'transaction'>,
  before: Date,
): Promise<number> {
  let dropped = 0;
  for (const day of await listDays(database.db, before.toISOString().slice(0, 10).replaceAll('-', ''))) {
    if (dropped >= MOST) break;
    if (!(await areEmpty(database.db, day.tables))) continue;
    for (const table of day.tables)
      try {
        if (await database.transaction((db) => drop(db, table))) dropped += 1;
      } catch (error) {
        if ((error as { code?: string }).code === NOT_AVAILABLE) return dropped;
        throw error;
      }
  }
  return dropped;
}

/** A partition, and the table that it is of. */
interface Partition {
  readonly name: string;
  readonly parent: string;
}

/** Days that ended before the day given (`20260314`), the oldest first, with their partitions. */
async function listDays(db: Db, before: string): Promise<{ tables: Partition[] }[]> {
  const { rows } = await sql<Partition & { day: string }>`
    select c.relname as name, p.relname as parent, right(c.relname, 8) as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relnamespace = 'public'::regnamespace and p.relname = any(${[...LEDGER]}::text[])
      and c.relname ~ '_[0-9]{8}$' and right(c.relname, 8) < ${before}
    order by day, array_position(${[...LEDGER].reverse()}::text[], p.relname::text)`.execute(db);
  return [...Map.groupBy(rows, (row) => row.day).values()].map((tables) => ({ tables }));
}

async function areEmpty(db: Db, tables: readonly Partition[]): Promise<boolean> {
  for (const { name } of tables) if (!(await isEmpty(db, name))) return false;
  return true;
}

async function isEmpty(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`select exists (select from ${sql.table(name)}) as there`.execute(db);
  return rows[0]?.there === false;
}

/** The whole table first: whoever writes has chosen its partition before, and has written by now, or chooses after. */
async function drop(db: Db, { name, parent }: Partition): Promise<boolean> {
  await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(db);
  await sql`select pg_advisory_xact_lock(${PARTITION_LOCK})`.execute(db);
  await sql`lock table only ${sql.table(parent)} in access exclusive mode`.execute(db);
  const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(db);
  if (!rows[0]?.there || !(await isEmpty(db, name))) return false;
  await sql`drop table ${sql.table(name)}`.execute(db);
  return true;
}
