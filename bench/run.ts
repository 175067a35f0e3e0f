import { parseArgs } from 'node:util';
import { measureAccepted } from './accepted.ts';
import { measureCritical } from './critical.ts';
import { measureFanOut, measureWorkers } from './fan-out-rows.ts';
import { measureFirstAttempts, measureSteady } from './first-attempt.ts';
import { measureFrames } from './frames.ts';
import { measureInbox } from './inbox.ts';
import type { Run } from './measure.ts';
import { measureMixed } from './mixed.ts';
import { measurePainted } from './painted.ts';
import { measureRealtime } from './realtime.ts';
import { measureRecovery } from './recovery.ts';
import { describeMachine, PROFILES, Report } from './report.ts';
import { settled } from './rest.ts';
import { FULL, QUICK } from './size.ts';
import { measureSockets } from './sockets.ts';
import { measureStored } from './stored.ts';
import { measureStorm } from './storm.ts';
import { openWorld } from './world.ts';

/** Rows by the name that `--only` knows, in the order of a round. */
const ROWS: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  'first-attempt': measureFirstAttempts,
  steady: measureSteady,
  accept: measureAccepted,
  'fan-out': measureFanOut,
  workers: measureWorkers,
  critical: measureCritical,
  mixed: measureMixed,
  inbox: measureInbox,
  realtime: measureRealtime,
  sockets: measureSockets,
  frames: measureFrames,
  storm: measureStorm,
  painted: measurePainted,
  recovery: measureRecovery,
  stored: measureStored,
};

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const size = values.quick ? QUICK : FULL;
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) throw new Error('--rounds: expected 1 to 100');
const names = values.only?.split(',') ?? Object.keys(ROWS);
const unknown = names.filter((name) => !(name in ROWS));
if (unknown.length > 0)
  throw new Error(`--only: no row ${unknown.join(', ')}; there are ${Object.keys(ROWS).join(', ')}`);
console.log(`preparing ${size.people.toLocaleString('en')} people`);
const world = await openWorld(size, values.profile ? PROFILES : undefined);
const report = new Report();
let failed = 0;
let saved = '';
try {
  const machine = await describeMachine(world.database);
  // What is loaded and compiled on first use belongs to no round.
  await measureFirstAttempts({ world, report: new Report(), size: { ...size, singles: 10, seconds: 1 } });
  for (let round = 1; round <= rounds; round += 1)
    for (const name of names) {
      const began = performance.now();
      try {
        await ROWS[name]?.({ world, report, size });
        await settled(world);
      } catch (error) {
        failed += 1;
        console.error(`round ${round}, ${name} failed:`, error);
      }
      console.log(`round ${round} of ${rounds}, ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
      // After each row, so that a run that is cut off has said what it knew.
      saved = await report.save({ machine, rounds, size });
    }
  const { cores, memoryGiB, platform, node, postgres } = machine;
  console.log(
    `\n${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}, Postgres ${postgres}; medians of ${rounds} rounds\n`,
  );
  console.log(report.table());
  console.log(`\nevery round: ${saved}`);
} finally {
  await world.stop();
}
// A row that failed is no figure: neither a good one nor a bad one.
if (failed > 0) process.exitCode = 1;
