import { setTimeout as sleep } from 'node:timers/promises';
import { audit, type Audit } from './auditor.ts';
import type { DatabaseReader } from './database-ledger.ts';
import type { ProviderRequest } from './ledger.ts';
import { readProviderLog } from './ledger-files.ts';
import { Load } from './load.ts';
import { plan, roundMs } from './schedule.ts';
import type { Settings } from './settings.ts';
import { Storm } from './storm.ts';
import { openWorld, type World } from './world.ts';

/** What a run found, and the objects that counted on the way. */
export interface Outcome {
  readonly audit: Audit;
  readonly world: World;
  readonly storm: Storm;
  readonly load: Load;
  readonly requests: readonly ProviderRequest[];
  /** From the end of the faults until the last notification had ended; null: they did not all. */
  readonly endedAfterMs: number | null;
}

/** One whole run in a folder of its own: start, storm, calm, rest, comparison of the ledgers. `stack` ends what was started. */
export async function runChaos(
  settings: Settings,
  folder: string,
  stack: AsyncDisposableStack,
  say: (line: string) => void,
): Promise<Outcome> {
  say('starting Postgres, the provider and the processes');
  const world = await openWorld(settings, folder, stack);
  const load = new Load(settings, world.ledger, () => world.fleet.urls(), world.topicPeople);
  const storm = new Storm(world, say);
  for (let round = 0; round < settings.rounds; round += 1) {
    await storm.rage(plan(settings, round), roundMs(settings, round));
    const { kills } = world.fleet;
    say(`round ${round + 1}: ${kills} kills, ${load.acknowledged} notifications acknowledged`);
    if (kills >= settings.kills && load.acknowledged >= settings.notifications) break;
  }
  if (settings.absenceMs > 0) await storm.absence(settings.absenceMs);
  await storm.calm();
  const calmAt = performance.now();
  say('no more faults; the callers finish');
  await load.stop();
  say('everything acknowledged has to end now');
  const ended = await rest(world.database, settings, say);
  const endedAfterMs = ended === null ? null : ended - calmAt;
  await world.fleet.stop();
  say('reading the ledgers');
  const requests = await readProviderLog(world.providerLog);
  const ledgers = { client: await world.ledger.read(), database: await world.database.read(), provider: requests };
  return { audit: audit(ledgers, Date.now()), world, storm, load, requests, endedAfterMs };
}

/** However slow the machine, so many times the time for ending is the most. */
const LONGEST_ENDS = 4;

/** Waits until nothing is open, and then until nothing has stirred for the quiet period. The instant of the last end, or null. */
async function rest(database: DatabaseReader, settings: Settings, say: (line: string) => void): Promise<number | null> {
  let deadline = performance.now() + settings.endMs;
  const latest = performance.now() + LONGEST_ENDS * settings.endMs;
  let least = Infinity;
  let events = -1;
  let stirredAt = performance.now();
  for (let told = 0; performance.now() < Math.min(deadline, latest); told += 1) {
    const now = await database.progress();
    // A slow machine takes its time; only what does not get less is stuck.
    const left = now.open + now.unexpanded;
    if (left < least) deadline = performance.now() + settings.endMs;
    least = Math.min(least, left);
    if (now.events !== events || now.open > 0 || now.unexpanded > 0) stirredAt = performance.now();
    events = now.events;
    if (performance.now() - stirredAt >= settings.quietMs) return stirredAt;
    if (told % 10 === 0)
      say(`${now.open} of ${now.notifications} notifications open, ${now.unexpanded} topics to expand`);
    await sleep(1_000);
  }
  return null;
}
