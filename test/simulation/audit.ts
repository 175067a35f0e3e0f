import { FINAL_STATES, type NotificationState } from '../../src/base/names.js';
import { fold } from '../../src/routing/evolve.js';
import { auditCalls } from './audit-calls.ts';
import { auditHealth } from './audit-health.ts';
import type { NotificationEnd } from './end.ts';
import type { Remains } from './story.ts';

/** Everything that a story violates; empty: it is as it should be. */
export function audit(remains: Remains): string[] {
  const { world, told, end, rested } = remains;
  const { observations } = world;
  return [
    ...(rested ? [] : [`stuck: the story does not come to rest (${world.steps} steps)`]),
    ...observations.failures.map((failure) => `thrown: ${failure}`),
    ...end.timers.map((timer) => `stuck: a timer is left of ${timer.notification_id}`),
    ...end.deadLetters.flatMap((one) => (one.dead_at ? [`dead letter: ${one.notification_id}: ${one.error}`] : [])),
    ...end.inboxes.flatMap((inbox) =>
      inbox.said === inbox.is
        ? []
        : [`counters: the inbox of ${inbox.recipient_id} says ${inbox.said}, and has ${inbox.is}`],
    ),
    ...auditSends(remains),
    ...end.notifications.flatMap((one) => auditLedger(one)),
    ...end.notifications.flatMap((one) => auditCalls(remains, one)),
    ...auditHealth(remains),
    ...[...told.canceled].flatMap((id) =>
      end.sends.some((send) => send.id === id && send.canceledAt !== null) ? [] : [`lost: the cancel of ${id}`],
    ),
  ];
}

/** A key makes one send, which is what every caller was told; each of its people has one notification. */
function auditSends({ told, end }: Remains): string[] {
  return [...told.asked].flatMap(([key, request]) => {
    const sends = end.sends.filter((send) => send.key === key);
    const [send] = sends;
    if (sends.length !== 1 || !send) return [`repeated or lost: key ${key} made ${sends.length} sends`];
    const others = [...(told.accepted.get(key) ?? [])].filter((id) => id !== send.id);
    const wanted = (request.to ?? []).map((target) => target.externalId).sort();
    const found = end.notifications.filter((one) => one.sendId === send.id).map((one) => one.externalId);
    return [
      ...others.map((id) => `lost: a caller of ${key} was told ${id}, which is not stored`),
      ...(wanted.join() === found.sort().join()
        ? []
        : [`lost: ${key} is for ${wanted.join()} and went to ${found.join()}`]),
    ];
  });
}

/** One notification's history in itself. */
function auditLedger(one: NotificationEnd): string[] {
  const findings: string[] = [];
  const say = (what: string): void => void findings.push(`${what} (${one.key} to ${one.externalId}, ${one.id})`);
  if (!FINAL_STATES.has(one.state as NotificationState)) say(`stuck: still ${one.state}`);
  const seqs = one.history.map(({ seq }) => seq);
  if (seqs.some((seq, nth) => nth > 0 && seq <= (seqs[nth - 1] as number)) || (seqs.at(-1) ?? 0) > one.revision)
    say(`ledger: events are numbered ${seqs.join()} at revision ${one.revision}`);
  const state = fold(one.history.map(({ event }) => event));
  const folded = state.deliveries.map((delivery) => `${delivery.ordinal} ${delivery.state}`).join();
  const rows = one.deliveries.map((delivery) => `${delivery.ordinal} ${delivery.state}`).join();
  if (folded !== rows) say(`ledger: delivery rows say ${rows}, the history says ${folded}`);
  if ((state.finished?.state ?? 'none') !== one.state)
    say(`ledger: the row says ${one.state}, the history ${state.finished?.state}`);
  for (const delivery of state.deliveries)
    for (const attempt of delivery.attempts)
      if (attempt.end === null) say(`stuck: attempt ${delivery.ordinal}.${attempt.number} is open`);
  return findings;
}
