import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a program of the bench answers, by path. */
export type Routes = Readonly<Record<string, (body: unknown, query: URLSearchParams) => Promise<object>>>;

/**
 * Serves a program of the bench in a process of its own: plain node:http, JSON in and out, one ready line, an end on
 * SIGTERM.
 */
export function answerAt(routes: Routes, end: () => Promise<unknown>): void {
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    answer(routes, incoming).then(
      (result) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.stack : String(error)),
    );
  });
  // Long runs answer when they are done.
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
  });
  process.once('SIGTERM', () => {
    server.closeAllConnections();
    server.close();
    void end().finally(() => process.exit(0));
  });
}

async function answer(routes: Routes, incoming: IncomingMessage): Promise<object> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const route = routes[pathname];
  if (!route) throw new Error(`nothing at ${pathname}`);
  return route(text === '' ? {} : JSON.parse(text), searchParams);
}
