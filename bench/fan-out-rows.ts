import { takeSample } from './bare-sample.ts';
import { startGateway } from './gateway.ts';
import {
  broadcast,
  broadcastToSink,
  fanOutByBatches,
  fanOutByNaive,
  openBareLimit,
  type BareLimit,
  type FanOut,
} from './fan-out.ts';
import type { Run } from './measure.ts';

/** Workers of the naive fan-out: a few, and about where more of them bring nothing. */
const WORKERS = [1, 3, 8];

/** One fan-out to everybody beside the bare limit, the batched job a notification and the naive one; by both providers. */
export async function measureFanOut(run: Run): Promise<void> {
  const { world, size } = run;
  let bare: BareLimit | null = null;
  try {
    for (const provider of ['wait', 'http'] as const) {
      const everybody = { database: world.database, topic: 'everybody', count: size.people };
      const ours =
        provider === 'wait'
          ? await broadcast({ caller: world.test, ...everybody })
          : await broadcastToSink(world, 'everybody', size.people);
      const sample = await takeSample(world.database, ours.sendId);
      bare ??= await openBareLimit(world, sample);
      addFanOut(run, provider, ours, await bare.run(sample, size.people));
      await addBaselines(run, provider, ours);
    }
  } finally {
    await bare?.stop();
  }
}

function nameOf({ size }: Run, provider: 'wait' | 'http'): string {
  const by = provider === 'wait' ? 'simulated provider' : 'SendGrid adapter over HTTP';
  return `fan-out to ${size.people.toLocaleString('en')}, ${by}`;
}

function addFanOut(run: Run, provider: 'wait' | 'http', ours: FanOut, bare: FanOut): void {
  const what = nameOf(run, provider);
  run.report.add({
    ...{ what, unit: '/s', ours: ours.perSecond },
    against: { name: 'bare limit', value: bare.perSecond },
    target: { of: 'ratio', atLeast: 0.4 },
  });
  run.report.add({
    ...{ what: `${what}, write-ahead log`, unit: 'B each', ours: ours.walBytes },
    against: { name: 'bare limit', value: bare.walBytes },
    target: { of: 'ratio', atMost: 2.2 },
  });
}

async function addBaselines(run: Run, provider: 'wait' | 'http', ours: FanOut): Promise<void> {
  const { world, report, size } = run;
  const what = nameOf(run, provider);
  const batched = await fanOutByBatches(world, size.people, provider);
  report.add({
    ...{ what, unit: '/s', ours: ours.perSecond },
    against: { name: 'batched job each', value: batched.perSecond },
    target: { of: 'ratio', atLeast: 1.5 },
  });
  report.add({
    ...{ what: `${what}, write-ahead log`, unit: 'B each', ours: ours.walBytes },
    against: { name: 'batched job each', value: batched.walBytes },
  });
  for (const workers of WORKERS) {
    const naive = await fanOutByNaive(world, { count: size.naivePeople, workers, provider });
    report.add({
      ...{ what, unit: '/s', ours: ours.perSecond },
      against: { name: `naive, ${workers} workers`, value: naive.perSecond },
      ...(workers === WORKERS[0] ? { target: { of: 'ratio', atLeast: 30 } } : {}),
    });
  }
}

/** The same fan-out by one process, then by two on the same database. */
export async function measureWorkers({ world, report, size }: Run): Promise<void> {
  const some = { caller: world.test, database: world.database, topic: 'some', count: size.some };
  const one = await broadcast(some);
  const second = await startGateway({ DATABASE_URL: await world.databaseUrl(), ROLE: 'worker' });
  try {
    const two = await broadcast(some);
    report.add({
      ...{ what: `fan-out to ${size.some.toLocaleString('en')} by two processes`, unit: '/s', ours: two.perSecond },
      against: { name: 'one process', value: one.perSecond },
    });
  } finally {
    await second.stop();
  }
}
