import type { ChannelName } from '../../src/base/names.js';
import type { CategoryRules } from '../../src/routing/profile.js';
import type { CategoryRow } from '../../src/store/categories.js';
import { NOON } from './arbitraries.js';

/** A category of class PRODUCT as the database has it. */
export function categoryRowOf(key: string, own: ChannelName[], rules: CategoryRules): CategoryRow {
  return {
    ...{ environment_id: '', key, name: key, class: 'PRODUCT', mandatory: false, channels: own, lane: 'NORMAL' },
    ...{ ack_timeout_ms: 0, inbox_copy: 'ALWAYS', on_ambiguous: 'FAIL', failover: 'AT_ONCE', silence: null },
    retry: { maxAttempts: 1, firstDelayMs: 0, maxDelayMs: 0, giveUpAfterMs: 0 },
    ...{ expires_after_ms: null, created_at: NOON, updated_at: NOON, rules: rules as Record<string, unknown> },
  };
}
