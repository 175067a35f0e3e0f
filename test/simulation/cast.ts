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
import { categoryRow, type CategoryChange } from '../../src/recipients/categories.js';
import { upsertCategory, type CategoryRow, type SilencePolicy } from '../../src/store/categories.js';
import type { Db } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { credentialsPlace, upsertIntegration, type IntegrationRow } from '../../src/store/integrations.js';
import { ensurePartitions } from '../../src/store/partitions.js';
import { resolveExternalIds, upsertRecipients } from '../../src/store/recipients.js';
import type { Random } from '../chaos/random.ts';
import type { Tables } from './gate.ts';
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
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) });
}

type Pace = Pick<IntegrationRow, 'rate_count' | 'rate_period_ms' | 'concurrency' | 'auth_retries'>;

/** Who is to be there. */
export interface Parts {
  readonly processes: number;
  readonly categories: readonly CategoryChange[];
  readonly people: readonly { readonly externalId: string; readonly phone?: string }[];
  readonly integrations: readonly ({ readonly channel: ChannelName; readonly kind: KindName } & Partial<Pace>)[];
}

/** Who is there, as the seed says. */
export function drawParts(random: Random): Parts {
  const many = <T>(least: number, most: number, make: (nth: number) => T): T[] =>
    Array.from({ length: random.between(least, most) }, (_, nth) => make(nth + 1));
  return {
    processes: random.between(1, 3),
    categories: many(1, 3, (nth) => drawCategory(`category-${nth}`, random)),
    people: many(1, 5, (nth) => ({
      externalId: `person-${nth}`,
      ...(random.chance(0.6) ? { phone: `+4915100000${nth}` } : {}),
    })),
    integrations: [
      ...many(1, 3, () => drawIntegration('EMAIL', random)),
      ...many(0, 2, () => drawIntegration('SMS', random)),
    ],
  };
}

function drawCategory(key: string, random: Random): CategoryChange {
  const silence: SilencePolicy = {
    afterMs: random.between(MINUTE, 2 * DAY),
    then: random.pick(['RESEND', 'NEXT_CHANNEL']),
    times: random.between(1, 3),
  };
  return {
    ...{ key, class: random.pick(CATEGORY_CLASSES), channels: random.pick(CHANNEL_LISTS) },
    onAmbiguous: random.pick(AMBIGUITY_POLICIES),
    failover: random.pick(FAILOVERS),
    inboxCopy: random.pick(INBOX_COPIES),
    ...(random.chance(0.25) ? { silence } : {}),
    ...(random.chance(0.2) ? { expiresAfterMs: random.between(10_000, DAY) } : {}),
    ...(random.chance(0.3) ? { retry: { maxAttempts: random.between(1, 4) } } : {}),
  };
}

function drawIntegration(channel: ChannelName, random: Random): Parts['integrations'][number] {
  const rate = random.chance(0.25) ? { rate_count: random.between(1, 4), rate_period_ms: 10_000 } : {};
  const concurrency = random.chance(0.2) ? random.between(1, 3) : null;
  const kind = random.pick(Object.keys(KINDS) as KindName[]);
  return { channel, kind, ...rate, concurrency, auth_retries: random.pick([0, 0, 1, 2]) };
}

/** Fills an empty database. */
export async function fill(db: Db, parts: Parts, now: Date): Promise<Cast> {
  await ensurePartitions(db, now, 2);
  const environmentId = uuidv7(now);
  const environment = { id: environmentId, key: 'live', name: 'Live', mode: 'LIVE' as const, created_at: now };
  await insertEnvironment(db, { ...environment, token_secret: Buffer.from('none') });
  const categories: CategoryRow[] = [];
  for (const change of parts.categories)
    categories.push(await upsertCategory(db, categoryRow(environmentId, change, undefined, now)));
  const names = parts.people.map((person) => person.externalId);
  const changes = parts.people.map((person) => ({
    ...{ id: uuidv7(now), ...person },
    email: `${person.externalId}@example.com`,
  }));
  await upsertRecipients(db, environmentId, changes, now);
  const ids = await resolveExternalIds(db, environmentId, names);
  const integrations: IntegrationRow[] = [];
  for (const [position, { channel, kind, ...pace }] of parts.integrations.entries()) {
    const key = `${channel.toLowerCase()}-${position}`;
    const row = {
      ...{ environment_id: environmentId, id: uuidv7(now), key, provider: `${kind}-${key}`, channel, position },
      ...{ enabled: true, settings: {}, credentials: sealed(environmentId, key, 1), created_at: now, updated_at: now },
      ...{
        rate_count: null,
        rate_period_ms: null,
        concurrency: null,
        auth_retries: 0,
        classes: null,
        reports: true,
        ...pace,
      },
    };
    integrations.push(await upsertIntegration(db, row));
  }
  const instanceId = uuidv7(now);
  // Presence is kept by the database's clock, which does not move with the story's: this lease outlives it.
  await db
    .insertInto('instance')
    .values({ id: instanceId, lock_key: 1, lease_until: new Date('9999-01-01') })
    .execute();
  const people = names.map((externalId) => ({ externalId, id: ids.get(externalId) as string }));
  return { environmentId, people, categories, integrations, instanceId };
}

/** Credentials as an integration keeps them. */
export function sealed(environmentId: string, key: string, credentials: number): Uint8Array {
  return secrets.seal(JSON.stringify({ key: credentials }), credentialsPlace({ environment_id: environmentId, key }));
}

/** The kind of vendor behind an integration. */
export function kindOf(integration: Pick<IntegrationRow, 'provider'>): Traits {
  return KINDS[integration.provider.split('-')[0] as KindName];
}
