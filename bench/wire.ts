import { WebSocket } from 'ws';

/** An event as the widget asks for it, without what no measurement looks at. */
export interface WireEvent {
  readonly type: string;
  readonly version: number;
  readonly item?: { readonly id: string; readonly title: string };
}

/** Much of what the widget asks for. */
export const EVENTS = `subscription Events($after: Int) { inboxEvents(after: $after) {
  type: __typename version counts { unseen unread }
  ... on InboxItemAdded { item { id version title body url data tags urgent groupKey toast createdAt seenAt readAt } }
  ... on InboxItemChanged { item { id version title body url data tags urgent groupKey toast createdAt seenAt readAt } }
  ... on InboxItemRemoved { itemId }
  ... on InboxReset { reason } } }`;

/** Sockets from one address of this machine: a port each, of which there are some 28,000. */
const PER_ADDRESS = 5_000;
let opened = 0;

/** An open inbox as thin as the protocol allows: thousands of them shall cost the machine little besides the gateway. */
export interface Wire {
  /** Cuts it off, as a dead network does. */
  cut(): void;
}

/** Resolves when the gateway has taken the subscription's message; rejects when it closes the socket before. */
export async function openWire(
  graphql: string,
  token: string,
  after: number | null,
  hear: (event: WireEvent) => void,
): Promise<Wire> {
  const localAddress = `127.0.0.${1 + (Math.floor(opened / PER_ADDRESS) % 200)}`;
  opened += 1;
  const socket = new WebSocket(graphql.replace('http', 'ws'), 'graphql-transport-ws', {
    ...{ localAddress, perMessageDeflate: false, skipUTF8Validation: true },
  });
  return new Promise((resolve, reject) => {
    // Later ones, too: whoever is reset by a busy machine is missed by those who count frames.
    socket.on('error', reject);
    socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason.toString()}`)));
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
    );
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; payload?: { data?: { inboxEvents?: WireEvent } } };
      if (message.type === 'connection_ack') {
        const payload = { query: EVENTS, variables: { after } };
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
        resolve({ cut: () => socket.terminate() });
        return;
      }
      const event = message.payload?.data?.inboxEvents;
      if (event) hear(event);
      else if (message.type !== 'ping') process.stderr.write(`a socket heard ${data.toString()}\n`);
    });
  });
}

/** Runs `work` for `0` to `count - 1`, so many at a time. */
export async function eachOf<T>(count: number, atOnce: number, work: (nth: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let nth = next; nth < count; nth = next) {
      next += 1;
      results[nth] = await work(nth);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
