import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { egressTo } from '../../src/base/egress.js';
import { providerRegistry } from '../../src/providers/index.js';
import { VENDORS } from '../support/callbacks/index.js';
import { caseOf } from './cases.js';
import { storm, type Storm, type Told } from './storm.js';
import { World, type Aftermath } from './world.js';

/** What `npm run fuzz` asks for; else what CI posts each time. */
const TOLD: Told = {
  seed: process.env['FUZZ_SEED'] ?? '1',
  from: Number(process.env['FUZZ_FROM'] ?? 0),
  count: Number(process.env['FUZZ_COUNT'] ?? 3_000),
};
/** Megabytes that may stay behind after the first tenth: caches that fill, the heap's own slack, never a leak by the request. */
const GROWTH_MAX = 256;
const MS_EACH = 60;

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(() => world[Symbol.asyncDispose]());

test('every provider that reads callbacks is fuzzed', () => {
  const desk = { clock: systemClock, ruleFor: () => Promise.resolve(null), deliver: () => Promise.resolve() };
  const all = [...providerRegistry(desk as never, systemClock, egressTo([])).values()];
  const reading = all.filter((provider) => 'read' in provider).map((provider) => provider.name);
  expect(VENDORS.map((vendor) => vendor.name).toSorted()).toEqual(reading.toSorted());
});

test('the same seed posts the same', () => {
  const shape = (nth: number) => {
    const { headers: _headers, ...rest } = caseOf('7', nth, world.aim);
    return `${rest.name} ${rest.path} ${rest.mayPass}`;
  };
  const numbers = Array.from({ length: 50 }, (_, nth) => nth);
  expect(numbers.map(shape)).toEqual(numbers.map(shape));
});

test(
  `${TOLD.count} fuzzed callbacks: no 5xx, and none is believed that is not proven`,
  { timeout: 60_000 + TOLD.count * MS_EACH },
  async () => {
    const found = await storm(world.aim, TOLD);
    const left = await world.aftermath(30_000 + TOLD.count * MS_EACH);
    const grown = Math.round((found.after - found.before) / 1e6);
    if (process.env['FUZZ_COUNT'] !== undefined) console.log(summary(found, left));
    const findings = [
      ...found.findings,
      ...left.findings,
      ...(grown > GROWTH_MAX ? [`${grown} MB more than after a tenth`] : []),
    ];
    expect(findings, findings.join('\n')).toEqual([]);
    // Those that are proven are read and stored, of every vendor: else nothing behind the proof would have been tried.
    if (TOLD.count >= 1_000)
      expect([...found.taken.keys()].toSorted()).toEqual(VENDORS.map(({ name }) => name).toSorted());
  },
);

function summary(found: Storm, { stored, outcomes }: Aftermath): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const list = (counts: Iterable<readonly [string, number]>) =>
    [...counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `${name}: ${count}`)
      .join(', ');
  return [
    `seed ${TOLD.seed}, ${TOLD.count} callbacks in ${found.seconds.toFixed(1)} s (${Math.round(TOLD.count / found.seconds)}/s)`,
    `answered   ${list(found.statuses)}`,
    `taken      ${list(found.taken)}`,
    `stored     ${stored} events; ${list(Object.entries(outcomes))}`,
    `memory     ${megabytes(found.before)} after a tenth, ${megabytes(found.after)} after all`,
  ].join('\n');
}
