import { TestClock } from 'pg-boss';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { silentLog } from '../../src/base/log.js';
import type { Call, Provider } from '../../src/providers/provider.js';
import { openQueue } from '../../src/queue/queue.js';
import { openDatabase } from '../../src/store/database.js';
import { nextTimerAt } from '../../src/store/timers.js';
import { freshDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { DAY, directDb, fill, HOUR } from './cast.ts';
import { keepJobs } from './days.ts';
import { startProcess } from './process.ts';
import { PLAIN_TRAITS } from '../support/traits.js';

const BEGIN = new Date('2027-01-04T08:00:00Z');
const RETRY = { maxAttempts: 20, firstDelayMs: HOUR, maxDelayMs: 12 * HOUR, giveUpAfterMs: 7 * DAY };

/** A vendor that is away for three days. */
function awayUntil(end: number, clock: TestClock, calls: Call[]): Provider {
  return {
    name: 'plain-email-0',
    channels: ['EMAIL'],
    traits: PLAIN_TRAITS,
    settings: z.strictObject({}),
    credentials: z.strictObject({ key: z.number() }),
    open: () => ({
      async send(call) {
        calls.push(call);
        if (clock.now() < end) return { kind: 'retry', retryAt: null, rateLimited: false };
        return { kind: 'accepted', providerId: 'taken' };
      },
    }),
  };
}

it('retries over three days come one after the other through the real pg-boss, when its clock says so', async () => {
  await using fresh = await freshDatabase();
  const bossClock = new TestClock(BEGIN);
  const clock = { now: () => new Date(bossClock.now()) };
  const admin = new Client({ connectionString: fresh.url });
  await admin.connect();
  const cast = await fill(
    directDb(admin),
    {
      processes: 1,
      categories: [{ key: 'mail', channels: ['EMAIL'], retry: RETRY }],
      people: [{ externalId: 'ana' }],
      integrations: [{ channel: 'EMAIL', kind: 'plain' }],
    },
    BEGIN,
  );
  const database = await openDatabase(fresh.url, 4);
  const queue = await openQueue(fresh.url, silentLog, clock, bossClock);
  await keepJobs(admin);
  const calls: Call[] = [];
  const owner = { name: 'process', alive: true, frozenUntil: 0 };
  const provider = awayUntil(BEGIN.getTime() + 3 * DAY, bossClock, calls);
  const { acceptor, handlers, direct } = startProcess({
    ...{ owner, database, queue, clock, hint: () => undefined, note: () => undefined },
    providers: new Map([[provider.name, provider]]),
  });
  try {
    await queue.work(handlers);
    const answer = await acceptor.accept(cast.environmentId, {
      ...{ idempotencyKey: null, topic: null, audience: null, template: null, data: null, channels: null, brand: null },
      ...{ to: [{ externalId: 'ana' }], category: 'mail', sendAt: null, expiresAt: null, tags: [], tenant: null },
      content: { title: 'Patience', body: 'It will come.', url: null, data: null },
    });
    expect(answer).toHaveProperty('send');
    const state = async (): Promise<{ state: string; wake_at: Date | null }> =>
      (await admin.query<{ state: string; wake_at: Date | null }>('select state, wake_at from notification')).rows[0]!;
    for (let round = 0; round < RETRY.maxAttempts; round += 1) {
      const made = calls.length;
      // It has gone as far as it can: it rests, or waits for a time to come.
      const waits = await until(async () => {
        if ((await state()).state === 'COMPLETED') return { at: null };
        const at = await nextTimerAt(database.db);
        return at && (await state()).wake_at?.getTime() === at.getTime() && at > clock.now() && { at };
      }, 'the notification to wait for its next attempt');
      if (waits.at === null) break;
      await bossClock.setTime(waits.at);
      await until(async () => {
        await bossClock.tick(1_000);
        return calls.length > made || (await state()).state === 'COMPLETED';
      }, 'pg-boss to bring the next attempt');
    }
    expect((await state()).state).toBe('COMPLETED');
    expect(clock.now().getTime()).toBeGreaterThan(BEGIN.getTime() + 3 * DAY);
    expect(calls.length).toBeGreaterThan(6);
    expect(new Set(calls.map((call) => call.attemptId)).size).toBe(calls.length);
  } finally {
    // Stopping waits by pg-boss's clock as well.
    const stopped = { yet: false };
    void queue.stop(1_000).finally(() => (stopped.yet = true));
    while (!stopped.yet) {
      await bossClock.tick(1_000).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await direct.stop();
    await database.close();
    await admin.end();
  }
});
