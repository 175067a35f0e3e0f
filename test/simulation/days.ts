import { Client } from 'pg';
import { TestClock } from 'pg-boss';
import { z } from 'zod';
import { silentLog } from '../../src/base/log.js';
import type { Provider } from '../../src/providers/provider.js';
import type { CategoryChange } from '../../src/recipients/categories.js';
import type { PreferenceChange } from '../../src/recipients/preference-change.js';
import { updatePreferences } from '../../src/recipients/preferences.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import type { SendRequest } from '../../src/send/request.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { PLAIN_TRAITS } from '../support/traits.js';
import { until } from '../support/until.js';
import { DAY, directDb, fill, type Cast } from './cast.ts';
import { startProcess, type Process } from './process.ts';

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

/** Time passes while work is done: a busy machine may be minutes late by this clock, and is never early. */
const STEP_MS = 1_000;
const QUARTER_MS = 15 * 60_000;

/**
 * What is still to be done at a moment, and the next moment at which something is. Between its timer and its first attempt a
 * notification is a job alone.
 */
const DUE = `select
  (select count(*) from timer where at <= $1) + (select count(*) from digest where closed_at is null and closes_at <= $1)
    + (select count(*) from notification where state in ('PENDING', 'ROUTED', 'IN_PROGRESS'))
    + (select count(*) from pgboss.job where name like 'advance-%' and state in ('created', 'retry', 'active')
       and start_after <= $1) as count`;
const NEXT = `select least((select min(at) from timer),
  (select min(closes_at) from digest where closed_at is null)) as at`;

/**
 * The database's own clock stays where it is, and jobs of today are older than pg-boss keeps jobs by a clock that is set
 * ahead by months: its maintenance would take away what was not fetched yet.
 */
export async function keepJobs(admin: Client): Promise<void> {
  await admin.query('update pgboss.queue set retention_seconds = 1000000000');
}

/** One process of the product on the real pg-boss, in days that pass as fast as the work in them is done. */
export class Days implements AsyncDisposable {
  readonly mails: Mail[] = [];

  private constructor(
    private readonly fresh: FreshDatabase,
    private readonly clock: TestClock,
    private readonly admin: Client,
    private readonly cast: Cast,
    private readonly database: Database,
    private readonly queue: Queue,
  ) {}

  private process!: Process;

  static async begin(
    begin: string,
    days: number,
    parts: { readonly categories: readonly CategoryChange[]; readonly people: Readonly<Record<string, string>> },
  ): Promise<Days> {
    const start = new Date(begin);
    const fresh = await freshDatabase();
    const bossClock = new TestClock(start);
    const clock = { now: () => new Date(bossClock.now()) };
    const admin = new Client({ connectionString: fresh.url });
    await admin.connect();
    const people = Object.keys(parts.people).map((externalId) => ({ externalId }));
    const integrations = [{ channel: 'EMAIL', kind: 'plain' }] as const;
    const cast = await fill(directDb(admin), { processes: 1, ...parts, people, integrations }, start);
    for (const [name, zone] of Object.entries(parts.people))
      await admin.query('update recipient set time_zone = $2 where external_id = $1', [name, zone]);
    const database = await openDatabase(fresh.url, 6);
    await ensurePartitions(database.db, start, days + 1);
    const queue = await openQueue(fresh.url, silentLog, clock, bossClock);
    await keepJobs(admin);
    const world = new Days(fresh, bossClock, admin, cast, database, queue);
    const provider = noting(bossClock, world.mails);
    world.process = startProcess({
      ...{ owner: { name: 'process', alive: true, frozenUntil: 0 }, database, queue, clock },
      ...{ hint: () => undefined, note: () => undefined },
      providers: new Map([[provider.name, provider]]),
    });
    await queue.work(world.process.handlers);
    return world;
  }

  idOf(name: string): string {
    return this.cast.people.find((one) => one.externalId === name)?.id as string;
  }

  /** Somebody says what they want, as through the API. */
  async choose(name: string, change: PreferenceChange): Promise<void> {
    const { inTransaction, clock } = this.process;
    await updatePreferences({ inTransaction, clock }, this.cast.environmentId, this.idOf(name), change);
    await this.settle();
  }

  /** Sends, and waits until all of it has gone, waits or has ended. */
  async send(to: readonly string[], category: string, title: string, more: Partial<SendRequest> = {}): Promise<void> {
    const answer = await this.process.acceptor.accept(this.cast.environmentId, {
      ...{ idempotencyKey: null, topic: null, audience: null, template: null, data: null, channels: null, brand: null },
      ...{ sendAt: null, expiresAt: null, tags: [], tenant: null, content: { title, body: '', url: null, data: null } },
      ...{ to: to.map((externalId) => ({ externalId })), category, ...more },
    });
    if (!('send' in answer)) throw new Error(JSON.stringify(answer));
    await this.settle();
  }

  /** How many notifications are in each state, for each reason that their plan gives. */
  async states(where: string): Promise<string[]> {
    const { rows } = await this.admin.query<{ state: string; count: string }>(
      `select n.state, count(*) from notification n join recipient r on r.id = n.recipient_id
       join send s on s.id = n.send_id where ${where} group by n.state order by n.state`,
    );
    return rows.map(({ state, count }) => `${count} ${state}`);
  }

  /** Lets time pass up to that moment: whatever is due on the way is brought by pg-boss when its own time has come. */
  async pass(to: string): Promise<void> {
    const end = Date.parse(to);
    for (;;) {
      const { rows } = await this.admin.query<{ at: Date | null }>(NEXT);
      const at = rows[0]?.at?.getTime();
      if (at === undefined || at > end) break;
      if (at > this.clock.now()) await this.clock.setTime(at);
      await this.settle();
    }
    if (end > this.clock.now()) await this.clock.setTime(end);
  }

  /** What went, and in which quarter of an hour: `ana Title 2027-03-27T08:00`, sorted. */
  told(): string[] {
    const quarterOf = (at: Date): string => new Date(Math.floor(Number(at) / QUARTER_MS) * QUARTER_MS).toISOString();
    return this.mails
      .map(({ to, title, at }) => `${to.split('@')[0]} ${title} ${quarterOf(at).slice(0, 16)}`)
      .toSorted();
  }

  private async settle(): Promise<void> {
    const isDone = async (): Promise<boolean> => {
      const { rows } = await this.admin.query<{ count: string }>(DUE, [new Date(this.clock.now())]);
      return Number(rows[0]?.count) === 0;
    };
    await until(
      async () => {
        if (await isDone()) return true;
        await this.clock.tick(STEP_MS);
        return isDone();
      },
      'pg-boss to bring what is due',
      30_000,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Stopping waits by pg-boss's clock as well.
    const stopped = { yet: false };
    void this.queue.stop(1_000).finally(() => (stopped.yet = true));
    while (!stopped.yet) {
      await this.clock.tick(1_000).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.process.direct.stop();
    await this.database.close();
    await this.admin.end();
    await this.fresh[Symbol.asyncDispose]();
  }
}

/** Days from a first one on, at a time of the day. */
export function eachDay(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, nth) => new Date(Date.parse(first) + nth * DAY).toISOString());
}
