import { sql, type RawBuilder } from 'kysely';
import type { AttributeTest, AudienceRule } from './audiences.js';

type Condition = RawBuilder<boolean>;

/**
 * A rule as a condition on the recipient `r`. Values, paths among them, are parameters throughout. Every test is true or
 * false, never null, so that `not` means what it says.
 */
export function ruleSql(rule: AudienceRule): Condition {
  if ('all' in rule) return joined(rule.all, sql` and `, sql<boolean>`true`);
  if ('any' in rule) return joined(rule.any, sql` or `, sql<boolean>`false`);
  if ('not' in rule) return sql<boolean>`(not ${ruleSql(rule.not)})`;
  if ('attribute' in rule) return attributeSql(rule.attribute);
  if ('locale' in rule) return localeSql(rule.locale);
  if ('timeZone' in rule) return sql<boolean>`coalesce(r.time_zone = any(${rule.timeZone}::text[]), false)`;
  if ('hasChannel' in rule)
    return sql<boolean>`exists (select 1 from endpoint e where e.environment_id = r.environment_id
      and e.recipient_id = r.id and e.channel = ${rule.hasChannel} and e.retired_at is null)`;
  return sql<boolean>`exists (select 1 from topic t join topic_subscription s
      on s.environment_id = t.environment_id and s.topic_id = t.id
    where t.environment_id = r.environment_id and t.key = ${rule.topic} and s.recipient_id = r.id)`;
}

function joined(rules: readonly AudienceRule[], by: RawBuilder<unknown>, empty: Condition): Condition {
  return rules.length === 0 ? empty : sql<boolean>`(${sql.join(rules.map(ruleSql), by)})`;
}

function localeSql(tags: readonly string[]): Condition {
  const wanted = tags.map((tag) => tag.toLowerCase());
  return sql<boolean>`exists (select 1 from unnest(${wanted}::text[]) as w (tag)
    where lower(r.locale) = w.tag or starts_with(lower(r.locale), w.tag || '-'))`;
}

/** The attribute is named once, in a row of its own, however often the test looks at it. */
function attributeSql({ path, test, value }: AttributeTest): Condition {
  // Step by step: `#>` would read "0" as a place in a list.
  const found = path.reduce<RawBuilder<unknown>>((from, step) => sql`${from} -> ${step}::text`, sql`r.attributes`);
  if (test === 'EXISTS')
    return value === false ? sql<boolean>`(${found}) is null` : sql<boolean>`(${found}) is not null`;
  const given = sql`${JSON.stringify(value)}::jsonb`;
  return sql<boolean>`exists (select 1 from (select ${found} as it, ${given} as given) v where ${TESTS[test]})`;
}

const TESTS: Readonly<Record<Exclude<AttributeTest['test'], 'EXISTS'>, Condition>> = {
  EQUALS: sql<boolean>`v.it = v.given`,
  IN: sql<boolean>`v.it in (select jsonb_array_elements(v.given))`,
  CONTAINS: sql<boolean>`case jsonb_typeof(v.it)
    when 'array' then exists (select 1 from jsonb_array_elements(v.it) as one where one = v.given)
    when 'string' then jsonb_typeof(v.given) = 'string' and strpos(v.it #>> '{}', v.given #>> '{}') > 0
    else false end`,
  GREATER: comparison(sql`>`),
  LESS: comparison(sql`<`),
};

/**
 * Numbers by value, texts by code point (so that ISO 8601 dates compare as dates); anything else never. Without casts: the
 * planner works them out for the given value before it looks at its type.
 */
function comparison(operator: RawBuilder<unknown>): Condition {
  return sql<boolean>`case when jsonb_typeof(v.it) is distinct from jsonb_typeof(v.given) then false
    when jsonb_typeof(v.it) = 'number' then v.it ${operator} v.given
    when jsonb_typeof(v.it) = 'string' then (v.it #>> '{}') collate "C" ${operator} (v.given #>> '{}') collate "C"
    else false end`;
}
