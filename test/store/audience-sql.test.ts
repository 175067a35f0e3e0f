import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidv7 } from '../../src/base/ids.js';
import type { ChannelName } from '../../src/base/names.js';
import { countPeople, peopleAfter, type AttributeTest, type AudienceRule } from '../../src/store/audiences.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 2);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

interface Person {
  readonly attributes: Record<string, unknown>;
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly endpoints: readonly { channel: ChannelName; retired: boolean }[];
  readonly topics: readonly string[];
}

/** The same rule, read as it is documented. */
function fulfils(person: Person, rule: AudienceRule): boolean {
  if ('all' in rule) return rule.all.every((one) => fulfils(person, one));
  if ('any' in rule) return rule.any.some((one) => fulfils(person, one));
  if ('not' in rule) return !fulfils(person, rule.not);
  if ('attribute' in rule) return passes(person.attributes, rule.attribute);
  if ('locale' in rule)
    return rule.locale.some((tag) => `${person.locale?.toLowerCase() ?? ''}-`.startsWith(`${tag.toLowerCase()}-`));
  if ('timeZone' in rule) return person.timeZone !== null && rule.timeZone.includes(person.timeZone);
  if ('hasChannel' in rule) return person.endpoints.some((one) => one.channel === rule.hasChannel && !one.retired);
  return person.topics.includes(rule.topic);
}

function passes(attributes: Record<string, unknown>, { path, test, value }: AttributeTest): boolean {
  const found = path.reduce<unknown>(
    (at, step) =>
      at !== null && typeof at === 'object' && !Array.isArray(at) && Object.hasOwn(at, step)
        ? (at as Record<string, unknown>)[step]
        : undefined,
    attributes,
  );
  if (test === 'EXISTS') return (found !== undefined) === (value !== false);
  if (found === undefined) return false;
  if (test === 'EQUALS') return same(found, value);
  if (test === 'IN') return (value as unknown[]).some((one) => same(found, one));
  if (test === 'CONTAINS') {
    if (Array.isArray(found)) return found.some((one) => same(one, value));
    return typeof found === 'string' && typeof value === 'string' && found.includes(value);
  }
  const order = compare(found, value);
  return order !== null && (test === 'GREATER' ? order > 0 : order < 0);
}

function compare(a: unknown, b: unknown): number | null {
  if (typeof a === 'number' && typeof b === 'number') return Math.sign(a - b);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return null;
}

/** JSON values: objects without regard to the order of keys. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, nth) => same(one, b[nth]));
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same((a as Fields)[key], (b as Fields)[key]))
  );
}
type Fields = Record<string, unknown>;

/** Few names and values, among them those that would end a careless statement, so that rules meet people. */
const name = fc.constantFrom('plan', 'age', '0', `x'; drop table recipient; --`, '$1', '__proto__');
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    'pro',
    'Pro',
    'pröfi',
    '💡',
    '',
    '1',
    `'`,
    '%',
    '\\',
    '2026-01-01',
    '2026-10-01',
    true,
    false,
  ),
  fc.constantFrom<unknown>(0, 1, 1.5, -3, 1e21, 0.1, 5e-324),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(name, scalar, { maxKeys: 2, noNullPrototype: true }),
);
const channel = fc.constantFrom<ChannelName>('EMAIL', 'SMS', 'SLACK');
const topic = fc.constantFrom('news', 'sport');
const timeZone = fc.constantFrom('Europe/Prague', 'Asia/Tokyo');

const anyPerson: fc.Arbitrary<Person> = fc.record({
  attributes: fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }),
  locale: fc.option(fc.constantFrom('de', 'de-AT', 'DE-at', 'den', 'en', 'pt-BR')),
  timeZone: fc.option(timeZone),
  endpoints: fc.uniqueArray(fc.record({ channel, retired: fc.boolean() }), { selector: (one) => one.channel }),
  topics: fc.uniqueArray(topic),
});

