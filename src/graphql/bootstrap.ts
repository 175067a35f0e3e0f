import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { uuidv7 } from '../base/ids.js';
import type { EnvironmentMode } from '../base/names.js';
import type { SecretBox } from '../base/secret-box.js';
import type { Db } from '../store/database.js';
import { countEnvironments, insertApiKey, insertEnvironment, type EnvironmentRow } from '../store/environments.js';
import type { InTransaction } from '../store/transaction.js';
import { hashKey, newKey, tokenSecretPlace } from './auth.js';

/** A fresh secret for an environment's recipient tokens: as its owner gets it, and as it is stored. */
export function newTokenSecret(secrets: SecretBox, environmentId: string): { secret: string; sealed: Uint8Array } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, sealed: secrets.seal(secret, tokenSecretPlace(environmentId)) };
}

/** A row for a new environment, with a token secret of its own. */
export function newEnvironment(
  secrets: SecretBox,
  input: { key: string; name: string; mode: EnvironmentMode },
  now: Date,
): EnvironmentRow {
  const id = uuidv7(now);
  return { id, ...input, token_secret: newTokenSecret(secrets, id).sealed, created_at: now };
}

export interface FirstKeys {
  /** Opens `production`, which is LIVE. */
  readonly production: string;
  /** Opens `development`, which is TEST. */
  readonly development: string;
}

/** The two environments that every database begins with. */
const FIRST = [
  { key: 'production', name: 'Production', mode: 'LIVE' },
  { key: 'development', name: 'Development', mode: 'TEST' },
] as const;

/**
 * Fills an empty database: `production` and `development`, one key each. Answers the keys to whoever filled it; null when
 * it was filled before, by this process or another.
 */
export async function bootstrap(
  context: { db: Db; inTransaction: InTransaction; secrets: SecretBox; clock: Clock },
  wantedKey: string | null,
): Promise<FirstKeys | null> {
  if ((await countEnvironments(context.db)) > 0) return null;
  const keys: FirstKeys = { production: wantedKey ?? newKey('LIVE'), development: newKey('TEST') };
  return context.inTransaction(async ({ db }) => {
    const now = context.clock.now();
    for (const first of FIRST) {
      const environment = newEnvironment(context.secrets, first, now);
      if (!(await insertEnvironment(db, environment))) return null;
      const secret = keys[first.key];
      await insertApiKey(db, {
        environment_id: environment.id,
        id: uuidv7(now),
        name: 'first key',
        prefix: secret.slice(0, 12),
        secret_hash: hashKey(secret),
        created_at: now,
      });
    }
    return keys;
  });
}
