import { Kysely, PostgresDialect } from 'kysely';
import type { Client } from 'pg';
import { uuidv7 } from '../../src/base/ids.js';
import {
  AMBIGUITY_POLICIES,
  CATEGORY_CLASSES,
  FAILOVERS,
  INBOX_COPIES,
  type ChannelName,
} from '../../src/base/names.js';
import { categoryRow } from '../../src/recipients/categories.js';
import { upsertCategory, type CategoryRow, type SilencePolicy } from '../../src/store/categories.js';
import type { Db } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { credentialsPlace, upsertIntegration, type IntegrationRow } from '../../src/store/integrations.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import { resolveExternalIds, upsertRecipients } from '../../src/store/recipients.js';
import type { Random } from '../chaos/random.ts';
import { secrets } from './process.ts';
import type { Traits } from './vendor.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Who and what is there when a story begins. */
export interface Cast {
  readonly environmentId: string;
  readonly people: readonly { readonly id: string; readonly externalId: string }[];
  readonly categories: readonly CategoryRow[];
  readonly integrations: readonly IntegrationRow[];
  readonly instanceId: string;
}

/** What vendors offer to settle a lost answer, by the name of their kind. */
export const KINDS = {
  plain: { keyMs: null, lookup: false, reports: false },
  keyed: { keyMs: DAY, lookup: false, reports: false },
  forgetful: { keyMs: 5 * MINUTE, lookup: false, reports: false },
  asked: { keyMs: null, lookup: true, reports: false },
  telling: { keyMs: null, lookup: false, reports: true },
  open: { keyMs: null, lookup: true, reports: true },
} as const satisfies Record<string, Traits>;
export type KindName = keyof typeof KINDS;

const CHANNEL_LISTS: readonly ChannelName[][] = [
  ['EMAIL'],
  ['INBOX', 'EMAIL'],
  ['EMAIL', 'SMS'],
  ['INBOX', 'EMAIL', 'SMS'],
  ['SMS', 'EMAIL'],
  ['INBOX'],
];

/** The tables as the story itself reads and writes them, past the gate. */
export function directDb(admin: Client): Db {
  const client = { query: (text: string, params: unknown[]) => admin.query(text, params), release: () => undefined };
  const pool = { connect: async () => client, end: async () => undefined };
  return new Kysely({ dialect: new PostgresDialect({ pool: pool as never }) }) as unknown as Db;
}

/** Fills an empty database with what the seed says. */
export async function fill(db: Db, random: Random, now: Date): Promise<Cast> {
  await ensurePartitions(db, now, 2);
  const environmentId = uuidv7(now);
  const environment = { id: environmentId, key: 'live', name: 'Live', mode: 'LIVE' as const, created_at: now };
  await insertEnvironment(db, { ...environment, token_secret: Buffer.from('none') });
  const categories: CategoryRow[] = [];
  for (let nth = random.between(1, 3); nth > 0; nth -= 1)
    categories.push(await upsertCategory(db, category(environmentId, `category-${nth}`, random, now)));
  const names = Array.from({ length: random.between(1, 5) }, (_, nth) => `person-${nth + 1}`);
  const changes = names.map((externalId, nth) => ({
    ...{ id: uuidv7(now), externalId },
    email: `${externalId}@example.com`,
    ...(random.chance(0.6) ? { phone: `+4915100000${nth}` } : {}),
  }));
  await upsertRecipients(db, environmentId, changes, now);
  const ids = await resolveExternalIds(db, environmentId, names);
  const integrations: IntegrationRow[] = [];
  for (let nth = random.between(1, 3); nth > 0; nth -= 1)
    integrations.push(await integrate(db, environmentId, 'EMAIL', nth, random, now));
  for (let nth = random.between(0, 2); nth > 0; nth -= 1)
    integrations.push(await integrate(db, environmentId, 'SMS', nth, random, now));
  const instanceId = uuidv7(now);
  // Presence is kept by the database's clock, which does not move with the story's: this lease outlives it.
  await db
    .insertInto('instance')
    .values({ id: instanceId, lock_key: 1, lease_until: new Date('9999-01-01') })
    .execute();
  const people = names.map((externalId) => ({ externalId, id: ids.get(externalId) as string }));
  return { environmentId, people, categories, integrations, instanceId };
}

function category(environmentId: string, key: string, random: Random, now: Date): CategoryRow {
  const silence: SilencePolicy = {
    afterMs: random.between(MINUTE, 2 * DAY),
    then: random.pick(['RESEND', 'NEXT_CHANNEL']),
    times: random.between(1, 3),
  };
  const change = {
    ...{ key, class: random.pick(CATEGORY_CLASSES), channels: random.pick(CHANNEL_LISTS) },
    onAmbiguous: random.pick(AMBIGUITY_POLICIES),
    failover: random.pick(FAILOVERS),
    inboxCopy: random.pick(INBOX_COPIES),
    ...(random.chance(0.25) ? { silence } : {}),
    ...(random.chance(0.2) ? { expiresAfterMs: random.between(10_000, DAY) } : {}),
    ...(random.chance(0.3) ? { retry: { maxAttempts: random.between(1, 4) } } : {}),
  };
  return categoryRow(environmentId, change, undefined, now);
}

async function integrate(
  db: Db,
  environmentId: string,
  channel: ChannelName,
  nth: number,
  random: Random,
  now: Date,
): Promise<IntegrationRow> {
  const key = `${channel.toLowerCase()}-${nth}`;
  const kind = random.pick(Object.keys(KINDS) as KindName[]);
  const rate = random.chance(0.25) ? { rate_count: random.between(1, 4), rate_period_ms: 10_000 } : null;
  return upsertIntegration(db, {
    ...{ environment_id: environmentId, id: uuidv7(now), key, provider: `${kind}-${key}`, channel, position: nth },
    ...{ enabled: true, settings: {}, credentials: sealed(environmentId, key, 1), created_at: now, updated_at: now },
    ...(rate ?? { rate_count: null, rate_period_ms: null }),
    concurrency: random.chance(0.2) ? random.between(1, 3) : null,
    auth_retries: random.pick([0, 0, 1, 2]),
  });
}

/** Credentials as an integration keeps them. */
export function sealed(environmentId: string, key: string, credentials: number): Uint8Array {
  return secrets.seal(JSON.stringify({ key: credentials }), credentialsPlace({ environment_id: environmentId, key }));
}

/** The kind of vendor behind an integration. */
export function kindOf(integration: Pick<IntegrationRow, 'provider'>): Traits {
  return KINDS[integration.provider.split('-')[0] as KindName];
}