const path = fc.array(name, { minLength: 1, maxLength: 2 });
const anyTest: fc.Arbitrary<AttributeTest> = fc.oneof(
  fc.record({ path, test: fc.constantFrom('EQUALS', 'CONTAINS', 'GREATER', 'LESS'), value }),
  fc.record({ path, test: fc.constant('IN'), value: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  fc.record({ path, test: fc.constant('EXISTS'), value: fc.boolean() }),
);

const { rule: anyRule } = fc.letrec<{ rule: AudienceRule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyTest.map((attribute) => ({ attribute })),
    fc
      .array(fc.constantFrom('de', 'DE', 'de-AT', 'pt', 'e'), { minLength: 1, maxLength: 2 })
      .map((locale) => ({ locale })),
    fc.array(timeZone, { minLength: 1, maxLength: 2 }).map((one) => ({ timeZone: one })),
    channel.map((hasChannel) => ({ hasChannel })),
    fc.constantFrom('news', 'sport', 'none').map((key) => ({ topic: key })),
    fc.array(tie('rule'), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('rule'), { maxLength: 3 }).map((any) => ({ any })),
    tie('rule').map((not) => ({ not })),
  ),
}));

/** The people in an environment of their own; answers their ids, in the order of the list. */
async function settle(people: readonly Person[]): Promise<{ environmentId: string; ids: string[] }> {
  const { db } = database;
  const environmentId = uuidv7(NOON);
  const row = { id: environmentId, key: environmentId, name: 'Somewhere', mode: 'TEST' as const };
  await insertEnvironment(db, { ...row, token_secret: new Uint8Array(1), created_at: NOON });
  const ids = people.map(() => uuidv7(NOON));
  const topics = new Map(['news', 'sport'].map((key) => [key, uuidv7(NOON)]));
  const rows = people.map((person, nth) => ({ ...person, id: ids[nth] }));
  await sql`
    with p as (select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as p (id uuid, attributes jsonb, locale text, "timeZone" text, endpoints jsonb, topics jsonb)),
    people as (
      insert into recipient (environment_id, id, external_id, locale, time_zone, attributes, created_at, updated_at)
      select ${environmentId}, id, id::text, locale, "timeZone", attributes, ${NOON}, ${NOON} from p)
    insert into topic (environment_id, id, key, created_at)
    select ${environmentId}, t.value::uuid, t.key, ${NOON} from jsonb_each_text(${JSON.stringify(Object.fromEntries(topics))}::jsonb) t`.execute(
    db,
  );
  await sql`
    insert into endpoint (environment_id, recipient_id, channel, address, created_at, retired_at)
    select ${environmentId}, p.id, e.channel, 'there', ${NOON}, case when e.retired then ${NOON}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p (id uuid, endpoints jsonb),
      jsonb_to_recordset(p.endpoints) as e (channel text, retired boolean)`.execute(db);
  await sql`
    insert into topic_subscription (environment_id, topic_id, recipient_id, created_at)
    select ${environmentId}, t.id, p.id, ${NOON}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as p (id uuid, topics jsonb),
      jsonb_array_elements_text(p.topics) as s (key) join topic t on t.environment_id = ${environmentId} and t.key = s.key`.execute(
    db,
  );
  return { environmentId, ids };
}

/** Everybody, by steps of `limit` people out of `look` at a time. */
async function walk(environmentId: string, rule: AudienceRule, limit: number, look: number): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const step = await peopleAfter(database.db, environmentId, rule, after, limit, look);
    found.push(...step.ids);
    after = step.through;
    more = after !== null;
  }
  return found;
}

test('whatever the rule and the people, the database selects whom the rule means', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(anyPerson, { minLength: 1, maxLength: 12 }),
      fc.array(anyRule, { minLength: 1, maxLength: 12 }),
      async (people, rules) => {
        const { environmentId, ids } = await settle(people);
        for (const rule of rules) {
          const meant = ids.filter((_, nth) => fulfils(people[nth] as Person, rule));
          expect(await walk(environmentId, rule, 1000, 1000), JSON.stringify(rule)).toEqual(meant);
          expect(await countPeople(database.db, environmentId, rule)).toBe(meant.length);
        }
      },
    ),
    { numRuns: 60 },
  ));

test('however small the steps, everybody comes once, in order', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(anyPerson, { minLength: 1, maxLength: 12 }),
      anyRule,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      async (people, rule, limit, look) => {
        const { environmentId } = await settle(people);
        expect(await walk(environmentId, rule, limit, look)).toEqual(await walk(environmentId, rule, 1000, 1000));
      },
    ),
    { numRuns: 40 },
  ));
