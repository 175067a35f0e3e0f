import { setTimeout as sleep } from 'node:timers/promises';
import { openCrowd, type Crowd } from './crowd.ts';
import type { Run } from './measure.ts';
import { hint, inboxesOf, place, type Inboxes } from './placing.ts';
import { figures } from './process-figures.ts';
import { percentile } from './stats.ts';
import type { World } from './world.ts';

const LATEST_MS = 120_000;
/** Events a second of the steady part, and how many people each of its writes is for. */
const STEADY = 1_000;
const STEADY_BATCH = 20;
const TABS = 5;

/** Many open inboxes on one process, and what each event costs there. */
export async function measureSockets({ world, report, size }: Run): Promise<void> {
  const inboxes = await inboxesOf(world.database, size.sockets);
  const before = await figures(world.pid);
  const crowd = await openCrowd(world, size.sockets, 1);
  try {
    await sleep(2_000);
    const after = await figures(world.pid);
    report.add({
      ...{ what: `${size.sockets} sockets: resident memory each`, unit: 'KB' },
      ours: (after.rssKb - before.rssKb) / size.sockets,
    });
    const all = Array.from({ length: size.sockets }, (_, nth) => nth);
    const { perSecond, cpuUs } = await fanOut(world, inboxes, crowd, all);
    report.add({ what: `one item for each of ${size.sockets}`, unit: 'events/s', ours: perSecond });
    report.add({ what: `one item for each of ${size.sockets}: processor time an event`, unit: 'µs', ours: cpuUs });
    const latencies = await steady(world, inboxes, crowd, size.seconds);
    for (const share of [0.5, 0.99])
      report.add({
        ...{ what: `${size.sockets} sockets, ${STEADY} events/s, written → frame, p${share * 100}`, unit: 'ms' },
        ours: percentile(latencies, share),
      });
  } finally {
    await crowd.stop();
  }
  const few = Math.round(size.sockets / TABS);
  const tabs = await openCrowd(world, few, TABS);
  try {
    const people = Array.from({ length: few }, (_, nth) => nth);
    const { cpuUs } = await fanOut(world, inboxes, tabs, people);
    report.add({ what: `${few} people with ${TABS} tabs each: processor time a frame`, unit: 'µs', ours: cpuUs });
  } finally {
    await tabs.stop();
  }
}

/** One item for each of these people at once: until every socket of theirs has its frame. */
async function fanOut(world: World, inboxes: Inboxes, crowd: Crowd, people: readonly number[]) {
  await place(world.database, inboxes, people, 'For all');
  const before = await figures(world.pid);
  const done = Promise.withResolvers<number>();
  let left = crowd.sockets;
  crowd.listen(() => {
    left -= 1;
    if (left === 0) done.resolve(performance.now());
  });
  const late = setTimeout(() => done.reject(new Error(`${left} frames did not come`)), LATEST_MS);
  const begun = performance.now();
  await hint(world.database, inboxes, people);
  const ended = await done.promise;
  clearTimeout(late);
  const after = await figures(world.pid);
  return {
    perSecond: (crowd.sockets * 1000) / (ended - begun),
    cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / crowd.sockets,
  };
}

/** Open loop; time counts from the write's commit to the frame. */
async function steady(world: World, inboxes: Inboxes, crowd: Crowd, seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const written = new Map<number, number>();
  crowd.listen((person) => {
    const at = written.get(person);
    if (at !== undefined) latencies.push(performance.now() - at);
    written.delete(person);
  });
  const rounds = Math.round((STEADY * seconds) / STEADY_BATCH);
  const begun = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    const due = begun + (round * 1000 * STEADY_BATCH) / STEADY;
    await sleep(Math.max(0, due - performance.now()));
    const people = Array.from({ length: STEADY_BATCH }, (_, nth) => (round * STEADY_BATCH + nth) % crowd.sockets);
    await place(world.database, inboxes, people, 'Steady');
    const at = performance.now();
    for (const person of people) written.set(person, at);
    await hint(world.database, inboxes, people);
  }
  const end = performance.now() + LATEST_MS;
  while (written.size > 0 && performance.now() < end) await sleep(20);
  if (written.size > 0) throw new Error(`${written.size} frames did not come`);
  return latencies;
}
