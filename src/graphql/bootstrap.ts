import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { uuidv7 } from '../base/ids.js';
import type { EnvironmentMode } from '../base/names.js';
import type { SecretBox } from '../base/secret-box.js';
import type { IntegrationCheck } from '../channels/integration-check.js';
import type { Db } from '../store/database.js';
import { countEnvironments, insertApiKey, insertEnvironment, type EnvironmentRow } from '../store/environments.js';
import { credentialsPlace, upsertIntegration } from '../store/integrations.js';
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

interface Context {
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly integrationCheck: Pick<IntegrationCheck, 'generate'>;
}

/** The provider, and the key of its first integration. */
const WEB_PUSH = 'web-push';

/** The two environments that every database begins with. */
const FIRST = [
  { key: 'production', name: 'Production', mode: 'LIVE' },
  { key: 'development', name: 'Development', mode: 'TEST' },
] as const;

/**
 * Fills an empty database: `production` and `development`, one key each, and push to browsers, which needs nobody's leave.
 * Answers the keys to whoever filled it; null when it was filled before, by this process or another.
 */
export async function bootstrap(
  context: Context & { db: Db; inTransaction: InTransaction },
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
      await insertWebPush(db, context, environment.id, now);
    }
    return keys;
  });
}

/** Push to browsers with VAPID keys of this environment's own: every other provider waits for an account somewhere. */
async function insertWebPush(
  db: Db,
  { secrets, integrationCheck }: Context,
  environmentId: string,
  now: Date,
): Promise<void> {
  const place = { environment_id: environmentId, key: WEB_PUSH };
  const credentials = integrationCheck.generate(WEB_PUSH);
  if (credentials === null) return;
  await upsertIntegration(db, {
    ...place,
    id: uuidv7(now),
    provider: WEB_PUSH,
    channel: 'WEB_PUSH',
    position: 0,
    enabled: true,
    settings: {},
    credentials: secrets.seal(JSON.stringify(credentials), credentialsPlace(place)),
    created_at: now,
    updated_at: now,
    rate_count: null,
    rate_period_ms: null,
    concurrency: null,
    auth_retries: 0,
    classes: null,
    reports: false,
  });
}
