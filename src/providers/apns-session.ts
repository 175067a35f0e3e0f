import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { HttpReply } from '../base/http-exchange.js';

/** More of an answer than this is no vendor's answer. */
const BODY_MAX = 64 * 1024;

/** A connection on which nothing was said for so long is not trusted any more. */
const IDLE_MS = 3 * 60_000;

/** The request has not left, or the peer says that it was not looked at: nothing was taken. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
  constructor(override readonly cause: Error) {
    super(cause.message);
  }
}

interface Connection {
  readonly session: ClientHttp2Session;
  connected: boolean;
  /** Why it ended; null while it has not. */
  error: Error | null;
  /** The peer said goodbye: streams above this were not looked at. */
  lastStream: number;
  /** An answer did not come in time; until a ping comes back nobody knows whether anybody is there. */
  doubtful: boolean;
}

/**
 * Requests over one kept HTTP/2 connection, a stream each. A deadline resets its stream alone. A new connection is made when
 * the old one has ended, was said goodbye on, or is in doubt; what still runs on the old one may end there.
 */
export class ApnsSession {
  private current: Connection | null = null;

  constructor(private readonly origin: string) {}

  /** Rejects when the exchange breaks: with NotTaken where nothing can have been taken. */
  request(
    path: string,
    { headers, body }: { headers: Readonly<Record<string, string>>; body: string },
    signal: AbortSignal,
  ): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new NotTaken(signal.reason as Error));
      const connection = this.connection();
      const stream = opened(connection.session, { ...headers, ':method': 'POST', ':path': path });
      const chunks: Buffer[] = [];
      let head: Record<string, string | undefined> = {};
      let size = 0;
      let broken: Error | null = null;
      const leave = (): void => {
        broken ??= signal.reason as Error;
        this.doubt(connection);
        stream.close(constants.NGHTTP2_CANCEL);
      };
      signal.addEventListener('abort', leave, { once: true });
      stream.once('response', (received) => {
        head = flat(received);
      });
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= BODY_MAX || broken !== null) return;
        broken = new Error(`the answer is larger than ${BODY_MAX} bytes`);
        stream.close(constants.NGHTTP2_CANCEL);
      });
      stream.on('error', (error) => {
        broken ??= error;
      });
      // Known at once or when there is a connection; a stream that has ended may have forgotten it.
      let { id } = stream;
      stream.once('ready', () => {
        id = stream.id;
      });
      stream.once('close', () => {
        signal.removeEventListener('abort', leave);
        const status = Number(head[':status'] ?? 0);
        if (status > 0 && broken === null && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
          const bytes = Buffer.concat(chunks);
          return resolve({ status, headers: head, text: bytes.toString('utf8'), bytes });
        }
        const error = connection.error ?? rootOf(broken) ?? new Error('the stream ended without an answer');
        reject(wasTaken(connection, stream, id) ? error : new NotTaken(error));
      });
      stream.end(body);
    });
  }

  /** What still runs may end. */
  close(): void {
    const known = this.current;
    this.current = null;
    if (known?.connected) known.session.close();
    else known?.session.destroy();
  }

  private connection(): Connection {
    const known = this.current;
    if (known && !known.session.closed && !known.session.destroyed && !known.doubtful) return known;
    if (known && !known.session.destroyed) known.session.close();
    const session = connect(this.origin);
    const fresh = { session, connected: false, error: null, lastStream: Infinity, doubtful: false } as Connection;
    session.once('connect', () => {
      fresh.connected = true;
      // An idle connection keeps no process from ending.
      session.unref();
    });
    // Routers on the way forget what is idle, and tell nobody.
    session.setTimeout(IDLE_MS, () => session.close());
    session.on('error', (error) => {
      fresh.error ??= error;
    });
    session.on('goaway', (code, lastStream) => {
      fresh.lastStream = lastStream;
      fresh.doubtful = true;
      if (code !== constants.NGHTTP2_NO_ERROR) fresh.error ??= new Error(`the peer ended the connection (${code})`);
    });
    this.current = fresh;
    return fresh;
  }

  private doubt(connection: Connection): void {
    connection.doubtful = true;
    const { session } = connection;
    if (!connection.connected) return;
    if (session.destroyed || session.closed) return;
    session.ping((error) => {
      if (error === null && connection.lastStream === Infinity) connection.doubtful = false;
    });
  }
}

/** Throws NotTaken when the session ended this very moment. */
function opened(session: ClientHttp2Session, headers: Record<string, string>): ClientHttp2Stream {
  try {
    return session.request(headers);
  } catch (error) {
    throw new NotTaken(error as Error);
  }
}

/** Streams that never began say of themselves that they were cancelled; what cancelled them is of interest. */
function rootOf(error: Error | null): Error | null {
  return error?.cause instanceof Error ? error.cause : error;
}

/** May the peer have taken it? Not before there was a connection and a stream, and not what it says it did not look at. */
function wasTaken(connection: Connection, stream: ClientHttp2Stream, id: number | undefined): boolean {
  if (!connection.connected || id === undefined) return false;
  return stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM && id <= connection.lastStream;
}

function flat(headers: NodeJS.Dict<unknown>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  );
}
