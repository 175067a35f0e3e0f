import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { instant, plus, type Clock } from '../base/clock.js';
import { CHANNELS, type ChannelName } from '../base/names.js';
import type { SecretBox } from '../base/secret-box.js';
import type { Db } from '../store/database.js';
import { findSetting, settingOnce } from '../store/environments.js';
import { addressHash } from '../store/suppressions.js';

/** What a link lets whoever holds it do. */
export type LinkPurpose = 'unsubscribe' | 'preferences' | 'engagement';

/** Whose link it is, and what it is about. */
export interface Link {
  readonly environmentId: string;
  readonly recipientId: string;
  /** Null: everything that is no necessity. */
  readonly category: string | null;
  /** Null: of no channel in particular. */
  readonly channel: ChannelName | null;
  /** The first 128 bits of the hash of the address that it went to, in base64url; null: to none. */
  readonly addressHash: string | null;
  /** In what it stood; null: in nothing that we sent. */
  readonly delivery: { readonly notificationId: string; readonly ordinal: number } | null;
}

/** A delivery that a link to unsubscribe stands in. */
export interface Mailing extends Pick<Link, 'environmentId' | 'recipientId' | 'category'> {
  readonly channel: ChannelName;
  readonly address: string;
  readonly notificationId: string;
  readonly ordinal: number;
  /** When it was accepted. */
  readonly createdAt: Date;
}

/** How long links to the page of preferences live, unless their maker says otherwise. */
export const PREFERENCES_LIFE_MS = 30 * 24 * 3_600_000;

const HASH_BYTES = 16;
/** Pushes are kept for four weeks by who carries them, and lie unread on screens for some more. */
const ENGAGEMENT_LIFE_MS = 60 * 24 * 3_600_000;
/** Longer than any link of ours. */
const TOKEN_MAX = 1_000;
const ALGORITHM = 'HS256';

/** Names are short because links stand in mails, which people and machines wrap. */
const Claims = z.object({
  r: z.string(),
  c: z.string().optional(),
  h: z.enum(CHANNELS).optional(),
  a: z.string().optional(),
  n: z.string().optional(),
  o: z.number().int().optional(),
});

interface LinksContext {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  /** How people reach us. */
  readonly base: () => string;
}

/**
 * Links that let their holder unsubscribe, or see and change preferences, without signing in. They are signed with a secret
 * of the environment that signs nothing else: no link opens the API, and links in mails survive a new token secret.
 */
export class Links {
  private readonly keys = new Map<string, Promise<KeyObject>>();

  constructor(private readonly context: LinksContext) {}

  /** Makes what signing needs, so that links can then be made without asking the database. */
  async prepare(environmentId: string): Promise<void> {
    await this.signingKey(environmentId);
  }

  /** Never ends, because the law wants it to work for long. The same for every attempt of a delivery. */
  async unsubscribe(mailing: Mailing): Promise<string> {
    const { environmentId, category, createdAt } = mailing;
    const claims = {
      r: short(mailing.recipientId),
      ...(category === null ? {} : { c: category }),
      h: mailing.channel,
      a: addressHash(mailing.address).subarray(0, HASH_BYTES).toString('base64url'),
      n: short(mailing.notificationId),
      o: mailing.ordinal,
    };
    return this.url('unsubscribe', await this.sign('unsubscribe', environmentId, claims, createdAt, null));
  }

  /** By it a device says, without signing in, what its person did with a push. The same for every attempt of a delivery. */
  async engagement(push: Omit<Mailing, 'category' | 'channel' | 'address'>): Promise<string> {
    const { environmentId, recipientId, notificationId, ordinal, createdAt } = push;
    const claims = { r: short(recipientId), n: short(notificationId), o: ordinal };
    const expiresAt = plus(createdAt, ENGAGEMENT_LIFE_MS);
    return this.url('engagement', await this.sign('engagement', environmentId, claims, createdAt, expiresAt));
  }

