import { Client } from 'pg';
import { monotonicMs, sleep, type Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';

/** Drift of a process's timer between two readings stays far below what anybody notices. */
const RESYNC_MS = 30_000;
/** Of several readings, the quickest knows best. */
const READINGS = 3;

export interface DatabaseClock extends Clock {
  stop(): Promise<void>;
}

/**
 * The database's clock, read now and then and carried on by the process's monotonic timer: all processes agree on the
 * time, whatever their own clocks say, and a clock that is set by hand moves nothing. The accuracy is half a round trip.
 *
 * @param url the database; throws what connecting throws
 */
export async function databaseClock(url: string, log: Logger): Promise<DatabaseClock> {
  let base = await readOffset(url);
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(RESYNC_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      // Out of reach: the timer carries on alone.
      await readOffset(url).then(
        (offset) => (base = offset),
        (error: unknown) => log.warn({ error: messageOf(error) }, "the database's clock could not be read"),
      );
    }
  })();
  return {
    now: () => new Date(base + monotonicMs()),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Epoch milliseconds at which the monotonic timer stood at zero. */
async function readOffset(url: string): Promise<number> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    let best = { trip: Infinity, offset: 0 };
    for (let reading = 0; reading < READINGS; reading += 1) {
      const asked = monotonicMs();
      const { rows } = await client.query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
      const answered = monotonicMs();
      const trip = answered - asked;
      if (trip < best.trip) best = { trip, offset: Number(rows[0]?.ms) - (asked + answered) / 2 };
    }
    return best.offset;
  } finally {
    await client.end().catch(() => undefined);
  }
}
