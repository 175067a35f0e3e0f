import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a vendor, or something between us and it, can do with a request. */
export type Mode =
  /** Takes it, as the vendor does. */
  | 'ok'
  | Reply
  /** Reads it and never answers. */
  | 'hang'
  /** Answers a byte a second, without end. */
  | 'drip'
  /** Cuts the connection when it has seen the request's head. */
  | 'cut before headers'
  /** Begins the vendor's own answer and cuts the connection in its middle. */
  | 'cut mid-body'
  /** Takes the request, as the vendor does, and cuts the connection instead of answering. */
  | 'accept, then drop'
  /** A page of some proxy: all is well. */
  | 'html 200'
  /** The vendor's own yes, with megabytes behind it. */
  | 'huge body'
  | 'redirect';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
  /** Resolves when the exchange is over for the server: was the answer handed over in full? */
  readonly over: Promise<{ delivered: boolean }>;
}

/** A vendor on this machine, that does as it is told and remembers every request. */
export interface VendorServer extends AsyncDisposable {
  mode: Mode;
  /** Called when all that will ever be said to a request that hangs or drips at once has been said. */
  onSilence: () => void;
  readonly requests: readonly LoggedRequest[];
  readonly url: string;
}

/** A vendor that speaks HTTP/1.1, as nearly all do. */
export class ProviderServer implements VendorServer {
  mode: Mode = 'ok';
  /** Called when all that will ever be said to a request that hangs or drips at once has been said. */
  onSilence: () => void = () => undefined;
  readonly requests: LoggedRequest[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly server = createServer((request, response) => {
    if (this.mode === 'cut before headers') {
      this.log(request, Buffer.alloc(0), response);
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const logged = this.log(request, Buffer.concat(chunks), response);
      this.answer(logged, response);
    });
  });

  private constructor(private readonly yes: (request: LoggedRequest) => Reply) {}

  /** `yes` is how the vendor says that it took a request. */
  static async start(this: void, yes: (request: LoggedRequest) => Reply): Promise<ProviderServer> {
    const server = new ProviderServer(yes);
    server.server.on('connection', (socket) => {
      server.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => server.sockets.delete(socket));
    });
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private log(
    request: { method?: string; url?: string; headers: IncomingHttpHeaders },
    bytes: Buffer,
    response: ServerResponse,
  ): LoggedRequest {
    const over = new Promise<{ delivered: boolean }>((resolve) => {
      response.once('close', () => resolve({ delivered: response.writableFinished }));
    });
    const { method = '', url: path = '', headers } = request;
    const logged = { method, path, headers, body: bytes.toString('utf8'), bytes, over };
    this.requests.push(logged);
    return logged;
  }

  private answer(request: LoggedRequest, response: ServerResponse): void {
    const { mode } = this;
    if (typeof mode === 'object') return reply(response, mode);
    switch (mode) {
      case 'ok':
        return reply(response, this.yes(request));
      case 'hang':
        return this.onSilence();
      case 'cut before headers':
        return;
      case 'accept, then drop':
        response.socket?.destroy();
        return;
      case 'drip':
        return this.drip(response);
      case 'cut mid-body': {
        const { status, headers, body } = this.yes(request);
        response.writeHead(status, { ...headers, 'content-length': String(body.length + 100) });
        response.write(body, () => response.socket?.destroy());
        return;
      }
      case 'html 200':
        return reply(response, { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' });
      case 'huge body': {
        const { status, headers } = this.yes(request);
        return reply(response, { status, ...(headers ? { headers } : {}), body: ' '.repeat(8_000_000) });
      }
      case 'redirect':
        return reply(response, { status: 307, headers: { location: `${this.url}/elsewhere` }, body: '' });
      default:
        return mode satisfies never;
    }
  }

  private drip(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{', () => this.onSilence());
    const timer = setInterval(() => response.write(' '), 1_000);
    this.timers.add(timer);
    response.once('close', () => clearInterval(timer));
  }
}

function reply(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** An address on this machine at which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
