import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { uuidv7 } from '../../src/base/ids.js';
import { recordReport } from '../../src/recipients/reports.js';
import { Random } from '../chaos/random.ts';
import { audit } from './audit.ts';
import { directDb, drawParts, fill, kindOf, type Cast, type Parts } from './cast.ts';
import { readEnd, type End } from './end.ts';
import { plot, screen, type Told } from './plot.ts';
import type { Server } from './server.ts';
import { Vendor, type Received, type Reporter } from './vendor.ts';
import { World } from './world.ts';

export interface Verdict {
  readonly seed: string;
  readonly findings: readonly string[];
  /** All that happened, in order, and what the database has at the end. */
  readonly told: readonly string[];
  readonly steps: number;
  readonly end: End;
  readonly calls: readonly Received[];
}

/** Every story begins at this moment. */
const BEGIN = Date.UTC(2027, 0, 4, 8);

/** Everything that a story has left to be judged. */
export interface Remains {
  readonly world: World;
  readonly cast: Cast;
  readonly told: Told;
  readonly end: End;
  readonly rested: boolean;
}

/** A story that has not been told yet: the cast is there, and processes run. */
export interface Stage {
  readonly world: World;
  readonly cast: Cast;
  readonly told: Told;
  readonly vendors: readonly Vendor[];
  /** Lets it come to its end, and judges it. */
  end(): Promise<Verdict>;
}

/** Plays one story from its seed to its end, and judges it. The same seed plays the same story. */
export async function play(server: Server, seed: string): Promise<Verdict> {
  return onStage(server, seed, drawParts(new Random(`cast of ${seed}`)), async (stage) => {
    screen(stage.world);
    plot(stage.world, stage.cast, stage.told);
    return stage.end();
  });
}

/** Sets the stage for one story, with the ids and the database that it finds each time. */
export async function onStage<T>(
  server: Server,
  seed: string,
  parts: Parts,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const restore = seedIds(seed);
  try {
    await server.empty();
    const world = new World(server, seed, BEGIN);
    const cast = await fill(directDb(server.admin), parts, new Date(BEGIN));
    for (const integration of cast.integrations) {
      const { provider } = integration;
      const vendor = new Vendor(provider, kindOf(integration), world.timeline, seed, reporter(world, cast));
      world.vendors.set(provider, vendor);
    }
    for (let count = 0; count < parts.processes; count += 1) world.start();
    const told: Told = { asked: new Map(), accepted: new Map(), canceled: new Set() };
    return await work({
      ...{ world, cast, told, vendors: [...world.vendors.values()] },
      end: () => judge(server, seed, { world, cast, told }),
    });
  } finally {
    restore();
  }
}

async function judge(server: Server, seed: string, stage: Pick<Stage, 'world' | 'cast' | 'told'>): Promise<Verdict> {
  const { world } = stage;
  const rested = await world.run();
  const end = await readEnd(server.admin);
  for (const { owner } of world.processes) await world.gate.kill(owner);
  const findings = audit({ ...stage, end, rested });
  const calls = [...world.vendors.values()].flatMap((vendor) => vendor.ledger);
  return { seed, findings, told: [...world.trace, ...end.lines], steps: world.steps, end, calls };
}

/** A vendor's word reaches us over a webhook, again and again until we take it. */
function reporter(world: World, cast: Cast): Reporter {
  return (received, report, providerId) => {
    const [, ordinal, number] = received.attemptId.split('.').map(Number) as [number, number, number];
    const { notificationId } = received;
    const word = { notificationId, ordinal, number, report, providerId, detail: null };
    world.act(`report ${report} of ${received.attemptId}`, (process) =>
      process.inTransaction((tx) =>
        recordReport(tx, process.direct, cast.environmentId, { ...word, at: process.clock.now() }),
      ),
    );
  };
}

/** Ids draw from a pool of random bytes; so many use up what is left in it. */
const POOL_OF_IDS = 256;

/** Ids come from chance; in a story chance comes from the seed. */
function seedIds(seed: string): () => void {
  const real = crypto.randomBytes;
  let random = new Random(seed);
  const seeded = (size: number): Buffer => {
    // The pool is filled anew: from here on all of it is this story's.
    if (size > POOL_OF_IDS) random = new Random(`ids ${seed}`);
    return Buffer.from(Array.from({ length: size }, () => random.between(0, 255)));
  };
  const use = (generator: unknown): void => {
    Object.assign(crypto, { randomBytes: generator });
    syncBuiltinESMExports();
  };
  const pool = { filled: false };
  use((size: number) => {
    pool.filled ||= size > POOL_OF_IDS;
    return seeded(size);
  });
  for (let count = 0; count <= POOL_OF_IDS && !pool.filled; count += 1) uuidv7(new Date(0));
  use(seeded);
  return () => {
    use(real);
    // Nobody after us gets an id of this story's.
    for (let count = 0; count <= POOL_OF_IDS; count += 1) uuidv7(new Date(0));
  };
}
