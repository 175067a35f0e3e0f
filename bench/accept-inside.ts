import type * as AppModule from '../src/app.ts';
import type * as ConfigModule from '../src/config.ts';
import type * as AcceptModule from '../src/send/accept.ts';
import { hammerInside } from './hammer.ts';
import { answerAt } from './program.ts';

/**
 * The product's composition root in a process of the bench, so that its acceptor can be called without HTTP: the API
 * role, nothing is carried out.
 *
 * `POST /accept?callers=&seconds=&people=` answers `{ perSecond, p99 }`; the first send has to come over HTTP before (its
 * address: `POST /graphql-url`), because it shows which environment and what form of a request the acceptor takes.
 */
const load = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(`../dist/src/${path}`, import.meta.url).href)) as Module;
const { startApp } = await load<typeof AppModule>('app.js');
const { parseConfig } = await load<typeof ConfigModule>('config.js');
const { Acceptor } = await load<typeof AcceptModule>('send/accept.js');

type Accept = (typeof Acceptor)['prototype']['accept'];
type Seen = { readonly acceptor: InstanceType<typeof Acceptor>; readonly with: Parameters<Accept> };

let seen: Seen | null = null;
const accept = Reflect.get(Acceptor.prototype, 'accept');
Acceptor.prototype.accept = function watched(this: InstanceType<typeof Acceptor>, ...args: Parameters<Accept>) {
  seen = { acceptor: this, with: args };
  return accept.apply(this, args);
};

const parsed = parseConfig(process.env);
if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
const app = await startApp(parsed.config);

async function acceptFor(callers: number, seconds: number, people: number) {
  if (!seen) throw new Error('no send came over HTTP yet');
  const { acceptor } = seen;
  const [environmentId, request] = seen.with;
  let person = 0;
  return hammerInside(callers, seconds, async () => {
    person += 1;
    const to = [{ ...request.to?.[0], externalId: `p${person % people}` }] as typeof request.to;
    const accepted = await accept.call(acceptor, environmentId, { ...request, to });
    if (!('send' in accepted)) throw new Error(JSON.stringify(accepted.problems));
  });
}

answerAt(
  {
    '/graphql-url': async () => ({ url: `http://127.0.0.1:${app.port}` }),
    '/accept': async (_body, query) => {
      const [callers, seconds, people] = ['callers', 'seconds', 'people'].map((name) => Number(query.get(name)));
      return acceptFor(callers ?? 0, seconds ?? 0, people ?? 0);
    },
  },
  () => app.stop(),
);
