import { createHash, randomBytes } from 'node:crypto';
import { decodeProtectedHeader, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { plus, type Clock } from '../base/clock.js';
import { AppError } from '../base/errors.js';
import type { SecretBox } from '../base/secret-box.js';
import type { Db } from '../store/database.js';
import { findEnvironment, type EnvironmentRow } from '../store/environments.js';
import type { Caller } from './context.js';
import type { KeyRing } from './key-ring.js';

/** Recipient tokens live at most this long; hosts mint new ones. */
export const TOKEN_MAX_MS = 15 * 60_000;
/** Clocks of hosts may be off by this much. */
const SKEW_S = 60;
const ISSUER = 'tidings';

export interface AuthContext {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly keys: KeyRing;
}

/** What is stored of a key: its SHA-256. A random secret of 256 bits needs no slow hash. */
export function hashKey(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}

/** A new API key: `tdg_live_…` or `tdg_test_…`, 256 random bits. */
export function newKey(mode: 'LIVE' | 'TEST'): string {
  return `tdg_${mode.toLowerCase()}_${randomBytes(32).toString('base64url')}`;
}

/**
 * The caller behind an `Authorization` value; null when there is none. Throws UNAUTHENTICATED, with the reason, for a
 * credential that is not good.
 */
export async function authenticate(
  context: AuthContext,
  authorization: string | undefined | null,
): Promise<Caller | null> {
  if (authorization == null || authorization === '') return null;
  const match = /^Bearer\s+(\S+)$/i.exec(authorization.trim());
  if (!match?.[1])
    throw new AppError('UNAUTHENTICATED', 'expected `Authorization: Bearer <API key or recipient token>`');
  const credential = match[1];
  if (!credential.startsWith('eyJ')) return serviceCaller(context, credential);
  return context.keys.recipient(hashKey(credential), () => recipientCaller(context, credential));
}

async function serviceCaller(context: AuthContext, key: string): Promise<Caller> {
  const owner = await context.keys.owner(hashKey(key));
  if (!owner) throw new AppError('UNAUTHENTICATED', 'this API key is unknown or was revoked');
  return { kind: 'service', environmentId: owner.environmentId, mode: owner.mode, keyId: owner.keyId };
}

async function recipientCaller(context: AuthContext, token: string): Promise<Extract<Caller, { kind: 'recipient' }>> {
  const environment = await environmentOf(context, token);
  const payload = await verify(context, token, environment);
  const { sub, exp, iat } = payload;
  if (typeof sub !== 'string' || typeof exp !== 'number')
    throw new AppError('UNAUTHENTICATED', 'the token names no recipient or no end');
  const issued = iat ?? Math.floor(context.clock.now().getTime() / 1000);
  if (exp - issued > TOKEN_MAX_MS / 1000 + SKEW_S)
    throw new AppError('UNAUTHENTICATED', 'the token lives longer than 15 minutes');
  const since = new Date(issued * 1000);
  const { recipientId, isErasedSince } = await context.keys.subject({
    environmentId: environment.id,
    externalId: sub,
    since,
  });
  if (recipientId === null) throw new AppError('UNAUTHENTICATED', 'the token names a recipient that does not exist');
  // Of a person who was erased, and came again under the same id, as somebody new.
  if (isErasedSince) throw new AppError('UNAUTHENTICATED', 'the token is older than its recipient; get a new one');
  return {
    kind: 'recipient',
    environmentId: environment.id,
    mode: environment.mode,
    recipientId,
    expiresAt: new Date(exp * 1000),
  };
}

/** The environment that the token says it is for; its own secret must then verify it. */
async function environmentOf(context: AuthContext, token: string): Promise<EnvironmentRow> {
  let kid: string | undefined;
  try {
    kid = decodeProtectedHeader(token).kid;
  } catch {
    throw new AppError('UNAUTHENTICATED', 'the token cannot be read');
  }
  const environment = kid !== undefined && kid.length <= 64 ? await context.keys.environment(kid) : undefined;
  if (!environment) throw new AppError('UNAUTHENTICATED', 'the token names no environment of ours');
  return environment;
}

async function verify(context: AuthContext, token: string, environment: EnvironmentRow) {
  try {
    const { payload } = await jwtVerify(token, tokenSecret(context.secrets, environment), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: environment.key,
      clockTolerance: 0,
      currentDate: context.clock.now(),
    });
    return payload;
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired)
      throw new AppError('UNAUTHENTICATED', 'the token has expired; get a new one', { reason: 'TOKEN_EXPIRED' });
    throw new AppError('UNAUTHENTICATED', 'the token is not valid');
  }
}

/** A token for one person, signed with the environment's own secret. */
export async function mintToken(
  context: Omit<AuthContext, 'keys'>,
  environmentId: string,
  externalId: string,
  lifeMs: number,
): Promise<{ token: string; expiresAt: Date }> {
  const environment = await findEnvironment(context.db, { id: environmentId });
  if (!environment) throw new Error(`environment ${environmentId} is missing`);
  const now = context.clock.now();
  const expiresAt = plus(now, lifeMs);
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', kid: environment.key })
    .setIssuer(ISSUER)
    .setAudience(environment.key)
    .setSubject(externalId)
    .setIssuedAt(Math.floor(now.getTime() / 1000))
    .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
    .sign(tokenSecret(context.secrets, environment));
  return { token, expiresAt };
}

/** Where an environment's token secret lies: sealed values open only in their own place. */
export function tokenSecretPlace(environmentId: string): string {
  return `environment/${environmentId}/token_secret`;
}

function tokenSecret(secrets: SecretBox, environment: EnvironmentRow): Uint8Array {
  return Buffer.from(secrets.open(environment.token_secret, tokenSecretPlace(environment.id)), 'base64url');
}
