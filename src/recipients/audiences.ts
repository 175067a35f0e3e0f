import type { Clock } from '../base/clock.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import { upsertAudience, type AttributeTest, type AudienceRow, type AudienceRule } from '../store/audiences.js';
import type { Db } from '../store/database.js';
import { findTopics } from '../store/topics.js';

const DEPTH_MAX = 8;
const NODES_MAX = 100;
const PATH_MAX = 8;
const STEP_MAX = 128;
const VALUES_MAX = 1000;
const VALUE_MAX = 32_768;

type Path = readonly (string | number)[];

/**
 * What is wrong with a rule, with paths below `path`: its size, and values that its tests cannot use. Topics are looked
 * up when it is written.
 */
export function ruleProblems(rule: AudienceRule, path: Path): UserError[] {
  const problems: UserError[] = [];
  let nodes = 0;
  const visit = (one: AudienceRule, at: Path, depth: number): void => {
    nodes += 1;
    if (depth > DEPTH_MAX)
      return void problems.push(
        userError(at, 'RULE_TOO_DEEP', `rules are nested ${depth} deep here, at most ${DEPTH_MAX}; flatten the rule`),
      );
    if (nodes > NODES_MAX) return;
    if ('all' in one) return one.all.forEach((part, nth) => visit(part, [...at, 'all', nth], depth + 1));
    if ('not' in one) return visit(one.not, [...at, 'not'], depth + 1);
    if ('any' in one) {
      if (one.any.length === 0)
        problems.push(
          userError([...at, 'any'], 'INVALID_RULE', 'no rule given, so nobody fulfils it; expected at least 1'),
        );
      return one.any.forEach((part, nth) => visit(part, [...at, 'any', nth], depth + 1));
    }
    problems.push(...leafProblems(one, at));
  };
  visit(rule, path, 1);
  if (nodes > NODES_MAX)
    problems.push(
      userError(path, 'RULE_TOO_LARGE', `more than ${NODES_MAX} rules given in all; use IN for lists of values`),
    );
  return problems;
}

type Leaf = Exclude<AudienceRule, { all: unknown } | { any: unknown } | { not: unknown }>;

function leafProblems(rule: Leaf, at: Path): UserError[] {
  if ('attribute' in rule) return attributeProblems(rule.attribute, [...at, 'attribute']);
  if ('locale' in rule) return countProblems(rule.locale, [...at, 'locale']);
  if ('timeZone' in rule) return countProblems(rule.timeZone, [...at, 'timeZone']);
  return [];
}

function countProblems(values: readonly unknown[], at: Path): UserError[] {
  if (values.length > 0 && values.length <= VALUES_MAX) return [];
  return [userError(at, 'INVALID_RULE', `${values.length} values given, expected 1 to ${VALUES_MAX}`)];
}

function attributeProblems({ path, test, value }: AttributeTest, at: Path): UserError[] {
  const problems: UserError[] = [];
  const refuse = (field: string, message: string): void =>
    void problems.push(userError([...at, field], 'INVALID_RULE', message));
  if (path.length === 0 || path.length > PATH_MAX || path.some((step) => step === '' || step.length > STEP_MAX))
    refuse('path', `expected 1 to ${PATH_MAX} names of 1 to ${STEP_MAX} characters, from the outermost object inwards`);
  if (test === 'EXISTS') {
    if (typeof value !== 'boolean') refuse('value', 'expected true, or false for people who do not have it');
    return problems;
  }
  if (value === null) refuse('value', 'no value given; for people who do not have it use EXISTS with false');
  if (JSON.stringify(value).length > VALUE_MAX) refuse('value', `expected at most ${VALUE_MAX} characters of JSON`);
  const many = Array.isArray(value) ? value.length : null;
  if (test === 'IN' && (many === null || many === 0 || many > VALUES_MAX))
    refuse('value', `expected a list of 1 to ${VALUES_MAX} values`);
  if ((test === 'GREATER' || test === 'LESS') && typeof value !== 'number' && typeof value !== 'string')
    refuse('value', 'expected a number or a text');
  return problems;
}

/** Creates or changes an audience. Throws UserErrors. Sends that were accepted before keep the rule that they had. */
export async function writeAudience(
  context: { db: Db; clock: Clock },
  environmentId: string,
  audience: { key: string; name: string | null; rule: AudienceRule },
): Promise<AudienceRow> {
  const { key, name, rule } = audience;
  const problems = ruleProblems(rule, ['input', 'rule']);
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(key))
    problems.push(
      userError(
        ['input', 'key'],
        'INVALID_KEY',
        `"${key.slice(0, 80)}" given, expected 1 to 64 of a-z, 0-9, ".", "_", "-"`,
      ),
    );
  if (name !== null && (name.length === 0 || name.length > 255))
    problems.push(userError(['input', 'name'], 'INVALID_NAME', `${name.length} characters given, expected 1 to 255`));
  if (problems.length === 0) problems.push(...(await topicProblems(context.db, environmentId, rule)));
  if (problems.length > 0) throw new UserErrors(problems);
  return upsertAudience(context.db, environmentId, audience, context.clock.now());
}

async function topicProblems(db: Db, environmentId: string, rule: AudienceRule): Promise<UserError[]> {
  const named = topicsIn(rule, ['input', 'rule']);
  const known = await findTopics(db, environmentId, [...new Set(named.map(({ key }) => key))]);
  return named.flatMap(({ key, at }) =>
    known.has(key) ? [] : [userError(at, 'UNKNOWN_TOPIC', `no topic "${key}"; it begins with its first subscription`)],
  );
}

function topicsIn(rule: AudienceRule, at: Path): { key: string; at: Path }[] {
  if ('all' in rule) return rule.all.flatMap((part, nth) => topicsIn(part, [...at, 'all', nth]));
  if ('any' in rule) return rule.any.flatMap((part, nth) => topicsIn(part, [...at, 'any', nth]));
  if ('not' in rule) return topicsIn(rule.not, [...at, 'not']);
  return 'topic' in rule ? [{ key: rule.topic, at: [...at, 'topic'] }] : [];
}
