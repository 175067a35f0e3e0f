import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  /** The header `webhook-id`. */
  readonly id: string;
  readonly path: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
  /** How many of its signatures there are. */
  readonly signatures: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `drop`: reads it and cuts the connection instead of answering; `hang`: never answers. */
export type ReceiverAnswer =
  'drop' | 'hang' | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; body?: string };

/** A service of an operator's: takes webhooks, as told, and proves them with the standard's own library. */
export class WebhookReceiver implements AsyncDisposable {
  /** What it does with a request, by what it has received so far, this one with it. */
  does: (request: Received, nth: number) => ReceiverAnswer | Promise<ReceiverAnswer> = () => ({ status: 200 });
  readonly received: Received[] = [];
  /** Whatever else came. */
  readonly unproven: string[] = [];
  /** Secrets by path: requests there must be signed by one of them. */
  readonly secrets = new Map<string, string[]>();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.server.on('connection', (socket) => {
      receiver.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => receiver.sockets.delete(socket));
    });
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${path}`;
  }

  /** What came to a path. */
  at(path: string): Received[] {
    return this.received.filter((one) => one.path === `/${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const path = request.url ?? '';
    const secrets = this.secrets.get(path.slice(1)) ?? [];
    const proven = secrets.length > 0 && secrets.every((secret) => isProven(secret, body, headers));
    if (!proven) this.unproven.push(path);
    const { type, timestamp, data } = JSON.parse(body) as Pick<Received, 'type' | 'timestamp' | 'data'>;
    const signatures = (headers['webhook-signature'] ?? '').split(' ').length;
    const received = { id: headers['webhook-id'] ?? '', path, type, timestamp, data, signatures, headers, body };
    this.received.push(received);
    const answer = await this.does(received, this.received.length);
    if (answer === 'hang') return;
    if (answer === 'drop') response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  }
}

function isProven(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
