import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { commits, MessageReader, opensTransaction } from './wire.ts';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  inTransaction: boolean;
  /** A commit is on its way whose answer nobody shall see. */
  ambushed: boolean;
  /** Silent: nothing passes any more, and neither end is told, not even when the other one goes. */
  state: 'open' | 'silent' | 'over';
  /** What has come and shall arrive later, in order. */
  readonly delayed: { readonly due: number; readonly act: () => void }[];
}

/** Stands between one product process and Postgres, and breaks what passes. */
export class DatabaseProxy implements AsyncDisposable {
  /** Commits that took place and whose answers were lost. */
  ambushes = 0;
  private armed = false;
  private delayMs = 0;
  private silent = false;
  private readonly links = new Set<Link>();
  private readonly upstream: number;
  private readonly server: Server;

  private constructor(upstream: number) {
    this.upstream = upstream;
    // Half-open ends are passed on as they are.
    this.server = createServer({ allowHalfOpen: true }, (client) => this.join(client));
  }

  static async start(upstream: number): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(upstream);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Breaks every connection at once. */
  cut(): void {
    for (const link of this.links) this.sever(link);
  }

  /** Lets nothing pass, not even the end of a connection; new connections find the same. */
  hush(): void {
    this.silent = true;
    for (const link of this.links) link.state = 'silent';
  }

  /** Everything that comes from now on arrives this much later. */
  slow(byMs: number): void {
    this.delayMs = byMs;
  }

  /** The next commit's answer is dropped, with its connection. */
  ambush(): void {
    this.armed = true;
  }

  /** No fault any more; connections that were silent end now, as a firewall would at last. */
  calm(): void {
    this.armed = false;
    this.delayMs = 0;
    this.silent = false;
    for (const link of this.links) if (link.state === 'silent') this.sever(link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const server = connect({ port: this.upstream, host: '127.0.0.1', allowHalfOpen: true });
    const state = this.silent ? 'silent' : 'open';
    const link: Link = { client, server, inTransaction: false, ambushed: false, state, delayed: [] };
    this.links.add(link);
    const fromClient = new MessageReader('client');
    const fromServer = new MessageReader('server');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('end', () => this.later(link, () => to.end()));
      // What was read before is still on its way.
      from.on('close', () => this.later(link, () => this.part(link, to)));
    }
    client.on('data', (chunk: Buffer) => {
      if (link.state !== 'open') return;
      for (const message of fromClient.feed(chunk))
        if (this.armed && commits(message, link.inTransaction)) this.spring(link);
      this.later(link, () => pass(chunk, client, server));
    });
    server.on('data', (chunk: Buffer) => {
      if (link.state !== 'open') return;
      let done = false;
      for (const message of fromServer.feed(chunk)) {
        const open = opensTransaction(message);
        if (open === null) continue;
        link.inTransaction = open;
        done = true;
      }
      if (!link.ambushed) return this.later(link, () => pass(chunk, server, client));
      if (!done) return;
      // The server has answered: it is committed, and the client will never know.
      this.ambushes += 1;
      this.sever(link);
    });
  }

  private part(link: Link, other: Socket): void {
    link.state = 'over';
    this.links.delete(link);
    other.destroySoon();
  }

  /** A reset, not a farewell. */
  private sever(link: Link): void {
    link.state = 'over';
    this.links.delete(link);
    link.client.resetAndDestroy();
    link.server.resetAndDestroy();
  }

  private spring(link: Link): void {
    this.armed = false;
    link.ambushed = true;
  }

  /** After the delay of now, and never before what came earlier: a delay that ends must not let the new overtake the old. */
  private later(link: Link, act: () => void): void {
    if (link.state !== 'open') return;
    if (this.delayMs === 0 && link.delayed.length === 0) return act();
    link.delayed.push({ due: performance.now() + this.delayMs, act });
    if (link.delayed.length === 1) drain(link);
  }
}

function drain(link: Link): void {
  const [first] = link.delayed;
  if (!first) return;
  setTimeout(
    () => {
      if (link.state === 'open') first.act();
      link.delayed.shift();
      drain(link);
    },
    Math.max(0, first.due - performance.now()),
  );
}

function pass(chunk: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.writableEnded) return;
  if (to.write(chunk)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
