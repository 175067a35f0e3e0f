import { setTimeout as sleep } from 'node:timers/promises';
import { SEND } from './gateway.ts';
import { FEW, type World } from './world.ts';

/** One send to one person, by number; resolves when it is answered. */
interface Way {
  readonly address: (person: number) => string;
  readonly send: (person: number) => Promise<unknown>;
}

const LATEST_MS = 30_000;
const CONTENT = { title: 'Hello', body: 'A few words for you alone.' };

/** Over the API, then routing, the ledger and the SendGrid adapter. */
export function gatewayWay({ live, people }: World): Way {
  const name = (person: number): string => `p${person % Math.min(FEW, people)}`;
  return {
    address: (person) => `${name(person)}@example.com`,
    send: (person) =>
      live.call(SEND, { input: { to: [{ externalId: name(person) }], category: 'mail', content: CONTENT } }),
  };
}

/** Row and job in one transaction, and a worker that LISTEN/NOTIFY wakes. */
export function naiveWay({ naive }: World): Way {
  return {
    address: (person) => `n${person % FEW}@example.com`,
    send: async (person) => {
      const body = JSON.stringify({ recipientId: naiveId(person), ...CONTENT });
      const response = await fetch(`${naive}/send?queue=live`, { method: 'POST', body });
      if (!response.ok) throw new Error(`the baseline refused it: ${await response.text()}`);
      await response.arrayBuffer();
    },
  };
}

/** The baseline's id of a person. */
export function naiveId(person: number): string {
  return `00000000-0000-4000-8000-${String(person % FEW).padStart(12, '0')}`;
}

/** One at a time with a pause: milliseconds from the call to the provider's receipt. */
export async function firstAttemptsIdle(world: World, way: Way, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let person = 0; person < count; person += 1) {
    await sleep(25);
    const arrival = world.sink.arrival(way.address(person), LATEST_MS);
    const started = performance.now();
    await way.send(person);
    latencies.push((await arrival) - started);
  }
  return latencies;
}

/**
 * Open loop: a send is due every `1 / rate` seconds whatever became of those before, and its time counts from when it was
 * due, so that a stall is seen by all that it delays.
 */
export async function firstAttemptsSteady(world: World, way: Way, rate: number, seconds: number): Promise<number[]> {
  const begun = performance.now() + 50;
  return Promise.all(
    Array.from({ length: Math.round(rate * seconds) }, async (_, person) => {
      const due = begun + (person * 1000) / rate;
      await sleep(due - performance.now());
      const arrival = world.sink.arrival(way.address(person), LATEST_MS);
      await Promise.all([way.send(person), arrival]);
      return (await arrival) - due;
    }),
  );
}
