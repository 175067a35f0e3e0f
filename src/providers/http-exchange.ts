/** More of an answer than this is no vendor's answer. */
const BODY_MAX = 64 * 1024;

export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * One HTTP request, no redirects, no retries, the answer's body bounded. Rejects when the exchange breaks; `sent` on the
 * error says whether a byte may have left.
 */
export async function exchange(
  url: string,
  request: { method: string; headers: Record<string, string>; body: string },
  signal: AbortSignal,
): Promise<HttpReply> {
  const response = await fetch(url, { ...request, redirect: 'manual', signal });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > BODY_MAX) throw new Error(`the answer is larger than ${BODY_MAX} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return { status: response.status, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') };
}

/** Errors that mean that no connection came about, so that nothing can have been taken. */
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

/** The first code found on an error or its causes. */
export function errorCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError) return errorCode(at.errors[0]);
  }
  return null;
}

/** Did the exchange break before anything could be taken? */
export function neverConnected(error: unknown): boolean {
  const code = errorCode(error);
  return code !== null && NEVER_CONNECTED.has(code);
}
