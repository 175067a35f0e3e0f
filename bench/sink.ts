import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider on loopback that takes everything and notes when it came. */
export interface Sink {
  readonly url: string;
  /** Requests that arrived so far. */
  taken(): number;
  /** When the last one arrived (`performance.now()`). */
  lastAt(): number;
  /** Counts from now on how often each address of this form was written to; `counts` says it. */
  watch(addresses: RegExp): { readonly counts: ReadonlyMap<string, number>; end(): void };
  /** Resolves with the instant (`performance.now()`) at which the first request to this address had arrived in full. */
  arrival(address: string, withinMs: number): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Speaks as much of SendGrid's v3 Mail Send as the adapter asks proof of: 202 with a message id, `delayMs` after the
 * request. It lives in the process of the bench, so that both ends of a latency are read off one clock.
 */
export async function startSink(delayMs: number): Promise<Sink> {
  const waiting = new Map<string, (at: number) => void>();
  const watches = new Set<{ addresses: RegExp; counts: Map<string, number> }>();
  let count = 0;
  let last = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      last = performance.now();
      count += 1;
      if (waiting.size > 0 || watches.size > 0) note(Buffer.concat(chunks).toString('utf8'), last);
      setTimeout(() => response.writeHead(202, { 'x-message-id': `sink-${count}` }).end(), delayMs);
    });
  });
  function note(body: string, at: number): void {
    const address = /"to":\[\{"email":"([^"]+)"/.exec(body)?.[1] ?? '';
    for (const { addresses, counts } of watches)
      if (addresses.test(address)) counts.set(address, (counts.get(address) ?? 0) + 1);
    waiting.get(address)?.(at);
    waiting.delete(address);
  }
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => count,
    lastAt: () => last,
    watch(addresses) {
      const watch = { addresses, counts: new Map<string, number>() };
      watches.add(watch);
      return { counts: watch.counts, end: () => void watches.delete(watch) };
    },
    arrival: (address, withinMs) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(address);
          reject(new Error(`nothing arrived for ${address} within ${withinMs} ms`));
        }, withinMs);
        waiting.set(address, (at) => {
          clearTimeout(late);
          resolve(at);
        });
      }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
