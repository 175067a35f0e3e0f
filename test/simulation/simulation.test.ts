import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Server } from './server.ts';
import { play, type Verdict } from './story.ts';

let database: FreshDatabase;
let server: Server;

beforeAll(async () => {
  database = await freshDatabase();
  server = await Server.open(database.url);
});

afterAll(async () => {
  await server.close();
  await database[Symbol.asyncDispose]();
});

/** Seeds of stories that once went wrong, as they were then. */
const KNOWN = ['1', '11', '2022'];
/** As many more as a slow machine plays in a minute. */
const MORE = 40;

/** What `npm run simulate` asks for; else what CI plays each time. */
function seeds(): string[] {
  const first = process.env['SIMULATE_SEED'];
  const runs = Number(process.env['SIMULATE_RUNS'] ?? 1);
  if (first !== undefined) return Array.from({ length: runs }, (_, nth) => String(Number(first) + nth));
  return [...KNOWN, ...Array.from({ length: MORE }, (_, nth) => String(100 + nth))];
}

it.each(seeds())('the story of seed %s ends well', { timeout: 180_000 }, async (seed) => {
  const verdict = await play(server, seed);
  if (process.env['SIMULATE_SEED'] !== undefined) console.log(summary(verdict));
  const { findings, told } = verdict;
  expect(findings, [...findings, '', ...told, '', `npm run simulate -- --seed ${seed}`].join('\n')).toEqual([]);
});

it('the same seed tells the same story', { timeout: 60_000 }, async () => {
  const [first, again] = [await play(server, '7'), await play(server, '7')];
  expect(again.told).toEqual(first.told);
  expect(again.steps).toBe(first.steps);
});

function summary({ seed, steps, end, told, calls, findings }: Verdict): string {
  const digest = createHash('sha256').update(told.join('\n')).digest('hex').slice(0, 8);
  const verdict = findings.length === 0 ? 'ends well' : findings.join('; ');
  return `seed ${seed}: ${end.notifications.length} notifications, ${calls.length} calls, ${steps} steps, ${digest}: ${verdict}`;
}
