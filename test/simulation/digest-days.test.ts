import { Client } from 'pg';
import { TestClock } from 'pg-boss';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { silentLog } from '../../src/base/log.js';
import type { Provider } from '../../src/providers/provider.js';
import { openQueue } from '../../src/queue/queue.js';
import { openDatabase } from '../../src/store/database.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import { freshDatabase } from '../support/database.js';
import { PLAIN_TRAITS } from '../support/traits.js';
import { until } from '../support/until.js';
import { directDb, fill, HOUR } from './cast.ts';
import { startProcess } from './process.ts';

/** Friday; in Berlin clocks are set forward in the night to Sunday. */
const BEGIN = new Date('2027-03-26T12:00:00Z');
const DAYS = 5;

interface Mail {
  readonly to: string;
  readonly title: string;
  readonly at: Date;
}

/** A vendor that takes everything and notes the time. */
function noting(clock: TestClock, mails: Mail[]): Provider {
  return {
    name: 'plain-email-0',
    channels: ['EMAIL'],
    traits: PLAIN_TRAITS,
    settings: z.strictObject({}),
    credentials: z.strictObject({ key: z.number() }),
    open: () => ({
      async send({ address, content }) {
        mails.push({ to: address, title: content.title ?? '', at: new Date(clock.now()) });
        return { kind: 'accepted', providerId: 'taken' };
      },
    }),
  };
}

it('daily and weekly digests go at nine in the morning where the person is, also after the clocks change, through the real pg-boss', async () => {
  await using fresh = await freshDatabase();
  const bossClock = new TestClock(BEGIN);
  const clock = { now: () => new Date(bossClock.now()) };
  const admin = new Client({ connectionString: fresh.url });
  await admin.connect();
  const cast = await fill(
    directDb(admin),
    {
      processes: 1,
      categories: [{ key: 'news', channels: ['EMAIL'] }],
      people: [{ externalId: 'ana' }, { externalId: 'ben' }],
      integrations: [{ channel: 'EMAIL', kind: 'plain' }],
    },
    BEGIN,
  );
  await admin.query(`update recipient set time_zone = 'Europe/Berlin'`);
  await admin.query(
    `insert into preference (environment_id, recipient_id, category_key, channel, cadence, updated_at)
     select environment_id, id, 'news', 'EMAIL', case external_id when 'ana' then 'DAILY' else 'WEEKLY' end, now()
     from recipient`,
  );
  const database = await openDatabase(fresh.url, 6);
  await ensurePartitions(database.db, BEGIN, DAYS + 1);
  const queue = await openQueue(fresh.url, silentLog, clock, bossClock);
  const mails: Mail[] = [];
  const owner = { name: 'process', alive: true, frozenUntil: 0 };
  const provider = noting(bossClock, mails);
  const { acceptor, handlers, direct } = startProcess({
    ...{ owner, database, queue, clock, hint: () => undefined, note: () => undefined },
    providers: new Map([[provider.name, provider]]),
  });
  const count = async (where: string): Promise<number> =>
    Number((await admin.query<{ count: string }>(`select count(*) from notification where ${where}`)).rows[0]?.count);
  const send = async (title: string): Promise<void> => {
    const held = await count(`state = 'HELD'`);
    await acceptor.accept(cast.environmentId, {
      ...{ idempotencyKey: null, topic: null, audience: null, template: null, data: null, channels: null, brand: null },
      ...{ to: [{ externalId: 'ana' }, { externalId: 'ben' }], category: 'news', sendAt: null, expiresAt: null },
      ...{ tags: [], tenant: null, content: { title, body: '', url: null, data: null } },
    });
    await until(async () => (await count(`state = 'HELD'`)) === held + 2, 'both to be gathered');
  };
  try {
    await queue.work(handlers);
    const end = BEGIN.getTime() + DAYS * 24 * HOUR;
    for (let day = 0; bossClock.now() < end;) {
      if (day < 3) await send(`News ${day}`);
      day += 1;
      const { rows } = await admin.query<{ at: Date | null }>(
        'select min(closes_at) as at from digest where closed_at is null',
      );
      const at = rows[0]?.at;
      if (!at) break;
      await bossClock.setTime(at);
      const due = `select count(*)::integer as due from digest where closed_at is null and closes_at <= $1`;
      await until(
        async () => {
          await bossClock.tick(1_000);
          const [open] = (await admin.query<{ due: number }>(due, [at])).rows;
          return open?.due === 0 && (await count(`state in ('PENDING', 'IN_PROGRESS')`)) === 0;
        },
        'pg-boss to close what is due',
        30_000,
      );
      // Well into the day, so that what comes next goes the next morning.
      await bossClock.setTime(at.getTime() + 6 * HOUR);
    }
    const told = mails.map(({ to, title, at }) => `${to} ${title} ${at.toISOString().slice(0, 16)}`);
    expect(told.toSorted()).toEqual([
      'ana@example.com News 0 2027-03-27T08:00',
      'ana@example.com News 1 2027-03-28T07:00',
      'ana@example.com News 2 2027-03-29T07:00',
      'ben@example.com 3 new notifications: news 2027-03-29T07:00',
    ]);
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
}, 120_000);
