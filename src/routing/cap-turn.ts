import { instant } from '../base/clock.js';
import type { Limit, LimitKind } from './cap-limits.js';
import { earliestUse, usesBefore, type CapUse } from './cap-window.js';
import type { CapAnswer, CapQuestion } from './capped.js';

/** Uses of one person by scope, those of others and one's own. */
export type UsesByScope = ReadonlyMap<string, readonly CapUse[]>;

/** What is said to a notification that asks, and what has to be remembered of it. */
export interface Turn {
  readonly answer: CapAnswer;
  readonly uses: readonly { readonly scope: string; readonly at: number; readonly waits: boolean }[];
}

/**
 * May it go now? It does when every limit has room, and then counts towards all of them at once. What it counts towards
 * already is not asked again. Otherwise the answer is the instant at which its turn comes, behind those who waited before.
 */
export function turnOf(
  { limits, waitsFor }: Pick<CapQuestion, 'limits' | 'waitsFor'>,
  notificationId: string,
  uses: UsesByScope,
  now: number,
): Turn {
  const open = limits.filter(({ scope }) => !isUsed(uses, scope, notificationId));
  const of = (kinds: readonly LimitKind[]): Limit[] => open.filter((limit) => kinds.includes(limit.kind));
  const steps: [kind: LimitKind, concerned: Limit[]][] = [
    ['KEY', of(['KEY'])],
    ['WHOLE', of(['WHOLE'])],
    ['CHANNEL', of(['WHOLE', 'CHANNEL'])],
  ];
  for (const [kind, concerned] of steps) {
    const windows = concerned.map(({ max, periodMs, scope }) => ({
      ...{ max, periodMs },
      uses: usesBefore(notificationId, uses.get(scope) ?? [], now),
    }));
    const at = earliestUse(now, windows);
    if (at <= now) continue;
    const placed = waitsFor.includes(kind) ? scopesOf(concerned) : [];
    return { answer: { until: instant(at), kind }, uses: placed.map((scope) => ({ scope, at, waits: true })) };
  }
  return { answer: 'go', uses: scopesOf(open).map((scope) => ({ scope, at: now, waits: false })) };
}

function isUsed(uses: UsesByScope, scope: string, notificationId: string): boolean {
  return (uses.get(scope) ?? []).some((use) => use.notificationId === notificationId && !use.waits);
}

function scopesOf(limits: readonly Limit[]): string[] {
  return [...new Set(limits.map((limit) => limit.scope))];
}
