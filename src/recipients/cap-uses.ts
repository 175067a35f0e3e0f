import { plus } from '../base/clock.js';
import type { CapUse } from '../routing/cap-window.js';
import type { CapQuestion } from '../routing/capped.js';
import { loadCapUses, type CapUseRow } from '../store/cap-uses.js';
import type { Db } from '../store/database.js';

/** A question with whose it is. */
export interface CapAsk {
  readonly notificationId: string;
  readonly recipientId: string;
  readonly question: Pick<CapQuestion, 'limits' | 'waitsFor'>;
}

/** Uses of several people, by person and scope. */
export type UsesByPerson = Map<string, Map<string, CapUse[]>>;

/** Longer than this after its end, a use is in nobody's way: clocks of processes differ by less. */
const SLACK_MS = 60_000;

/** Everything that counts for these questions. */
export async function usesFor(
  db: Db,
  environmentId: string,
  asks: readonly CapAsk[],
  now: Date,
): Promise<UsesByPerson> {
  const longest = new Map<string, { recipient_id: string; scope: string; periodMs: number }>();
  for (const { recipientId, question } of asks)
    for (const { scope, periodMs } of question.limits) {
      const known = longest.get(`${recipientId} ${scope}`)?.periodMs ?? 0;
      longest.set(`${recipientId} ${scope}`, { recipient_id: recipientId, scope, periodMs: Math.max(known, periodMs) });
    }
  const scopes = [...longest.values()].map(({ periodMs, ...of }) => ({
    ...of,
    since: plus(now, -periodMs - SLACK_MS),
  }));
  const ids = asks.map((ask) => ask.notificationId);
  const people: UsesByPerson = new Map();
  for (const row of await loadCapUses(db, environmentId, scopes, ids)) setUse(people, row);
  return people;
}

/** Enters a use, in the place of an earlier one of the same notification. */
export function setUse(people: UsesByPerson, row: CapUseRow): void {
  const scopes = people.get(row.recipient_id) ?? new Map<string, CapUse[]>();
  people.set(row.recipient_id, scopes);
  const others = (scopes.get(row.scope) ?? []).filter((use) => use.notificationId !== row.notification_id);
  scopes.set(row.scope, [...others, { notificationId: row.notification_id, at: row.at.getTime(), waits: row.waits }]);
}
