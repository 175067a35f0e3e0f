import type { ExecutionArgs } from 'graphql';
import type * as SchemaModule from '../src/graphql/schema.ts';
import type * as FramesModule from '../src/http/frames.ts';
import type * as OperationsModule from '../src/http/operations.ts';
import type { Run } from './measure.ts';
import { EVENTS } from './wire.ts';

/**
 * What it costs to read a document, to make an event's frame, and to send the same one to a further tab: the product's own
 * functions in the bench's process, without a socket or a database.
 */
export async function measureFrames({ report }: Run): Promise<void> {
  const load = async <Module>(path: string): Promise<Module> =>
    (await import(new URL(`../dist/src/${path}`, import.meta.url).href)) as Module;
  const { makeSchema } = await load<typeof SchemaModule>('graphql/schema.js');
  const { Operations } = await load<typeof OperationsModule>('http/operations.js');
  const { framesOf } = await load<typeof FramesModule>('http/frames.js');
  const schema = await makeSchema();
  const prepare = () => new Operations(schema).prepare({ query: EVENTS, variables: { after: 1 } });
  report.add({ what: 'a document: read and checked', unit: 'µs', ours: await costOf(300, async () => void prepare()) });

  const prepared = prepare();
  if ('errors' in prepared) throw new Error('the document was refused');
  const args = { schema, document: prepared.document, variableValues: { after: 1 }, contextValue: {} } as ExecutionArgs;
  type Framing = Parameters<typeof framesOf>[2];
  const framing = {
    ...{ services: { database: {} }, caller: null, prepared, args, send: async () => undefined },
    mask: (error: unknown) => {
      throw error;
    },
  } as unknown as Framing;
  const frames = async (count: number, event: () => object): Promise<void> => {
    const source = async function* () {
      for (let nth = 0; nth < count; nth += 1) yield event();
    };
    await framesOf('1', source(), framing).next();
  };
  const shared = anEvent();
  await frames(5_000, anEvent);
  const own = await costOf(1, () => frames(MANY, anEvent));
  report.add({ what: 'a frame of an event of its own', unit: 'µs', ours: own / MANY });
  const again = await costOf(1, () => frames(MANY, () => shared));
  report.add({ what: 'a frame of an event that another tab was told of', unit: 'µs', ours: again / MANY });
}

const MANY = 20_000;

/** Microseconds of processor time of one call. */
async function costOf(times: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let nth = 0; nth < times; nth += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

function anEvent(): object {
  const item = {
    ...{ id: 'itm_0199a0f0', version: 4, title: 'For all', url: 'https://shop.example/orders/4711', toast: false },
    body: 'Your order was packed this morning and is on its way; it should be with you tomorrow before noon.',
    ...{ data: { order: 4711, state: 'packed' }, tags: ['orders'], urgent: false, actions: [], groupKey: null },
    ...{ createdAt: new Date(), seenAt: null, readAt: null },
  };
  return { typeName: 'InboxItemAdded', version: 4, counts: { unseen: 1, unread: 1 }, item };
}
