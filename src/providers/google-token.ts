import { createPrivateKey } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { plus, type Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { errorCode, exchange, type HttpReply } from '../base/http-exchange.js';
import { textOf } from './callback.js';
import { jsonReply } from './http-call.js';
import type { AccessToken } from './access-token.js';
import { classifyStatus, clip, retryAfter, type Answer } from './provider.js';

const fields = z.looseObject({
  project_id: z.string().min(1).max(100),
  client_email: z.string().min(3).max(320),
  private_key: z.string().max(10_000).refine(isRsaKey, 'private_key: expected an RSA key in PEM'),
  private_key_id: z.string().max(200).optional(),
  token_uri: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .default('https://oauth2.googleapis.com/token'),
});

/** A Google service account's key file: the object, or its text. */
export const serviceAccountField = z
  .union([fields, z.string().max(20_000).transform(parse).pipe(fields)])
  .describe(
    'The JSON key file of a service account that may send with Firebase Cloud Messaging: the object, or its text.',
  );

export type ServiceAccount = z.infer<typeof fields>;

function parse(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'expected the JSON of a service account’s key file' });
    return z.NEVER;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** No token was given, and why; nothing else was asked of anybody. */
export class NoToken extends Error {
  override readonly name = 'NoToken';
  constructor(readonly answer: Answer) {
    super(answer.detail ?? 'no access token');
  }
}

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const HOUR_S = 3600;

/**
 * An OAuth access token for a service account (RFC 7523). Asked for here and not by Google's library: that one knows no
 * deadline of ours, tries again by itself and asks a fixed address.
 */
export async function googleToken(account: ServiceAccount, clock: Clock, signal: AbortSignal): Promise<AccessToken> {
  const now = clock.now();
  const issuedAt = Math.floor(now.getTime() / 1000);
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'JWT',
      ...(account.private_key_id ? { kid: account.private_key_id } : {}),
    })
    .setIssuer(account.client_email)
    .setAudience(account.token_uri)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + HOUR_S)
    .sign(await importKey(account.private_key));
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
  };
  const reply = await exchange(account.token_uri, request, signal).catch((error: unknown) => {
    const said = { code: errorCode(error), detail: clip(`no access token: ${messageOf(error)}`) };
    throw new NoToken({ kind: 'retry', retryAt: null, rateLimited: false, ...said });
  });
  const value = reply.status === 200 ? textOf(jsonReply(reply), 'access_token') : null;
  if (value === null) throw new NoToken(refused(reply, now));
  const seconds = Number(textOf(jsonReply(reply), 'expires_in') ?? HOUR_S);
  return { value, expiresAt: plus(now, (Number.isFinite(seconds) ? seconds : HOUR_S) * 1000) };
}

/** Google's key files hold PKCS#8; what OpenSSL wrote as PKCS#1 is the same key. */
function importKey(pem: string): ReturnType<typeof importPKCS8> {
  return importPKCS8(createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString(), 'RS256');
}

/** OAuth's own refusals (RFC 6749 §5.2) are about our account; everything else is trouble on the way. */
function refused(reply: HttpReply, now: Date): Answer {
  const body = jsonReply(reply);
  const error = textOf(body, 'error');
  const said = {
    httpStatus: reply.status,
    code: error ?? String(reply.status),
    detail: clip(`no access token: ${textOf(body, 'error_description') ?? error ?? `status ${reply.status}`}`),
  };
  const read = classifyStatus(reply.status, retryAfter(reply.headers['retry-after'], now));
  if (read.kind === 'retry') return { ...read, ...said };
  if (reply.status >= 400) return { kind: 'misconfigured', ...said };
  // A success without a token: some page on the way. No push has left.
  return { kind: 'retry', retryAt: null, rateLimited: false, ...said };
}
