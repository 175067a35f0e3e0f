import { plus } from '../base/clock.js';
import { userError, type UserError } from '../base/errors.js';

/** Kinds of data that stay for a time that an environment chooses. */
export const RETENTION_KINDS = [
  'HISTORY',
  'CONTENT',
  'INBOX',
  'CALLBACKS',
  'WEBHOOK_CALLS',
  'ALERTS',
  'RETIRED_ENDPOINTS',
] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

const DAY_MS = 86_400_000;

interface KindRule {
  /** Where an environment says nothing; null: for ever. Milliseconds. */
  readonly defaultMs: number | null;
  /** Less is refused, for what would go wrong. Milliseconds. */
  readonly leastMs: number;
  readonly because: string;
}

const RULES: Readonly<Record<RetentionKind, KindRule>> = {
  HISTORY: {
    defaultMs: 400 * DAY_MS,
    leastMs: 30 * DAY_MS,
    because: 'providers report late, repeated requests are answered from it, and files are kept as long',
  },
  CONTENT: {
    defaultMs: null,
    leastMs: 7 * DAY_MS,
    because: 'a mail server tries for days before it sends a bounce, and then the next channel needs the words',
  },
  INBOX: { defaultMs: null, leastMs: DAY_MS, because: 'people need the time to see what is for them' },
  CALLBACKS: {
    defaultMs: 30 * DAY_MS,
    leastMs: 14 * DAY_MS,
    because: 'providers repeat a callback for up to a week, and what is forgotten would be folded again',
  },
  WEBHOOK_CALLS: {
    defaultMs: 30 * DAY_MS,
    leastMs: DAY_MS,
    because: 'a receiver that was down needs the time to have them replayed',
  },
  ALERTS: {
    defaultMs: 400 * DAY_MS,
    leastMs: 7 * DAY_MS,
    because: 'whether to raise one is decided by the last one, and it would be raised again',
  },
  RETIRED_ENDPOINTS: {
    defaultMs: null,
    leastMs: 30 * DAY_MS,
    because: 'until then providers may still report on it, and an address that is added again is known to be dead',
  },
};

/** Longer than anybody keeps anything, and within what instants can hold. */
const MOST_MS = 36_500 * DAY_MS;
/** The longest twelve months. */
const YEAR_MS = 366 * DAY_MS;

/** How long one kind stays; null: for ever, or of CONTENT: as long as the history. Milliseconds. */
export interface RetentionRule {
  readonly kind: RetentionKind;
  readonly keepMs: number | null;
  readonly defaultMs: number | null;
  readonly leastMs: number;
}

/** What is stored of it: milliseconds by kind. What is no kind of ours any more says nothing. */
type Setting = Readonly<Record<string, number | null>>;

/** Every kind, with what holds for it. */
export function rulesOf(setting: Setting): RetentionRule[] {
  return RETENTION_KINDS.map((kind) => {
    const { defaultMs, leastMs } = RULES[kind];
    const said = setting[kind];
    return { kind, keepMs: said === undefined ? defaultMs : said, defaultMs, leastMs };
  });
}

/** A change that a caller wants; `keepMs` null: for ever. */
export interface RetentionWish {
  readonly kind: RetentionKind;
  readonly keepMs: number | null;
}

/** What is wrong with a wish, by its place in `rules`; null: nothing. */
export function problemOf(wishes: readonly RetentionWish[], index: number): UserError | null {
  const wish = wishes[index];
  if (!wish) return null;
  const { kind, keepMs } = wish;
  const path = ['input', 'rules', index];
  if (wishes.findIndex((other) => other.kind === kind) < index)
    return userError([...path, 'kind'], 'DUPLICATE_KIND', `${kind} is in the list twice`);
  if (keepMs === null) return null;
  const { leastMs, because } = RULES[kind];
  if (keepMs < leastMs)
    return userError(
      [...path, 'keepFor'],
      'TOO_SHORT',
      `${days(keepMs)} given, ${kind} must stay ${days(leastMs)} at least: ${because}`,
    );
  if (keepMs > MOST_MS)
    return userError(
      [...path, 'keepFor'],
      'TOO_LONG',
      `${days(keepMs)} given, expected ${days(MOST_MS)} at most, or null for ever`,
    );
  return null;
}

function days(ms: number): string {
  return `${Math.floor((ms / DAY_MS) * 10) / 10} days`;
}

export const RETENTION_WARNINGS = ['BELOW_TWELVE_MONTHS', 'GOES_WITH_HISTORY'] as const;

export interface RetentionWarning {
  readonly kind: RetentionKind;
  readonly code: (typeof RETENTION_WARNINGS)[number];
  readonly message: string;
}

/** What holds and may surprise. It is no reason to refuse. */
export function warningsOf(setting: Setting): RetentionWarning[] {
  const rules = new Map(rulesOf(setting).map((rule) => [rule.kind, rule.keepMs]));
  const warnings: RetentionWarning[] = [];
  for (const kind of ['HISTORY', 'CONTENT'] as const) {
    const keepMs = rules.get(kind) ?? null;
    if (keepMs === null || keepMs >= YEAR_MS) continue;
    const message = `${kind} stays ${days(keepMs)}: the access report of a person cannot cover the preceding 12 months, as the CCPA asks; 366 days are enough`;
    warnings.push({ kind, code: 'BELOW_TWELVE_MONTHS', message });
  }
  const [history, content] = [rules.get('HISTORY') ?? null, rules.get('CONTENT') ?? null];
  if (history !== null && content !== null && content > history)
    warnings.push({
      kind: 'CONTENT',
      code: 'GOES_WITH_HISTORY',
      message: `CONTENT goes with the history after ${days(history)}`,
    });
  return warnings;
}

/** By kind: what ended, or came, before this instant goes; missing: it stays. */
export type Cutoffs = Readonly<Partial<Record<RetentionKind, Date>>>;

export function cutoffsOf(setting: Setting, now: Date): Cutoffs {
  return Object.fromEntries(
    rulesOf(setting).flatMap(({ kind, keepMs }) => (keepMs === null ? [] : [[kind, plus(now, -keepMs)]])),
  );
}
