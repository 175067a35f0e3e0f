import autocannon from 'autocannon';
import { naiveId } from './first-attempt.ts';
import { SEND, type Caller } from './gateway.ts';
import { FEW, type World } from './world.ts';

export interface Accepted {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p99: number;
}

const CALLERS = 64;
const CONTENT = { title: 'Hello', body: 'A few words for you alone.' };

/** Callers that each send, wait for the durable answer and send again. Throws when a single answer is not a stored send. */
async function hammer(
  target: { url: string; headers: Readonly<Record<string, string>> },
  body: (person: number) => object,
  isStored: (answer: string) => boolean,
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
    verifyBody: isStored,
  });
  const failures = result.errors + result.non2xx + result.mismatches;
  if (failures > 0) throw new Error(`${failures} of ${result.requests.total} calls were not accepted`);
  return { perSecond: result['2xx'] / result.duration, p99: result.latency.p99 };
}

/** The `send` mutation. */
export async function acceptedByGateway(caller: Caller, people: number, seconds: number): Promise<Accepted> {
  return hammer(
    { url: caller.graphql, headers: caller.headers },
    (person) => {
      const to = [{ externalId: `p${person % Math.min(FEW, people)}` }];
      return { query: SEND, variables: { input: { to, category: 'mail', content: CONTENT } } };
    },
    (answer) => answer.includes('"id":"snd_') && answer.includes('"userErrors":[]'),
    seconds,
  );
}

/** One transaction with a row and a pg-boss job a call. `queue`: see naive.ts. */
export async function acceptedByNaive(world: World, queue: 'live' | 'parked', seconds: number): Promise<Accepted> {
  return hammer(
    { url: `${world.naive}/send?queue=${queue}`, headers: { 'content-type': 'application/json' } },
    (person) => ({ recipientId: naiveId(person), ...CONTENT }),
    (answer) => answer.startsWith('{"id":"'),
    seconds,
  );
}
