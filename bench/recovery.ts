import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { BOOTSTRAP_KEY, callerWith, SEND, startGateway, type Caller } from './gateway.ts';
import { ended, lastBroadcast } from './ledger.ts';
import type { Run } from './measure.ts';
import { addCategories, addIntegration, addPeople, subscribe } from './people.ts';
import type { World } from './world.ts';

/** Few enough that the process that is killed holds all of it. */
const PEOPLE = 2_000;
/** What had left the dead process has arrived by then. */
const ECHO_MS = 300;
const LATEST_MS = 120_000;
const CONTENT = { title: 'Hello', body: 'A few words of news for everybody.' };

/**
 * Two workers on a database of their own. One is frozen while the other takes a whole fan-out; that one is killed
 * (SIGKILL) when a quarter is out, and the first one goes on. Time until it writes to the provider what the dead one held,
 * and until all of it has ended. Nobody may be left out; who is written to twice is counted.
 */
export async function measureRecovery({ world, report }: Run): Promise<void> {
  const env = { DATABASE_URL: await world.databaseUrl('recovery') };
  const database = new Client({ connectionString: env.DATABASE_URL });
  await database.connect();
  const api = await startGateway({ ...env, ROLE: 'api' });
  const victim = await startGateway({ ...env, ROLE: 'worker' });
  const survivor = await startGateway({ ...env, ROLE: 'worker' });
  const watch = world.sink.watch(/^p\d/);
  try {
    const caller = callerWith(api, BOOTSTRAP_KEY);
    await prepare(world, caller, database);
    survivor.signal('SIGSTOP');
    const before = world.sink.taken();
    await caller.call(SEND, { input: { topic: 'everybody', category: 'news', content: CONTENT } });
    await reached(() => world.sink.taken() - before >= PEOPLE / 4, 'a quarter of the fan-out');
    victim.signal('SIGKILL');
    const killed = performance.now();
    const killedAt = Date.now();
    survivor.signal('SIGCONT');
    await sleep(ECHO_MS);
    const echoed = world.sink.taken();
    if (echoed - before === PEOPLE) throw new Error('the killed worker had already sent everything');
    await reached(() => world.sink.taken() > echoed, 'the first attempt of the survivor');
    const first = (world.sink.lastAt() - killed) / 1000;
    const last = ((await ended(database, await lastBroadcast(database))) - killedAt) / 1000;
    if (watch.counts.size !== PEOPLE) throw new Error(`${PEOPLE - watch.counts.size} people were left out`);
    const twice = [...watch.counts.values()].filter((times) => times > 1).length;
    const what = 'a worker is killed';
    report.add({
      what: `${what}, until its work goes on`,
      unit: 's',
      ours: first,
      target: { of: 'value', atMost: 12 },
    });
    report.add({ what: `${what}, until all of it has ended`, unit: 's', ours: last });
    report.add({ what: `${what}, written to twice of 2,000`, unit: 'people', ours: twice });
  } finally {
    watch.end();
    survivor.signal('SIGCONT');
    for (const served of [victim, survivor, api]) await served.stop();
    await database.end();
  }
}

async function prepare(world: World, caller: Caller, database: Client): Promise<void> {
  await addCategories(caller);
  await addIntegration(caller, world.sink.url);
  const { rows } = await database.query('select 1 from recipient limit 1');
  if (rows.length > 0) return;
  await addPeople(database, 'production', PEOPLE);
  await subscribe(database, caller, 'everybody', PEOPLE);
  await database.query('vacuum analyze');
}

async function reached(is: () => boolean, what: string): Promise<void> {
  for (const began = performance.now(); !is(); await sleep(2))
    if (performance.now() - began > LATEST_MS) throw new Error(`${what} did not come`);
}