  async preferences(
    { environmentId, recipientId }: Pick<Link, 'environmentId' | 'recipientId'>,
    lifeMs = PREFERENCES_LIFE_MS,
  ): Promise<{ url: string; expiresAt: Date }> {
    const now = this.context.clock.now();
    const expiresAt = instant(Math.floor(plus(now, lifeMs).getTime() / 1000) * 1000);
    const token = await this.sign('preferences', environmentId, { r: short(recipientId) }, now, expiresAt);
    return { url: this.url('preferences', token), expiresAt };
  }

  /** What a token says; EXPIRED when it was good; INVALID when it is none of ours, or one for something else. */
  async read(purpose: LinkPurpose, token: string): Promise<Link | 'INVALID' | 'EXPIRED'> {
    const environmentId = environmentOf(token);
    const key = environmentId === null ? null : await this.knownKey(environmentId);
    if (environmentId === null || key === null) return 'INVALID';
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        audience: purpose,
        currentDate: this.context.clock.now(),
      });
      return toLink(environmentId, payload) ?? 'INVALID';
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired) return 'EXPIRED';
      if (error instanceof joseErrors.JOSEError) return 'INVALID';
      throw error;
    }
  }

  private url(path: string, token: string): string {
    return new URL(`/${path}/${token}`, this.context.base()).toString();
  }

  private async sign(
    purpose: LinkPurpose,
    environmentId: string,
    claims: Record<string, string | number>,
    issuedAt: Date,
    expiresAt: Date | null,
  ): Promise<string> {
    const token = new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: short(environmentId) })
      .setAudience(purpose)
      .setIssuedAt(Math.floor(issuedAt.getTime() / 1000));
    if (expiresAt) token.setExpirationTime(Math.floor(expiresAt.getTime() / 1000));
    return token.sign(await this.signingKey(environmentId));
  }

  private signingKey(environmentId: string): Promise<KeyObject> {
    return this.keep(environmentId, async () => {
      const { db, secrets } = this.context;
      const place = placeOf(environmentId);
      const fresh = secrets.seal(randomBytes(32).toString('base64url'), place);
      return this.opened(await settingOnce(db, place, fresh), place);
    });
  }

  /** Null: nothing was ever signed for this environment, if there is one. */
  private async knownKey(environmentId: string): Promise<KeyObject | null> {
    const known = this.keys.get(environmentId);
    if (known) return known;
    const place = placeOf(environmentId);
    const sealed = await findSetting(this.context.db, place);
    return sealed ? this.keep(environmentId, async () => this.opened(sealed, place)) : null;
  }

  private keep(environmentId: string, load: () => Promise<KeyObject>): Promise<KeyObject> {
    const known = this.keys.get(environmentId);
    if (known) return known;
    const loading = load();
    this.keys.set(environmentId, loading);
    loading.catch(() => this.keys.delete(environmentId));
    return loading;
  }

  private opened(sealed: Uint8Array, place: string): KeyObject {
    return createSecretKey(Buffer.from(this.context.secrets.open(sealed, place), 'base64url'));
  }
}

function placeOf(environmentId: string): string {
  return `environment/${environmentId}/link_secret`;
}

/** The environment that a token says it is of; its own secret must then verify it. */
function environmentOf(token: string): string | null {
  if (token.length > TOKEN_MAX) return null;
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' ? long(kid) : null;
  } catch {
    return null;
  }
}

function toLink(environmentId: string, payload: unknown): Link | null {
  const { data: claims } = Claims.safeParse(payload);
  const recipientId = claims && long(claims.r);
  if (!claims || recipientId == null) return null;
  const notificationId = claims.n === undefined ? null : long(claims.n);
  return {
    environmentId,
    recipientId,
    category: claims.c ?? null,
    channel: claims.h ?? null,
    addressHash: claims.a ?? null,
    delivery: notificationId === null || claims.o === undefined ? null : { notificationId, ordinal: claims.o },
  };
}

/** A UUID in 22 characters. */
function short(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

function long(text: string): string | null {
  if (!/^[\w-]{22}$/.test(text)) return null;
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
