import { once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoggedRequest, Mode, Reply, VendorServer } from './provider-server.js';

/** A vendor that speaks HTTP/2 without TLS, as Apple's push service does with it. */
export class PushServer implements VendorServer {
  mode: Mode = 'ok';
  onSilence: () => void = () => undefined;
  readonly requests: LoggedRequest[] = [];
  /** Every connection that was ever made, in order. */
  readonly sessions: ServerHttp2Session[] = [];
  /** Takes the place of `mode` for a stream whose request was read; false: `mode` answers. */
  meets: (stream: ServerHttp2Stream) => boolean = () => false;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly server = createServer((request, response) => {
    const { stream, headers } = request;
    stream.on('error', () => undefined);
    if (this.mode === 'cut before headers') {
      this.log(headers, Buffer.alloc(0), stream);
      stream.session?.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const logged = this.log(headers, Buffer.concat(chunks), stream);
      if (!this.meets(response.stream)) this.answer(logged, stream);
    });
  });

  private constructor(private readonly yes: (request: LoggedRequest) => Reply) {}

  static async start(this: void, yes: (request: LoggedRequest) => Reply): Promise<PushServer> {
    const push = new PushServer(yes);
    push.server.on('session', (session) => {
      push.sessions.push(session);
      session.on('error', () => undefined);
    });
    push.server.listen(0, '127.0.0.1');
    await once(push.server, 'listening');
    return push;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const session of this.sessions) session.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private log(all: IncomingHttpHeaders, bytes: Buffer, stream: ServerHttp2Stream): LoggedRequest {
    const over = new Promise<{ delivered: boolean }>((resolve) => {
      stream.once('close', () => resolve({ delivered: stream.rstCode === 0 && stream.writableFinished }));
    });
    const { ':method': method, ':path': path, ...headers } = all as Record<string, string>;
    const logged = { method: method ?? '', path: path ?? '', headers, body: bytes.toString('utf8'), bytes, over };
    this.requests.push(logged);
    return logged;
  }

  private answer(request: LoggedRequest, stream: ServerHttp2Stream): void {
    const { mode } = this;
    if (typeof mode === 'object') return reply(stream, mode);
    switch (mode) {
      case 'ok':
        return reply(stream, this.yes(request));
      case 'hang':
        return this.onSilence();
      case 'cut before headers':
        return;
      case 'accept, then drop':
        stream.session?.destroy();
        return;
      case 'drip': {
        stream.respond({ ':status': 200, 'content-type': 'application/json' });
        stream.write('{', () => this.onSilence());
        const timer = setInterval(() => stream.write(' '), 1_000);
        this.timers.add(timer);
        stream.once('close', () => clearInterval(timer));
        return;
      }
      case 'cut mid-body': {
        const { status, headers, body } = this.yes(request);
        stream.respond({ ...headers, ':status': status, 'content-length': String(body.length + 100) });
        stream.write(`${body} `, () => stream.session?.destroy());
        return;
      }
      case 'html 200':
        return reply(stream, { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' });
      case 'huge body':
        return reply(stream, { ...this.yes(request), body: ' '.repeat(8_000_000) });
      case 'redirect':
        return reply(stream, { status: 307, headers: { location: `${this.url}/elsewhere` }, body: '' });
      default:
        return mode satisfies never;
    }
  }
}

function reply(stream: ServerHttp2Stream, { status, headers, body }: Reply): void {
  if (stream.destroyed) return;
  stream.respond({ ...headers, ':status': status });
  stream.end(body);
}
