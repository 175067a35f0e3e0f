import { uuidv7 } from './base/ids.js';
import { hashKey, newKey } from './graphql/auth.js';
import { newEnvironment } from './graphql/bootstrap.js';
import type { Services } from './graphql/context.js';
import type { DemoSession } from './http/pages.js';
import { categoryRow } from './recipients/categories.js';
import { upsertRecipient } from './recipients/recipients.js';
import { upsertCategory } from './store/categories.js';
import { findEnvironment, insertApiKey, insertEnvironment } from './store/environments.js';

const ENVIRONMENT = 'demo';
const PERSON = { externalId: 'ana', name: 'Ana', email: 'ana@example.com' };
const CATEGORY = { key: 'order-updates', name: 'Order update' };

/**
 * What the demo page needs: a TEST environment of its own, a person, a category, and a key. The key is made once a
 * process, and opens nothing but that environment, where the simulator carries everything.
 */
export function demoSession(services: Services): () => Promise<DemoSession> {
  let session: Promise<DemoSession> | null = null;
  return () => {
    session ??= prepare(services).catch((error: unknown) => {
      session = null;
      throw error;
    });
    return session;
  };
}

async function prepare(services: Services): Promise<DemoSession> {
  const { clock, inTransaction, secrets } = services;
  const now = clock.now();
  const apiKey = newKey('TEST');
  const environment = await inTransaction(async ({ db }) => {
    const fresh = newEnvironment(secrets, { key: ENVIRONMENT, name: 'Demo', mode: 'TEST' }, now);
    await insertEnvironment(db, fresh);
    const row = (await findEnvironment(db, { key: ENVIRONMENT })) ?? fresh;
    await upsertCategory(db, categoryRow(row.id, CATEGORY, undefined, now));
    await insertApiKey(db, {
      environment_id: row.id,
      id: uuidv7(now),
      name: 'demo page',
      prefix: apiKey.slice(0, 12),
      secret_hash: hashKey(apiKey),
      created_at: now,
    });
    await upsertRecipient({ db, clock }, row.id, PERSON);
    return row;
  });
  return { apiKey, environment: environment.key, recipient: PERSON, category: CATEGORY.key };
}
