import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface VendorCall {
  /** Milliseconds since this vendor started, when the request was there in full. */
  readonly at: number;
  readonly address: string;
  /** Counts from 1 for each address. */
  readonly nth: number;
  /** The credential that it came with. */
  readonly secret: string;
  readonly title: string;
  /** The whole request, as it came. */
  readonly body: string;
  /** Did the vendor take it? */
  taken: boolean;
}

/** `drop`: takes it and cuts the connection instead of answering; `hang`: never answers. */
export type VendorAnswer =
  'yes' | 'drop' | 'hang' | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A vendor on this machine that speaks as SendGrid and as Twilio do, and keeps a log of its calls. */
export class Vendor implements AsyncDisposable {
  /** What it does with a call. */
  does: (call: VendorCall) => VendorAnswer | Promise<VendorAnswer> = () => 'yes';
  readonly calls: VendorCall[] = [];
  /** Calls that are being answered, and the most at once so far. */
  busy = 0;
  busiest = 0;
  private readonly counts = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  private readonly startedAt = performance.now();
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<Vendor> {
    const vendor = new Vendor();
    vendor.server.on('connection', (socket) => {
      vendor.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => vendor.sockets.delete(socket));
    });
    vendor.server.listen(0, '127.0.0.1');
    await once(vendor.server, 'listening');
    return vendor;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  to(address: string): VendorCall[] {
    return this.calls.filter((call) => call.address === address);
  }

  get taken(): VendorCall[] {
    return this.calls.filter((call) => call.taken);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const call = this.log(request, Buffer.concat(chunks).toString('utf8'));
    this.busy += 1;
    this.busiest = Math.max(this.busiest, this.busy);
    const answer = await this.does(call);
    if (answer === 'hang') {
      response.once('close', () => (this.busy -= 1));
      return;
    }
    this.busy -= 1;
    call.taken = answer === 'yes' || answer === 'drop';
    if (answer === 'drop') response.destroy();
    else if (answer !== 'yes') response.writeHead(answer.status, answer.headers).end('{"errors":[]}');
    else if (request.url?.startsWith('/v3/')) response.writeHead(202, { 'x-message-id': `sg-${call.at}` }).end();
    else
      response
        .writeHead(201, { 'content-type': 'application/json' })
        .end(JSON.stringify({ sid: `SM${Math.round(call.at * 1000)}`, status: 'queued' }));
  }

  private log(request: IncomingMessage, body: string): VendorCall {
    const { address, title } = request.url?.startsWith('/v3/') ? sendgrid(body) : twilio(body);
    const nth = (this.counts.get(address) ?? 0) + 1;
    this.counts.set(address, nth);
    const secret = request.headers.authorization ?? '';
    const call = { at: performance.now() - this.startedAt, address, nth, secret, title, body, taken: false };
    this.calls.push(call);
    return call;
  }
}

function sendgrid(body: string): { address: string; title: string } {
  const mail = JSON.parse(body) as { personalizations: { to: { email: string }[] }[]; subject: string };
  return { address: mail.personalizations[0]?.to[0]?.email ?? '', title: mail.subject };
}

function twilio(body: string): { address: string; title: string } {
  const form = new URLSearchParams(body);
  return { address: form.get('To') ?? '', title: (form.get('Body') ?? '').split('\n')[0] as string };
}

export const SENDGRID = { apiKey: 'the right key' };
export const TWILIO = { accountSid: 'AC00000000000000000000000000000001', authToken: 'the right token' };

/** What a `sendgrid` integration of this vendor is told. */
export function mailBy({ url }: { readonly url: string }, more: object = {}): [string, object, object] {
  return ['sendgrid', { from: 'hello@example.com', baseUrl: url }, { credentials: SENDGRID, ...more }];
}

/** What a `twilio` integration of this vendor is told. */
export function textsBy({ url }: { readonly url: string }, more: object = {}): [string, object, object] {
  return ['twilio', { from: '+15005550006', baseUrl: url }, { channel: 'SMS', credentials: TWILIO, ...more }];
}
