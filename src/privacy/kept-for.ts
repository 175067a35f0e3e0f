import { KEPT_MS } from '../attachments/desk.js';
import { KEY_KEPT_MS } from '../base/idempotency.js';
import { CAP_PERIOD_MAX_MS } from '../recipients/caps.js';
import type { PersonalDataKind } from './data-map.js';
import { rulesOf, type RetentionKind } from './retention.js';

/** Kinds that go when the environment's retention says so. */
const FOLLOWS: Readonly<Partial<Record<PersonalDataKind, RetentionKind>>> = {
  NOTIFICATIONS: 'HISTORY',
  DIGESTS: 'HISTORY',
  CONTENT: 'CONTENT',
  INBOX: 'INBOX',
  CALLBACKS: 'CALLBACKS',
  WEBHOOK_CALLS: 'WEBHOOK_CALLS',
};

/** Kinds that stay for the same time everywhere. */
const FIXED_MS: Readonly<Partial<Record<PersonalDataKind, number>>> = {
  CAPS: CAP_PERIOD_MAX_MS,
  FILES: KEPT_MS,
  ANSWERS: KEY_KEPT_MS,
};

/**
 * How long a kind of personal data stays where nobody removes it, in milliseconds; null: it has no end of its own.
 *
 * @param setting the environment's retention, as stored
 */
export function keptForMs(kind: PersonalDataKind, setting: Parameters<typeof rulesOf>[0]): number | null {
  const rules = new Map(rulesOf(setting).map((rule) => [rule.kind, rule.keepMs]));
  const follows = FOLLOWS[kind];
  if (follows === undefined) return FIXED_MS[kind] ?? null;
  const own = rules.get(follows) ?? null;
  return follows === 'CONTENT' ? shorter(own, rules.get('HISTORY') ?? null) : own;
}

function shorter(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
