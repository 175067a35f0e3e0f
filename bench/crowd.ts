import { setTimeout as sleep } from 'node:timers/promises';
import { online } from './inbox.ts';
import { figures } from './process-figures.ts';
import { tokenSigner } from './tokens.ts';
import { eachOf, openWire, type Wire } from './wire.ts';
import type { World } from './world.ts';

/** Handshakes under way at a time. */
const AT_ONCE = 200;

/** Many people with open inboxes. */
export interface Crowd {
  readonly sockets: number;
  /** Calls it with the person of each frame from now on. */
  listen(hear: (person: number) => void): void;
  stop(): Promise<void>;
}

export async function openCrowd(world: World, people: number, tabs: number): Promise<Crowd> {
  const sign = await tokenSigner(world.live);
  let hear = (_person: number): void => undefined;
  const wires = await eachOf(people * tabs, AT_ONCE, (nth): Promise<Wire> => {
    const person = nth % people;
    return openWire(world.live.graphql, sign(`p${person}`), null, () => hear(person));
  });
  await online(world, people);
  await settledReading(world);
  return {
    sockets: people * tabs,
    listen: (other) => (hear = other),
    async stop() {
      for (const wire of wires) wire.cut();
      await offline(world);
    },
  };
}

/** Subscriptions read their inbox after they are online; a moment without work says that they all have. */
async function settledReading(world: World): Promise<void> {
  for (let quiet = 0, tries = 0; quiet < 3 && tries < 40; tries += 1) {
    const before = await figures(world.pid);
    await sleep(300);
    quiet = (await figures(world.pid)).cpuMs - before.cpuMs < 100 ? quiet + 1 : 0;
  }
}

/** Resolves when nobody is connected any more. */
export async function offline({ database }: World): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { rows } = await database.query<{ n: number }>('select count(*)::integer as n from connection');
    if (rows[0]?.n === 0) return;
    await sleep(50);
  }
  throw new Error('the sockets did not go');
}
