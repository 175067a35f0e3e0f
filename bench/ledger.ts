import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const LONGEST_MS = 900_000;
const POLL_MS = 250;

/** Where the write-ahead log stands. */
export async function walPosition(database: Client): Promise<string> {
  const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  return rows[0]?.lsn ?? '';
}

/** Bytes written to it since. */
export async function walSince(database: Client, lsn: string): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>('select pg_current_wal_lsn() - $1::pg_lsn as bytes', [lsn]);
  return Number(rows[0]?.bytes);
}

/** Of these bytes, the whole pages that were written because of a checkpoint shortly before. */
export async function fullPagesSince(database: Client, lsn: string): Promise<number> {
  await database.query('create extension if not exists pg_walinspect');
  const { rows } = await database.query<{ bytes: string }>(
    'select sum(fpi_size) as bytes from pg_get_wal_stats($1::pg_lsn, pg_current_wal_lsn())',
    [lsn],
  );
  return Number(rows[0]?.bytes);
}

/**
 * Every side begins behind a checkpoint of its own: the first change of a page after one writes the whole page to the log,
 * and nobody should pay for it, or be spared it, because of who came before.
 */
export async function checkpoint(database: Client): Promise<void> {
  await database.query('checkpoint');
}

/** The last send to a topic. */
export async function lastBroadcast(database: Client): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    'select id from send where topic_id is not null order by id desc limit 1',
  );
  if (!rows[0]) throw new Error('no send to a topic');
  return rows[0].id;
}

/**
 * Waits until everything of a send has ended. Looks from the newest notification on, which ends among the last: counting
 * all of them again and again would be a load of its own.
 *
 * @returns when the last one ended, as the ledger notes it (epoch milliseconds)
 */
export async function ended(database: Client, sendId: string): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < LONGEST_MS) {
    await sleep(POLL_MS);
    const { rows } = await database.query<{ open: boolean }>(
      `select not (select expanded from send where id = $1) or (
         select id from notification where send_id = $1 and finished_at is null order by id desc limit 1) is not null as open`,
      [sendId],
    );
    if (rows[0]?.open) continue;
    const { rows: last } = await database.query<{ at: Date | null }>(
      'select max(finished_at) as at from notification where send_id = $1',
      [sendId],
    );
    if (last[0]?.at) return last[0].at.getTime();
  }
  throw new Error('a fan-out did not end');
}

/** Throws unless each of `count` notifications is COMPLETED, with one accepted attempt and one delivery in the ledger. */
export async function checkLedger(database: Client, sendId: string, count: number): Promise<void> {
  const { rows } = await database.query<Record<'all' | 'completed' | 'accepted' | 'deliveries', number>>(
    `with mine as (select id, state from notification where send_id = $1)
     select (select count(*) from mine)::integer as all,
       (select count(*) from mine where state = 'COMPLETED')::integer as completed,
       (select count(*) from event where type = 'attempt.accepted' and notification_id in (select id from mine))::integer
         as accepted,
       (select count(*) from delivery where notification_id in (select id from mine))::integer as deliveries`,
    [sendId],
  );
  const [found] = rows;
  for (const [name, value] of Object.entries(found ?? { all: 0 }))
    if (value !== count) throw new Error(`the ledger of ${count} notifications says ${name}: ${value}`);
}

/** Rows of a send in the ledger, a notification. */
export async function rowsEach(database: Client, sendId: string): Promise<number> {
  const { rows } = await database.query<{ each: number }>(
    `with mine as (select id from notification where send_id = $1)
     select (1 + ((select count(*) from event where notification_id in (select id from mine))
       + (select count(*) from delivery where notification_id in (select id from mine)))
       / (select count(*) from mine)::float) as each`,
    [sendId],
  );
  return rows[0]?.each ?? Number.NaN;
}
