import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DurableLog } from './durable-log.ts';
import { FAIR, takes, type Mode, type Weather } from './modes.ts';
import type { ProviderOrder } from './provider-control.ts';
import { Random } from './random.ts';

/**
 * The fake vendor, a process of its own so that it outlives every fault of the others: as much of SendGrid's v3 Mail Send
 * as our adapter uses. Every request is on the disk before anything is answered, so the log can say less than what was
 * answered only if this process itself died.
 */
const [, , logPath = '', seed = ''] = process.argv;
const log = await DurableLog.open(logPath);
const random = new Random(`provider ${seed}`);
const sockets = new Set<Socket>();
let weather: Weather = FAIR;
let sequence = 0;
let port = 0;
let server: Server | null = null;

interface Mail {
  readonly subject?: string;
  readonly personalizations?: { to?: { email?: string }[]; custom_args?: Record<string, string> }[];
  readonly custom_args?: Record<string, string>;
}

function take(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('error', () => undefined);
  request.on('end', () => void handle(Buffer.concat(chunks).toString('utf8'), response));
}

async function handle(body: string, response: ServerResponse): Promise<void> {
  const at = Date.now();
  const seq = (sequence += 1);
  const mode = random.weighted(weather);
  const mail = JSON.parse(body) as Mail;
  const [first] = mail.personalizations ?? [];
  const attempt = (first?.custom_args ?? mail.custom_args)?.['tidings_attempt'] ?? '';
  const to = first?.to?.[0]?.email ?? '';
  response.once('close', () => {
    void log.append({ type: 'answer', seq, at: Date.now(), delivered: response.writableFinished });
  });
  await log.append({ type: 'request', seq, at, attempt, to, subject: mail.subject, mode, accepted: takes(mode) });
  answer(mode, seq, response);
}

function answer(mode: Mode, seq: number, response: ServerResponse): void {
  const yes = { 'x-message-id': `fake-${seq}` };
  switch (mode) {
    case 'ok':
      response.writeHead(202, yes).end();
      return;
    case '429':
      response.writeHead(429, { 'retry-after': String(random.between(1, 3)) }).end();
      return;
    case '401':
    case '403':
    case '500':
    case '503':
      response.writeHead(Number(mode), { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ message: `told to answer ${mode}`, field: null }] }));
      return;
    case 'html 200':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
      return;
    case 'hang':
    case 'take, then hang':
      return;
    case 'drip': {
      response.writeHead(202, yes);
      const timer = setInterval(() => response.write(' '), 1_000);
      response.once('close', () => clearInterval(timer));
      response.write(' ');
      return;
    }
    case 'cut mid body':
      response.writeHead(202, { ...yes, 'content-length': '100' });
      response.write('{', () => response.socket?.destroy());
      return;
    case 'cut before headers':
    case 'accept, then drop':
      response.socket?.destroy();
      return;
    default:
      mode satisfies never;
  }
}

async function listen(): Promise<void> {
  if (server) return;
  const opened = createServer({ keepAliveTimeout: 60_000 }, take);
  server = opened;
  opened.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => opened.once('error', reject).listen(port, '127.0.0.1', resolve));
  port = (opened.address() as AddressInfo).port;
}

/** Connections in use break, further ones are refused. */
function close(): void {
  server?.close();
  server = null;
  for (const socket of sockets) socket.destroy();
}

process.on('message', (order: ProviderOrder) => {
  if (order.type === 'weather') weather = order.weather;
  else if (order.type === 'close') close();
  else void listen();
});
// Whoever started this is gone.
process.on('disconnect', () => process.exit(0));
await listen();
process.send?.({ port });
