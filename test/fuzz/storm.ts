import { Agent, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { caseOf, type Aim, type Case } from './cases.js';

export interface Told {
  readonly seed: string;
  readonly from: number;
  readonly count: number;
}

export interface Storm {
  /** How often each status was answered, by the proof that came: `good`, or none that fits. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Proven ones that were taken, by vendor. */
  readonly taken: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Bytes that this process holds, after a tenth of the requests and after all. */
  readonly before: number;
  readonly after: number;
  readonly findings: readonly string[];
}

const AT_ONCE = 32;
const FINDINGS_MAX = 20;
/** A body beyond the limit is answered before it is read: its writer may find the connection closed. */
const MAY_BE_CUT = 900_000;

/** Posts the cases of a seed over kept connections, and looks at every answer. */
export async function storm(aim: Aim, { seed, from, count }: Told): Promise<Storm> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const [statuses, taken] = [new Map<string, number>(), new Map<string, number>()];
  const findings: string[] = [];
  const began = performance.now();
  let next = from;
  const worker = async (end: number): Promise<void> => {
    while (next < end && findings.length < FINDINGS_MAX) {
      const nth = next;
      next += 1;
      const one = caseOf(seed, nth, aim);
      const status = await post(agent, aim.origin, one).catch((error: unknown) => String(error));
      const finding = findingOf(one, status);
      if (finding !== null)
        findings.push(`${finding}: ${one.name}; npm run fuzz -- --seed ${seed} --from ${nth} --count 1`);
      add(statuses, `${one.mayPass ? 'proven' : 'forged'} ${typeof status === 'number' ? status : 'cut'}`);
      if (one.mayPass && status === 200) add(taken, one.vendor);
    }
  };
  const workers = (end: number) => Promise.all(Array.from({ length: AT_ONCE }, () => worker(end)));
  await workers(from + Math.ceil(count / 10));
  const before = residentAfterCollection();
  await workers(from + count);
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  return { statuses, taken, seconds, before, after: residentAfterCollection(), findings };
}

function findingOf(one: Case, status: number | string): string | null {
  if (typeof status === 'string') return one.body.length > MAY_BE_CUT ? null : status;
  if (status >= 500) return `answered ${status}`;
  return status < 400 && !one.mayPass ? `a forgery was answered ${status}` : null;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function post(agent: Agent, origin: string, { method, path, headers, body }: Case): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = [...headers, 'content-length', String(body.length)];
    const { hostname, port } = new URL(origin);
    const call = request({ agent, hostname, port, method, path, headers: all, setHost: false });
    call.once('error', reject);
    call.once('response', (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    call.end(body);
  });
}

/** What remains when everything that can be let go of has been. */
function residentAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 3; times += 1) collect();
  return process.memoryUsage().rss;
}
