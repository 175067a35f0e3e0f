import { setTimeout as sleep } from 'node:timers/promises';
import { broadcastToSink } from './fan-out.ts';
import { firstAttemptsSteady, gatewayWay } from './first-attempt.ts';
import type { Run } from './measure.ts';
import { percentile } from './stats.ts';
import { URGENT } from './world.ts';

const RATE = 20;
/** Until the fan-out is in full swing. */
const RUN_UP_MS = 1_000;

/** Sends in the critical lane while a fan-out to everybody in the bulk lane is carried out by the same process. */
export async function measureCritical({ world, report, size }: Run): Promise<void> {
  const before = world.sink.taken();
  const bulk = broadcastToSink(world, 'everybody', size.people);
  await sleep(RUN_UP_MS);
  const way = gatewayWay(world, 'alarm', (person) => `urgent${person % URGENT}`);
  const latencies = await firstAttemptsSteady(world, way, RATE, size.seconds);
  const taken = world.sink.taken() - before;
  if (taken >= size.people) console.log('the bulk had ended before the critical ones: their figure is too good');
  const what = `CRITICAL behind ${size.people.toLocaleString('en')} BULK, send → first attempt`;
  for (const share of [0.5, 0.99])
    report.add({
      ...{ what: `${what}, p${share * 100}`, unit: 'ms', ours: percentile(latencies, share) },
      ...(share === 0.99 ? { target: { of: 'value', atMost: 150 } } : {}),
    });
  await bulk;
}
