import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { recordReport } from '../../src/recipients/reports.js';
import { Random } from '../chaos/random.ts';
import { audit } from './audit.ts';
import { directDb, fill, kindOf, type Cast } from './cast.ts';
import { readEnd, type End } from './end.ts';
import { plot, screen, type Told } from './plot.ts';
import type { Server } from './server.ts';
import { Vendor, type Reporter } from './vendor.ts';
import { World } from './world.ts';

export interface Verdict {
  readonly seed: string;
  readonly findings: readonly string[];
  /** All that happened, in order, and what the database has at the end. */
  readonly told: readonly string[];
  readonly steps: number;
  readonly notifications: number;
  readonly calls: number;
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

/** Plays one story from its seed to its end, and judges it. The same seed plays the same story. */
export async function play(server: Server, seed: string): Promise<Verdict> {
  const restore = seedIds(seed);
  try {
    await server.empty();
    const world = new World(server, seed, BEGIN);
    const cast = await fill(directDb(server.admin), world.random, new Date(BEGIN));
    for (const integration of cast.integrations)
      world.vendors.set(
        integration.provider,
        new Vendor(integration.provider, kindOf(integration), world.timeline, seed, reporter(world, cast)),
      );
    for (let count = world.random.between(1, 3); count > 0; count -= 1) world.start();
    screen(world);
    const told = plot(world, cast);
    const rested = await world.run();
    const end = await readEnd(server.admin);
    for (const { owner } of world.processes) await world.gate.kill(owner);
    const findings = audit({ world, cast, told, end, rested });
    const calls = [...world.vendors.values()].flatMap((vendor) => vendor.ledger).length;
    const notifications = end.notifications.length;
    return { seed, findings, told: [...world.trace, ...end.lines], steps: world.steps, notifications, calls };
  } finally {
    restore();
  }
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

/** Ids come from chance; in a story chance comes from the seed. */
function seedIds(seed: string): () => void {
  const real = crypto.randomBytes;
  const random = new Random(`ids ${seed}`);
  const seeded = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => random.between(0, 255)));
  Object.assign(crypto, { randomBytes: seeded });
  syncBuiltinESMExports();
  return () => {
    Object.assign(crypto, { randomBytes: real });
    syncBuiltinESMExports();
  };
}
