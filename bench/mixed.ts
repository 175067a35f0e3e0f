import { setTimeout as sleep } from 'node:timers/promises';
import { broadcastToSink } from './fan-out.ts';
import { firstAttemptsSteady, gatewayWay } from './first-attempt.ts';
import { openReaders, toastsSteady } from './inbox.ts';
import type { Run } from './measure.ts';
import { settled } from './rest.ts';
import { percentile } from './stats.ts';
import { URGENT } from './world.ts';

const READERS = 20;
const SINGLES = 30;
const TOASTS = 20;

/** Single e-mails, toasts that are acknowledged, and a fan-out, all at once. */
export async function measureMixed({ world, report, size }: Run): Promise<void> {
  const readers = await openReaders(world, READERS);
  try {
    const bulk = broadcastToSink(world, 'some', size.some);
    await sleep(200);
    const way = gatewayWay(world, 'mail', (person) => `urgent${person % URGENT}`);
    const [mails, toasts] = await Promise.all([
      firstAttemptsSteady(world, way, SINGLES, size.seconds),
      toastsSteady(readers, TOASTS, size.seconds),
    ]);
    const { perSecond } = await bulk;
    const what = 'all at once';
    for (const share of [0.5, 0.99]) {
      const name = `p${share * 100}`;
      report.add({ what: `${what}: ${SINGLES} e-mails/s, ${name}`, unit: 'ms', ours: percentile(mails, share) });
      report.add({ what: `${what}: ${TOASTS} toasts/s, shown, ${name}`, unit: 'ms', ours: percentile(toasts, share) });
    }
    report.add({ what: `${what}: fan-out to ${size.some.toLocaleString('en')}`, unit: '/s', ours: perSecond });
  } finally {
    await readers.stop();
  }
  await settled(world);
}
