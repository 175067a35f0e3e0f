import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hmac, isFresh, sameSecret, type Callback } from './callback.js';

/**
 * Standard Webhooks (standardwebhooks.com), which Svix began: HMAC-SHA256 over id, time and body, joined by dots. We sign our own
 * webhooks so, and several vendors sign theirs.
 */
const PREFIX = 'whsec_';
const SECRET = /^(?:whsec_)?[A-Za-z0-9+/]{16,}={0,2}$/;
/** What we make: the standard asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;
/** More signatures than a rotation of secrets can need are not worth the work. */
const SIGNATURES_MAX = 20;

/** A secret of this scheme: `whsec_` and base64; the prefix may be missing. */
export const webhookSecretField = (what: string) =>
  z.string().max(1000).regex(SECRET, 'expected "whsec_" and base64').describe(what);

/** A new secret, as receivers write it down. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * The three headers that prove a webhook. `id` is the same for all attempts to deliver one event: receivers tell repetitions by
 * it; it must not contain a dot. Several secrets sign side by side, while one takes over from another. Throws when a secret is
 * none, which `webhookSecretField` refuses beforehand.
 */
export function signWebhook(
  secret: string | readonly string[],
  id: string,
  at: Date,
  body: string | Buffer,
): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const signatures = secrets.map((one) => {
    const key = keyOf(one);
    if (!key) throw new Error('expected a webhook secret of "whsec_" and base64');
    return signature(key, id, seconds, body);
  });
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}

/**
 * Does a callback prove that its sender knows one of the secrets, and is it of now? Null when it does, else why not. `names`:
 * how its headers begin. Never throws.
 */
export function verifyWebhook(
  secrets: readonly string[],
  callback: Callback,
  names: 'webhook' | 'svix' = 'webhook',
): string | null {
  const header = (what: string): string => callback.headers[`${names}-${what}`] ?? '';
  const [id, seconds, given] = [header('id'), header('timestamp'), header('signature')];
  if (id === '' || seconds === '' || given === '')
    return `expected the headers ${names}-id, ${names}-timestamp and ${names}-signature`;
  if (!isFresh(seconds, callback.now)) return `${names}-timestamp is not of now`;
  // A secret that is none must not become the empty key, which everybody knows.
  const keys = secrets.map(keyOf).filter((key) => key !== null);
  if (keys.length === 0) return 'no secret is configured that could prove it';
  const expected = keys.map((key) => signature(key, id, seconds, callback.body));
  const signatures = given.split(' ', SIGNATURES_MAX);
  const isProven = expected.some((one) => signatures.some((other) => sameSecret(one, other)));
  return isProven ? null : `${names}-signature is by none of our secrets`;
}

function signature(key: Buffer, id: string, seconds: string, body: string | Buffer): string {
  return `v1,${hmac('sha256', key, [`${id}.${seconds}.`, body], 'base64')}`;
}

function keyOf(secret: string): Buffer | null {
  return SECRET.test(secret) ? Buffer.from(secret.replace(PREFIX, ''), 'base64') : null;
}
