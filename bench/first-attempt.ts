import { setTimeout as sleep } from 'node:timers/promises';
import { SEND } from './gateway.ts';
import { ask } from './http-post.ts';
import type { Run } from './measure.ts';
import { settled } from './rest.ts';
import { percentile } from './stats.ts';
import { FEW, type World } from './world.ts';

/** One send to one person, by number; resolves when it is answered. */
interface Way {
  readonly address: (person: number) => string;
  readonly send: (person: number) => Promise<unknown>;
}

const LATEST_MS = 60_000;
const CONTENT = { title: 'Hello', body: 'A few words for you alone.' };
const WHAT = 'send → first attempt';
const AGAINST = 'pg-boss LISTEN/NOTIFY';
/** Beside the baseline, which holds no more than about the last of them. */
const RATES = [50, 200];
const HIGH_RATE = 1_000;

/** Over the API, then routing, the ledger and the SendGrid adapter; to `p0` … or other people. */
export function gatewayWay({ live, people }: World, category = 'mail', name?: (person: number) => string): Way {
  const named = name ?? ((person: number): string => `p${person % Math.min(FEW, people)}`);
  return {
    address: (person) => `${named(person)}@example.com`,
    send: (person) => live.call(SEND, { input: { to: [{ externalId: named(person) }], category, content: CONTENT } }),
  };
}

/** Row and job in one transaction, and a worker that LISTEN/NOTIFY wakes. */
function naiveWay({ naive }: World): Way {
  return {
    address: (person) => `n${person % FEW}@example.com`,
    send: (person) => ask(`${naive}/send?queue=live`, { recipientId: naiveId(person), ...CONTENT }),
  };
}

/** The baseline's id of a person. */
export function naiveId(person: number): string {
  return `00000000-0000-4000-8000-${String(person % FEW).padStart(12, '0')}`;
}

/** One at a time with a pause: milliseconds from the call to the provider's receipt. */
async function firstAttemptsIdle(world: World, way: Way, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let person = 0; person < count; person += 1) {
    await sleep(25);
    const arrival = world.sink.arrival(way.address(person), LATEST_MS);
    const started = performance.now();
    await way.send(person);
    latencies.push((await arrival) - started);
  }
  return latencies;
}

/**
 * Open loop: a send is due every `1 / rate` seconds whatever became of those before, and its time counts from when it was
 * due, so that a stall is seen by all that it delays.
 */
export async function firstAttemptsSteady(world: World, way: Way, rate: number, seconds: number): Promise<number[]> {
  const begun = performance.now() + 50;
  return Promise.all(
    Array.from({ length: Math.round(rate * seconds) }, async (_, person) => {
      const due = begun + (person * 1000) / rate;
      await sleep(due - performance.now());
      const arrival = world.sink.arrival(way.address(person), LATEST_MS);
      await Promise.all([way.send(person), arrival]);
      return (await arrival) - due;
    }),
  );
}

/** Idle, and at rates that the baseline holds too. */
export async function measureFirstAttempts({ world, report, size }: Run): Promise<void> {
  const ways = [gatewayWay(world), naiveWay(world)] as const;
  const [ours, theirs] = [
    await firstAttemptsIdle(world, ways[0], size.singles),
    await firstAttemptsIdle(world, ways[1], size.singles),
  ];
  report.add({
    ...{ what: `${WHAT}, idle, p50`, unit: 'ms', ours: percentile(ours, 0.5) },
    against: { name: AGAINST, value: percentile(theirs, 0.5) },
    target: { of: 'ratio', atMost: 0.5 },
  });
  report.add({
    ...{ what: `${WHAT}, idle, p99`, unit: 'ms', ours: percentile(ours, 0.99) },
    against: { name: AGAINST, value: percentile(theirs, 0.99) },
    target: { of: 'value', atMost: 50 },
  });
  for (const rate of RATES) {
    const steady = [];
    for (const way of ways) {
      steady.push(await firstAttemptsSteady(world, way, rate, size.seconds));
      await settled(world);
    }
    for (const share of [0.5, 0.99])
      report.add({
        ...{ what: `${WHAT}, ${rate}/s, p${share * 100}`, unit: 'ms', ours: percentile(steady[0] ?? [], share) },
        against: { name: AGAINST, value: percentile(steady[1] ?? [], share) },
      });
  }
}

/** A thousand sends a second, open loop; the last second alone tells whether they queue up. */
export async function measureSteady({ world, report, size }: Run): Promise<void> {
  const watch = world.sink.watch(/^p\d/);
  const count = Math.round(HIGH_RATE * size.seconds);
  const ours = await firstAttemptsSteady(world, gatewayWay(world), HIGH_RATE, size.seconds);
  await settled(world);
  watch.end();
  const heard = [...watch.counts.values()].reduce((sum, times) => sum + times, 0);
  if (heard !== count) throw new Error(`the sink was asked ${heard} times for ${count} sends`);
  const what = `${WHAT}, 1,000/s`;
  const add = (name: string, latencies: readonly number[], share: number, atMost?: number): void =>
    report.add({
      ...{ what: `${what}, ${name}`, unit: 'ms', ours: percentile(latencies, share) },
      ...(atMost === undefined ? {} : { target: { of: 'value', atMost } }),
    });
  add('p50', ours, 0.5);
  add('p99', ours, 0.99, 200);
  add('p99 of the last second', ours.slice(-HIGH_RATE), 0.99, 200);
  const carried = (count * 1000) / (size.seconds * 1000 + Math.max(...ours.slice(-HIGH_RATE)));
  report.add({ what: `${what}, carried out`, unit: '/s', ours: carried });
}
