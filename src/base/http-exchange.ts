import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { checkPeer, EgressRefused, type Egress } from './egress.js';

/** More of an answer than this is no vendor's answer. */
const BODY_MAX = 64 * 1024;
/** Connections are kept: the newest is used first, so that the others may end. */
const KEPT = { keepAlive: true, maxSockets: 256, scheduling: 'lifo' } as const;
const agents = { 'http:': new HttpAgent(KEPT), 'https:': new HttpsAgent(KEPT) };

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Whom it may reach; missing: anybody, because an operator named the URL. */
  readonly egress?: Egress;
  /** Bytes of an answer's body that are taken, at most; default 64 KiB. */
  readonly maxBytes?: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as UTF-8. */
  readonly text: string;
  readonly bytes: Buffer;
}

/**
 * One HTTP request over a kept connection, no redirects, no retries, the answer's body bounded. Rejects when the exchange
 * breaks; `neverConnected` says of the error whether anything can have been taken. By node:http, because a call costs a
 * quarter of what fetch or axios take. `egress`: the URL was named by somebody whom nobody need trust; it is called only where
 * that says it may be.
 */
export function exchange(url: string, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const secure = target.protocol === 'https:';
    const { method, body, egress, maxBytes: most = BODY_MAX } = request;
    const length = Buffer.byteLength(body);
    // Some servers refuse a GET that announces a body, be it an empty one.
    const headers = method === 'GET' && length === 0 ? request.headers : withLength(request.headers, length);
    const refused = egress?.refuses(target) ?? null;
    if (refused !== null) throw new NeverConnected(new EgressRefused(refused));
    const agent = agents[secure ? 'https:' : 'http:'];
    const options = {
      method,
      headers,
      signal,
      // A kept connection was checked for somebody else: whoever is under guard gets one of his own.
      ...(egress ? { agent: false as const, ...egress.dialing } : { agent }),
    };
    let connected = false;
    const fail = (error: Error): void => reject(connected ? error : new NeverConnected(error));
    const sent = (secure ? httpsRequest : httpRequest)(target, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > most) response.destroy(new AnswerTooLarge(most));
        else chunks.push(chunk);
      });
      response.once('error', fail);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve(toReply(response.statusCode ?? 0, flat(response.headers), bytes));
      });
    });
    sent.once('socket', (socket) => {
      const ready = (): void => {
        connected = !socket.destroyed;
      };
      // First of all, so that the check comes before whoever writes on this event.
      if (egress) socket.prependOnceListener('connect', () => checkPeer(socket, egress));
      if (!socket.connecting) return ready();
      socket.once(secure ? 'secureConnect' : 'connect', ready);
    });
    sent.once('error', fail);
    sent.end(body);
  });
}

/** An answer of more bytes than were asked for. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  constructor(readonly most: number) {
    super(`the answer is larger than ${most} bytes`);
  }
}

function withLength(headers: HttpRequest['headers'], length: number): Record<string, string> {
  return { ...headers, 'content-length': String(length) };
}

/** The text is read from the bytes when somebody asks: files are answers too. */
function toReply(status: number, headers: HttpReply['headers'], bytes: Buffer): HttpReply {
  return {
    status,
    headers,
    bytes,
    get text() {
      return bytes.toString('utf8');
    },
  };
}

/** No connection came about, whatever the reason: refused, no such host, a bad certificate, or the deadline before it. */
class NeverConnected extends Error {
  override readonly name = 'NeverConnected';
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

function flat(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** The first code found on an error or its causes. */
export function errorCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError) return errorCode(at.errors[0]);
  }
  return null;
}

/** Errors of connecting, however they were wrapped on their way. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Did the exchange break before anything could be taken? */
export function neverConnected(error: unknown): boolean {
  if (error instanceof NeverConnected) return true;
  const code = errorCode(error);
  return code !== null && NEVER_CONNECTED.has(code);
}
