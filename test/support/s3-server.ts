import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Request {
  readonly method: string;
  /** With the bucket first: `/files/ab/cd/1`. */
  readonly path: string;
  readonly status: number;
}

/** What the server does instead of its work, once for each: an error status, or a cut connection. */
export type S3Fault = number | 'cut';

/**
 * A server on this machine that speaks as much of S3 as stores need: PUT, GET and DELETE of objects, in path style. It
 * takes no request that is not signed with its secret (AWS Signature Version 4), and nothing whose bytes are not those
 * that were signed.
 */
export class S3Server implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>();
  readonly requests: S3Request[] = [];
  readonly faults: S3Fault[] = [];
  private readonly server = createServer((request, response) => void this.serve(request, response));

  private constructor(
    private readonly buckets: readonly string[],
    readonly keyId: string,
    private readonly secret: string,
  ) {}

  static async start(options: { buckets: string[]; keyId: string; secret: string }): Promise<S3Server> {
    const s3 = new S3Server(options.buckets, options.keyId, options.secret);
    s3.server.listen(0, '127.0.0.1');
    await once(s3.server, 'listening');
    return s3;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url = '' } = request;
    const { pathname } = new URL(url, this.url);
    const fault = this.faults.shift();
    if (fault === 'cut') {
      this.requests.push({ method, path: pathname, status: 0 });
      request.socket.destroy();
      return;
    }
    const answer =
      fault === undefined ? this.answer(request, pathname, body) : { status: fault, error: 'InternalError' };
    this.requests.push({ method, path: pathname, status: answer.status });
    if (answer.error !== undefined) {
      response.writeHead(answer.status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${answer.error}</Code><Message>no</Message></Error>`);
      return;
    }
    response.writeHead(answer.status, { etag: '"1"' });
    response.end(answer.body);
  }

  private answer(
    request: IncomingMessage,
    path: string,
    body: Buffer,
  ): { status: number; error?: string; body?: Buffer } {
    const refused = this.signatureProblem(request, body);
    if (refused !== null) return { status: 403, error: refused };
    if (!this.buckets.includes(path.split('/')[1] ?? '')) return { status: 404, error: 'NoSuchBucket' };
    const found = this.objects.get(path);
    if (request.method === 'GET') return found ? { status: 200, body: found } : { status: 404, error: 'NoSuchKey' };
    if (request.method === 'DELETE') this.objects.delete(path);
    else if (request.method === 'PUT') this.objects.set(path, body);
    else return { status: 405, error: 'MethodNotAllowed' };
    return { status: request.method === 'PUT' ? 200 : 204 };
  }

  /** AWS Signature Version 4, made again from what arrived. */
  private signatureProblem(request: IncomingMessage, body: Buffer): string | null {
    const { authorization = '', 'x-amz-date': date, 'x-amz-content-sha256': hash } = request.headers;
    const [, keyId, scope, signed, signature] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
        authorization,
      ) ?? [];
    if (keyId === undefined || scope === undefined || signed === undefined) return 'AccessDenied';
    if (keyId !== this.keyId) return 'InvalidAccessKeyId';
    if (hash !== sha256(body)) return 'XAmzContentSHA256Mismatch';
    const names = signed.split(';');
    if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) return 'AccessDenied';
    const url = new URL(request.url ?? '', this.url);
    url.searchParams.sort();
    const canonical = [
      request.method,
      url.pathname,
      url.searchParams.toString().replaceAll('+', '%20'),
      ...names.map((name) => `${name}:${String(request.headers[name]).trim()}`),
      '',
      signed,
      hash,
    ].join('\n');
    const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
    const key = scope.split('/').reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${this.secret}`);
    return hmac(key, toSign).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
  }
}

/**
 * Credentials for the S3 client of this process, until they are undone: the SDK reads them by itself, and a machine's own
 * settings must not speak in a test.
 */
export function useCredentials(keyId: string, secret: string): () => void {
  const wanted = { AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: secret, AWS_EC2_METADATA_DISABLED: 'true' };
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, wanted);
  return () => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  };
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
