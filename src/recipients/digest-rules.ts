import { CronExpressionParser } from 'cron-parser';
import { RRuleTemporal } from 'rrule-temporal';
import { userError, type UserError } from '../base/errors.js';
import { CADENCES, type ChannelName } from '../base/names.js';
import type { CategoryRules, DigestRule } from '../routing/profile.js';
import type { CategoryRow } from '../store/categories.js';

const SECOND = 1_000;
const DAY = 86_400_000;
/** Items that a digest may show one by one. */
const SHOWN_MAX = 100;
const RRULE_MAX = 500;
/** Rarer than this is no rhythm; more often is a batch. */
const FREQUENCIES = ['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

/** A rule as a caller says it; missing and null are the same. */
export type DigestRuleChange = { readonly kind: DigestRule['kind'] } & {
  readonly [Field in Exclude<keyof DigestRule, 'kind'>]?: DigestRule[Field] | null | undefined;
};

/** The rule of a category, if it has one. */
export function digestRuleOf(row: Pick<CategoryRow, 'rules'>): DigestRule | undefined {
  return (row.rules as CategoryRules).digest;
}

/** The rule as it is kept, and what is wrong with it: paths begin at the rule. */
export function checkDigestRule(
  change: DigestRuleChange,
  channels: readonly ChannelName[],
  path: readonly string[],
): { rule: DigestRule; problems: UserError[] } {
  const rule = Object.fromEntries(Object.entries(change).filter(([, value]) => value != null)) as unknown as DigestRule;
  const problems: UserError[] = [];
  const refuse = (field: string, message: string): void =>
    void problems.push(userError([...path, field], 'INVALID_DIGEST', message));
  if (rule.kind === 'BATCH') checkBatch(rule, refuse);
  else checkSchedule(rule, refuse);
  const { maxItems, channels: named } = rule;
  if (maxItems !== undefined && (!Number.isInteger(maxItems) || maxItems < 1 || maxItems > SHOWN_MAX))
    refuse('maxItems', `${maxItems} given, expected 1 to ${SHOWN_MAX}`);
  if (named && (named.length === 0 || named.some((channel) => !channels.includes(channel))))
    refuse('channels', `expected some of the category's own: ${channels.join(', ')}`);
  return { rule, problems };
}

type Refuse = (field: string, message: string) => void;

function checkBatch(rule: DigestRule, refuse: Refuse): void {
  for (const field of ['cadence', 'at', 'cron', 'rrule'] as const)
    if (rule[field] !== undefined) refuse(field, 'expected with kind SCHEDULE alone');
  const { windowMs, maxMs, sliding } = rule;
  if (windowMs === undefined) return refuse('window', 'expected with kind BATCH, like PT5M');
  if (windowMs < SECOND || windowMs > 7 * DAY) refuse('window', 'expected PT1S to P7D');
  if (sliding === true && maxMs === undefined) refuse('max', 'expected where the window slides, like PT1H');
  if (maxMs !== undefined && (maxMs < windowMs || maxMs > 30 * DAY)) refuse('max', 'expected `window` to P30D');
}

function checkSchedule(rule: DigestRule, refuse: Refuse): void {
  if (rule.windowMs !== undefined) refuse('window', 'expected with kind BATCH alone');
  const named = [rule.cadence, rule.cron, rule.rrule].filter((one) => one !== undefined).length;
  if (named !== 1)
    return refuse('cadence', `expected exactly one of cadence, cron and rrule with kind SCHEDULE, ${named} given`);
  if (rule.cadence !== undefined && ((rule.cadence as string) === 'INSTANT' || !CADENCES.includes(rule.cadence)))
    refuse('cadence', 'expected HOURLY, DAILY or WEEKLY');
  if (rule.at !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(rule.at))
    refuse('at', `"${rule.at.slice(0, 20)}" given, expected a local time like 09:00`);
  if (rule.at !== undefined && rule.cadence !== 'DAILY' && rule.cadence !== 'WEEKLY')
    refuse('at', 'expected with cadence DAILY or WEEKLY alone');
  if (rule.cron !== undefined && !isCron(rule.cron))
    refuse('cron', `"${rule.cron.slice(0, 80)}" given, expected five fields that come true, like "0 9 * * 1-5"`);
  if (rule.rrule !== undefined && !isRhythm(rule.rrule))
    refuse(
      'rrule',
      `expected a rule without COUNT, UNTIL and DTSTART, hourly or rarer, like "FREQ=WEEKLY;BYDAY=TU,TH"`,
    );
}

function isCron(cron: string): boolean {
  if (!/^\S+( \S+){4}$/.test(cron) || /[HL#?]/i.test(cron.replaceAll(/[a-z]{3}/gi, ''))) return false;
  try {
    CronExpressionParser.parse(cron, { currentDate: ANY_TIME, tz: 'UTC' }).next();
    return true;
  } catch {
    return false;
  }
}

/** Rules are only tried here, on any time. */
const ANY_TIME = new Date('2024-01-01T00:00:00Z');

function isRhythm(rrule: string): boolean {
  const rule = rrule.replace(/^RRULE:/, '');
  const frequency = /^FREQ=(\w+)|;FREQ=(\w+)/.exec(rule);
  if (rule.length > RRULE_MAX || /[\r\n:]/.test(rule) || /\b(COUNT|UNTIL|DTSTART)=/.test(rule)) return false;
  if (!FREQUENCIES.includes(frequency?.[1] ?? frequency?.[2] ?? '')) return false;
  try {
    return new RRuleTemporal({ rruleString: `DTSTART:20240101T000000Z\nRRULE:${rule}` }).next(ANY_TIME) !== null;
  } catch {
    return false;
  }
}
