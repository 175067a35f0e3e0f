import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { AmbiguityPolicy, CategoryClass, ChannelName, Failover, InboxCopy, Lane, OnCap } from '../base/names.js';
import { capRules, type CapWish } from './caps.js';
import { withTimeRules, type TimeRulesChange } from './time-rules.js';
import { checkDigestRule, type DigestRuleChange } from './digest-rules.js';
import { DEFAULT_FACTOR, type CategoryRow, type RetryPolicy, type SilencePolicy } from '../store/categories.js';
import { changedRules, rulesProblems, type CategoryRulesChange } from './category-rules.js';

/**
 * What a caller says of a category; missing or null leaves it, except `expiresAfterMs`, `silence`, `digest` and what it says of
 * time and for people, which null clears.
 */
export interface CategoryChange extends TimeRulesChange, CategoryRulesChange {
  readonly key: string;
  readonly name?: string | null | undefined;
  readonly class?: CategoryClass | null | undefined;
  readonly mandatory?: boolean | null | undefined;
  readonly channels?: readonly ChannelName[] | null | undefined;
  readonly lane?: Lane | null | undefined;
  readonly ackTimeoutMs?: number | null | undefined;
  readonly inboxCopy?: InboxCopy | null | undefined;
  readonly retry?: { readonly [Field in keyof RetryPolicy]?: number | null | undefined } | null | undefined;
  readonly expiresAfterMs?: number | null | undefined;
  readonly onAmbiguous?: AmbiguityPolicy | null | undefined;
  readonly failover?: Failover | null | undefined;
  readonly silence?: SilencePolicy | null | undefined;
  readonly caps?: readonly CapWish[] | undefined;
  readonly onCap?: OnCap | null | undefined;
  readonly digest?: DigestRuleChange | null | undefined;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Short and steep for security, long and slow for newsletters. */
const RETRY_DEFAULTS: Readonly<Record<CategoryClass, RetryPolicy>> = {
  SECURITY: { maxAttempts: 6, firstDelayMs: SECOND, maxDelayMs: 30 * SECOND, giveUpAfterMs: 10 * MINUTE },
  TRANSACTIONAL: { maxAttempts: 8, firstDelayMs: 5 * SECOND, maxDelayMs: HOUR, giveUpAfterMs: DAY },
  PRODUCT: { maxAttempts: 6, firstDelayMs: 10 * SECOND, maxDelayMs: HOUR, giveUpAfterMs: DAY },
  MARKETING: { maxAttempts: 6, firstDelayMs: MINUTE, maxDelayMs: 4 * HOUR, giveUpAfterMs: 2 * DAY },
};

const LANE_DEFAULTS: Readonly<Record<CategoryClass, Lane>> = {
  SECURITY: 'CRITICAL',
  TRANSACTIONAL: 'NORMAL',
  PRODUCT: 'NORMAL',
  MARKETING: 'BULK',
};

/** The category with the change applied and defaults filled in. Throws UserErrors with paths below `input`. */
export function categoryRow(
  environmentId: string,
  change: CategoryChange,
  known: CategoryRow | undefined,
  now: Date,
): CategoryRow {
  const kind = change.class ?? known?.class ?? 'PRODUCT';
  // A new class brings its own defaults for what was never said.
  const before = change.class != null && change.class !== known?.class ? undefined : known;
  const retry = { factor: DEFAULT_FACTOR, ...(before?.retry ?? RETRY_DEFAULTS[kind]) };
  for (const [field, value] of Object.entries(change.retry ?? {}))
    if (value != null) retry[field as keyof RetryPolicy] = value;
  const caps = capRules(change);
  const channels = [...(change.channels ?? known?.channels ?? (['INBOX', 'EMAIL'] as const))];
  const rules = withTimeRules(change, known?.rules ?? {}, channels);
  const row: CategoryRow = {
    environment_id: environmentId,
    key: change.key,
    name: change.name ?? known?.name ?? change.key,
    class: kind,
    mandatory: change.mandatory ?? known?.mandatory ?? false,
    channels,
    lane: change.lane ?? before?.lane ?? LANE_DEFAULTS[kind],
    ack_timeout_ms: change.ackTimeoutMs ?? known?.ack_timeout_ms ?? 5 * SECOND,
    inbox_copy: change.inboxCopy ?? known?.inbox_copy ?? 'WHEN_DELIVERED',
    retry,
    expires_after_ms: change.expiresAfterMs === undefined ? (known?.expires_after_ms ?? null) : change.expiresAfterMs,
    on_ambiguous: change.onAmbiguous ?? before?.on_ambiguous ?? (kind === 'MARKETING' ? 'FAIL' : 'RESEND'),
    created_at: known?.created_at ?? now,
    updated_at: now,
    silence: change.silence === undefined ? (known?.silence ?? null) : change.silence,
    failover: change.failover ?? known?.failover ?? 'AFTER_RETRIES',
    rules: { ...changedRules(rules.value, change), ...caps.rules },
  };
  const problems = [...problemsOf(row), ...rules.problems, ...caps.problems, ...rulesProblems(row.rules, row.class)];
  if (change.digest !== undefined) {
    const { digest: _before, ...others } = row.rules;
    const checked = change.digest && checkDigestRule(change.digest, row.channels, ['input', 'digest']);
    row.rules = checked ? { ...others, digest: checked.rule } : others;
    problems.push(...(checked?.problems ?? []));
  }
  if (problems.length > 0) throw new UserErrors(problems);
  return row;
}

function problemsOf(row: CategoryRow): UserError[] {
  const problems: UserError[] = [];
  const refuse = (path: string[], code: string, message: string): void =>
    void problems.push(userError(['input', ...path], code, message));
  const between = (path: string[], value: number | null, least: number, most: number, words: string): void => {
    if (value !== null && !(value >= least && value <= most)) refuse(path, 'INVALID_DURATION', `expected ${words}`);
  };
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(row.key))
    refuse(['key'], 'INVALID_KEY', `"${row.key.slice(0, 80)}" given, expected 1 to 64 of a-z, 0-9, ".", "_", "-"`);
  if (row.name.length === 0 || row.name.length > 255) refuse(['name'], 'INVALID_NAME', 'expected 1 to 255 characters');
  if (row.channels.length === 0 || new Set(row.channels).size !== row.channels.length)
    refuse(['channels'], 'INVALID_CHANNELS', 'expected at least one channel, each once');
  if (row.mandatory && row.class === 'MARKETING')
    refuse(
      ['mandatory'],
      'NOT_ALLOWED',
      'people may always switch marketing off; choose another class or leave mandatory false',
    );
  between(['ackTimeout'], row.ack_timeout_ms, 100, 10 * MINUTE, 'PT0.1S to PT10M');
  between(['expiresAfter'], row.expires_after_ms, SECOND, 365 * DAY, 'PT1S to P365D');
  between(['retry', 'firstDelay'], row.retry.firstDelayMs, 100, DAY, 'PT0.1S to P1D');
  between(['retry', 'maxDelay'], row.retry.maxDelayMs, 100, 7 * DAY, 'PT0.1S to P7D');
  between(['retry', 'giveUpAfter'], row.retry.giveUpAfterMs, SECOND, 30 * DAY, 'PT1S to P30D');
  if (!Number.isInteger(row.retry.maxAttempts) || row.retry.maxAttempts < 1 || row.retry.maxAttempts > 100)
    refuse(['retry', 'maxAttempts'], 'INVALID_RETRY', `${row.retry.maxAttempts} given, expected 1 to 100`);
  const factor = row.retry.factor ?? DEFAULT_FACTOR;
  if (!(factor >= 1 && factor <= 10))
    refuse(['retry', 'factor'], 'INVALID_RETRY', `${factor} given, expected 1 to 10; 1 keeps all pauses alike`);
  between(['silence', 'after'], row.silence?.afterMs ?? null, SECOND, 30 * DAY, 'PT1S to P30D');
  const times = row.silence?.times ?? 1;
  if (!Number.isInteger(times) || times < 1 || times > 5)
    refuse(['silence', 'times'], 'INVALID_SILENCE', `${times} given, expected 1 to 5`);
  return problems;
}
