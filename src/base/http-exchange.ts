import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { EgressRefused, watchPeer, type Egress } from './egress.js';

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
    const { method, body, maxBytes: most = BODY_MAX } = request;
    const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) };
    const refused = request.egress?.refuses(target) ?? null;
    if (refused !== null) throw new NeverConnected(new EgressRefused(refused));
    const agent = agents[secure ? 'https:' : 'http:'];
    const options = {
      method,
      headers,
      signal,
      ...(request.egress ? { agent: false as const, ...request.egress.dialing } : { agent }),
    };
    let connected = false;
    const fail = (error: Error): void => reject(connected ? error : new NeverConnected(error));
    const sent = (secure ? httpsRequest : httpRequest)(target, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > most) response.destroy(new Error(`the answer is larger than ${most} bytes`));
        chunks.push(chunk);
      });
      response.once('error', fail);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: flat(response.headers),
          text: bytes.toString('utf8'),
          bytes,
        });
      });
    });
    sent.once('socket', (socket) => {
      if (request.egress) socket.once('connect', () => watchPeer(socket, request.egress));
      if (!socket.connecting) connected = true;
      else
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          connected = true;
        });
    });
    sent.once('error', fail);
    sent.end(body);
  });
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
