import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider on loopback that takes everything and notes when it came. */
export interface Sink {
  readonly url: string;
  /** Requests answered so far. */
  taken(): number;
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
  let count = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = performance.now();
      if (waiting.size > 0) told(Buffer.concat(chunks).toString('utf8'), at);
      setTimeout(() => {
        count += 1;
        response.writeHead(202, { 'x-message-id': `sink-${count}` });
        response.end();
      }, delayMs);
    });
  });
  function told(body: string, at: number): void {
    const address = /"to":\[\{"email":"([^"]+)"/.exec(body)?.[1] ?? '';
    waiting.get(address)?.(at);
    waiting.delete(address);
  }
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => count,
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
