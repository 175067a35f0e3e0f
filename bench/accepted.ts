import autocannon from 'autocannon';
import { naiveId } from './first-attempt.ts';
import { BOOTSTRAP_KEY, callerWith, SEND, type Caller } from './gateway.ts';
import { ask } from './http-post.ts';
import type { Run } from './measure.ts';
import { settled } from './rest.ts';
import { FEW, type World } from './world.ts';

interface Accepted {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p99: number;
}

const CALLERS = 64;
const CONTENT = { title: 'Hello', body: 'A few words for you alone.' };
/** The same mutation with the same input, read and checked alike, that does nothing. */
const NOTHING = `mutation ($input: SendInput!) { __typename
  send(input: $input) @skip(if: true) { send { id } userErrors { code message } } }`;

/** Callers that each send, wait for the durable answer and send again. Throws when a single answer is not a stored send. */
async function hammer(
  target: { url: string; headers: Readonly<Record<string, string>> },
  body: (person: number) => object,
  isGood: (answer: string) => boolean,
  seconds: number,
): Promise<Accepted> {
  let person = 0;
  const result = await autocannon({
    url: target.url,
    method: 'POST',
    headers: { ...target.headers },
    connections: CALLERS,
    duration: seconds,
    requests: [
      {
        setupRequest: (request) => {
          person += 1;
          return { ...request, body: JSON.stringify(body(person)) };
        },
      },
    ],
    verifyBody: isGood,
  });
  const failures = result.errors + result.non2xx + result.mismatches;
  if (failures > 0) throw new Error(`${failures} of ${result.requests.total} calls were not accepted`);
  return { perSecond: result['2xx'] / result.duration, p99: result.latency.p99 };
}

function mutationOf(query: string, people: number): (person: number) => object {
  return (person) => {
    const to = [{ externalId: `p${person % Math.min(FEW, people)}` }];
    return { query, variables: { input: { to, category: 'mail', content: CONTENT } } };
  };
}

/** The `send` mutation. */
async function acceptedByGateway(caller: Caller, people: number, seconds: number): Promise<Accepted> {
  const isStored = (answer: string): boolean => answer.includes('"id":"snd_') && answer.includes('"userErrors":[]');
  return hammer({ url: caller.graphql, headers: caller.headers }, mutationOf(SEND, people), isStored, seconds);
}

/** A mutation that does nothing on the same server, with the same credential and input. */
async function nothingDone(caller: Caller, people: number, seconds: number): Promise<Accepted> {
  const isDone = (answer: string): boolean => answer.trim() === '{"data":{"__typename":"Mutation"}}';
  return hammer({ url: caller.graphql, headers: caller.headers }, mutationOf(NOTHING, people), isDone, seconds);
}

/** One transaction with a row and a pg-boss job a call. `queue`: see naive.ts. */
async function acceptedByNaive(world: World, queue: 'live' | 'parked', seconds: number): Promise<Accepted> {
  return hammer(
    { url: `${world.naive}/send?queue=${queue}`, headers: { 'content-type': 'application/json' } },
    (person) => ({ recipientId: naiveId(person), ...CONTENT }),
    (answer) => answer.startsWith('{"id":"'),
    seconds,
  );
}

/** Accepting by callers in the process itself, on the database of the gateway that only accepts. */
async function acceptedInside({ world, size }: Run): Promise<Accepted> {
  const env = { PORT: '0', BOOTSTRAP_API_KEY: BOOTSTRAP_KEY, DEMO: 'off', LOG_LEVEL: 'error', ROLE: 'api' };
  const served = await world.start('accept-inside.ts', 'intake', env);
  try {
    const app = await ask<{ url: string }>(`${served.url}/graphql-url`);
    const caller = callerWith(app, BOOTSTRAP_KEY);
    await caller.call(SEND, { input: { to: [{ externalId: 'p0' }], category: 'mail', content: CONTENT } });
    const people = Math.min(FEW, size.people);
    const path = (seconds: number): string => `/accept?callers=${CALLERS}&seconds=${seconds}&people=${people}`;
    // What is compiled on first use belongs to no round: this process is new in each.
    await ask(`${served.url}${path(1)}`);
    return await ask<Accepted>(`${served.url}${path(size.seconds)}`);
  } finally {
    await served.stop();
  }
}

/** Rows for 64 callers: in the process, over HTTP with nobody carrying out, over HTTP while they go out. */
export async function measureAccepted(run: Run): Promise<void> {
  const { world, report, size } = run;
  const { people, seconds } = size;
  const what = 'accepted sends, 64 callers';
  const add = (how: string, ours: Accepted, name: string, other: Accepted, atLeast?: number): void => {
    report.add({
      ...{ what: `${what}, ${how}`, unit: '/s', ours: ours.perSecond, against: { name, value: other.perSecond } },
      ...(atLeast === undefined ? {} : { target: { of: 'ratio', atLeast } }),
    });
    report.add({ what: `${what}, ${how}, p99`, unit: 'ms', ours: ours.p99, against: { name, value: other.p99 } });
  };
  const inside = await acceptedInside(run);
  const naiveInside = await ask<Accepted>(`${world.naive}/accept?callers=${CALLERS}&seconds=${seconds}`);
  add('in the process', inside, 'a transaction and a job each', naiveInside, 5);

  const nothing = await nothingDone(world.intake, people, seconds);
  const alone = await acceptedByGateway(world.intake, people, seconds);
  add('over HTTP', alone, 'a mutation that does nothing', nothing, 0.8);
  const naiveAlone = await acceptedByNaive(world, 'parked', seconds);
  add('over HTTP', alone, 'a transaction and a job each', naiveAlone);

  const whole = await acceptedByGateway(world.live, people, seconds);
  await settled(world);
  const naiveWhole = await acceptedByNaive(world, 'live', seconds);
  await settled(world);
  add('while they go out', whole, 'a transaction and a job each', naiveWhole);
}
