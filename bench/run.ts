import { parseArgs } from 'node:util';
import { acceptedByGateway, acceptedByNaive } from './accepted.ts';
import { fanOutByGateway, fanOutByNaive } from './fan-out.ts';
import { firstAttemptsIdle, firstAttemptsSteady, gatewayWay, naiveWay } from './first-attempt.ts';
import { openReaders, toastsIdle, toastsSteady } from './inbox.ts';
import { settled } from './rest.ts';
import { describeMachine, PROFILES, Report } from './report.ts';
import { percentile } from './stats.ts';
import { openWorld, type World } from './world.ts';

/** How much is done in a round. */
interface Size {
  readonly people: number;
  readonly naivePeople: number;
  readonly singles: number;
  readonly seconds: number;
}

const FULL: Size = { people: 50_000, naivePeople: 1_000, singles: 100, seconds: 5 };
const QUICK: Size = { people: 2_000, naivePeople: 200, singles: 20, seconds: 2 };
const RATES = [50, 200];
const READERS = 20;
/** Workers of the naive fan-out: a few, and about where more of them bring nothing. */
const WORKERS = [1, 3, 8];

async function measureFirstAttempts(world: World, report: Report, size: Size): Promise<void> {
  const what = 'send → first attempt';
  const ways = [gatewayWay(world), naiveWay(world)] as const;
  const add = (when: string, ours: readonly number[], baseline: readonly number[]): void => {
    for (const share of [0.5, 0.99])
      report.add(
        `${what}, ${when}, p${share * 100}`,
        'ms',
        'lower',
        percentile(ours, share),
        percentile(baseline, share),
      );
  };
  const idle = [];
  for (const way of ways) idle.push(await firstAttemptsIdle(world, way, size.singles));
  add('idle', idle[0] ?? [], idle[1] ?? []);
  for (const rate of RATES) {
    const steady = [];
    for (const way of ways) {
      steady.push(await firstAttemptsSteady(world, way, rate, size.seconds));
      await settled(world);
    }
    add(`${rate}/s`, steady[0] ?? [], steady[1] ?? []);
  }
}

async function measureAccepted(world: World, report: Report, size: Size): Promise<void> {
  const alone = await acceptedByGateway(world.intake, size.people, size.seconds);
  const naiveAlone = await acceptedByNaive(world, 'parked', size.seconds);
  const what = 'accepted sends, 64 callers';
  report.add(`${what}, accepting alone`, '/s', 'higher', alone.perSecond, naiveAlone.perSecond);
  report.add(`${what}, accepting alone, p99`, 'ms', 'lower', alone.p99, naiveAlone.p99);
  const whole = await acceptedByGateway(world.live, size.people, size.seconds);
  await settled(world);
  const naiveWhole = await acceptedByNaive(world, 'live', size.seconds);
  await settled(world);
  report.add(`${what}, while they go out`, '/s', 'higher', whole.perSecond, naiveWhole.perSecond);
  report.add(`${what}, while they go out, p99`, 'ms', 'lower', whole.p99, naiveWhole.p99);
}

async function measureFanOut(world: World, report: Report, size: Size): Promise<void> {
  for (const [caller, provider, by] of [
    [world.test, 'wait', 'simulated provider'],
    [world.live, 'http', 'SendGrid adapter over HTTP'],
  ] as const) {
    const what = `fan-out to ${size.people.toLocaleString('en')}, ${by}`;
    const ours = await fanOutByGateway(world, caller);
    for (const workers of WORKERS) {
      const naive = await fanOutByNaive(world, { count: size.naivePeople, workers, provider });
      report.add(`${what}, naive with ${workers} workers`, '/s', 'higher', ours.perSecond, naive.perSecond);
      if (workers === WORKERS[0])
        report.add(`${what}, write-ahead log`, 'B each', 'lower', ours.walBytes, naive.walBytes);
    }
  }
}

async function measureInbox(world: World, report: Report, size: Size): Promise<void> {
  const readers = await openReaders(world, READERS);
  const add = (when: string, latencies: readonly number[]): void => {
    for (const share of [0.5, 0.99])
      report.add(`send → websocket client, ${when}, p${share * 100}`, 'ms', 'lower', percentile(latencies, share));
  };
  try {
    add('idle', await toastsIdle(readers, size.singles));
    for (const rate of RATES) add(`${rate}/s`, await toastsSteady(readers, rate, size.seconds));
  } finally {
    await readers.stop();
  }
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const size = values.quick ? QUICK : FULL;
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error('--rounds: expected 1 to 100');
console.log(`preparing ${size.people.toLocaleString('en')} people`);
const world = await openWorld(size.people, values.profile ? PROFILES : undefined);
try {
  const machine = await describeMachine(world.database);
  const report = new Report();
  // What is loaded and compiled on first use belongs to no round.
  await measureFirstAttempts(world, new Report(), { ...size, singles: 10, seconds: 1 });
  for (let round = 1; round <= rounds; round += 1) {
    const began = performance.now();
    for (const measure of [measureFirstAttempts, measureAccepted, measureFanOut, measureInbox])
      await measure(world, report, size);
    console.log(`round ${round} of ${rounds}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  const { cores, memoryGiB, platform, node, postgres } = machine;
  console.log(
    `\n${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}, Postgres ${postgres}; medians of ${rounds} rounds\n`,
  );
  console.log(report.table());
  console.log(`\nevery round: ${await report.save({ machine, rounds, size })}`);
} finally {
  await world.stop();
}
