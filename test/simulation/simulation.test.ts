import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Server } from './server.ts';
import { play } from './story.ts';

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

const first = Number(process.env['SIMULATE_SEED'] ?? 1);
const runs = Number(process.env['SIMULATE_RUNS'] ?? 5);

it('stories', async () => {
  for (let seed = first; seed < first + runs; seed += 1) {
    const began = performance.now();
    const verdict = await play(server, String(seed));
    console.log(
      seed,
      verdict.steps,
      verdict.notifications,
      verdict.calls,
      Math.round(performance.now() - began),
      verdict.findings.slice(0, 6),
    );
    if (verdict.findings.length > 0 && process.env['SIMULATE_STORY']) console.log(verdict.told.join('\n'));
  }
}, 600_000);
