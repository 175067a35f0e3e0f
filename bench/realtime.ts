import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { broadcast } from './fan-out.ts';
import { online, tokenOf } from './inbox.ts';
import type { Run } from './measure.ts';
import type { World } from './world.ts';

const EVENTS = `subscription { inboxEvents { __typename version ... on InboxItemAdded { item { id title } } } }`;
/** People of the fan-out who look at their inbox meanwhile. */
const WATCHERS = 200;

/**
 * Fan-outs by e-mail with a copy in everybody's inbox: nobody is connected, then some are and see their copy appear. The
 * same rows are written both times.
 */
export async function measureRealtime({ world, report, size }: Run): Promise<void> {
  const { database, live: caller } = world;
  const some = { caller, database, topic: 'some', count: size.some, category: 'copy' };
  const off = await broadcast(some);
  const watchers = await openWatchers(world, Math.min(WATCHERS, size.some));
  try {
    const on = await broadcast(some);
    await watchers.all();
    report.add({
      ...{ what: `fan-out with inbox copies, ${WATCHERS} connected`, unit: '/s', ours: on.perSecond },
      against: { name: 'nobody connected', value: off.perSecond },
      target: { of: 'ratio', atLeast: 0.65 },
    });
  } finally {
    await watchers.stop();
  }
}

interface Watchers {
  /** Resolves when each has seen one more item. */
  all(): Promise<void>;
  stop(): Promise<void>;
}

async function openWatchers(world: World, count: number): Promise<Watchers> {
  const clients: Client[] = [];
  const seen = new Set<number>();
  const everyone = Promise.withResolvers<void>();
  for (let person = 0; person < count; person += 1) {
    const authorization = `Bearer ${await tokenOf(world.live, person)}`;
    const client = createClient({
      url: world.live.graphql.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    clients.push(client);
    client.subscribe<{ inboxEvents: { item?: { id: string } } }>(
      { query: EVENTS },
      {
        next: ({ data }) => {
          if (data?.inboxEvents.item) seen.add(person);
          if (seen.size === count) everyone.resolve();
        },
        error: (error) => everyone.reject(new Error(`a watcher's socket: ${JSON.stringify(error)}`)),
        complete: () => undefined,
      },
    );
  }
  await online(world, count);
  return {
    async all() {
      const late = setTimeout(
        () => everyone.reject(new Error(`${count - seen.size} of ${count} watchers saw nothing`)),
        30_000,
      );
      await everyone.promise;
      clearTimeout(late);
    },
    async stop() {
      for (const client of clients) await client.dispose();
    },
  };
}
