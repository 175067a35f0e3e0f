import type { Finding } from './finding.ts';
import type { Index } from './index-of-ledgers.ts';
import { addressOf, type ProviderRequest } from './ledger.ts';

/** Every request that the provider got, held against what allowed it. */
export function checkRequests(index: Index): Finding[] {
  return index.requests.flatMap((request) => checkRequest(index, request));
}

function checkRequest(index: Index, request: ProviderRequest): Finding[] {
  const { notificationId, attempt } = request;
  const notification = notificationId === null ? undefined : index.notifications.get(notificationId);
  if (!notification) return [{ kind: 'ghost', says: `request ${request.seq} (${attempt}) is of no notification` }];
  const { id, sendId } = notification;
  const place = { notificationId: id, sendId };
  const started = index.events
    .get(id)
    ?.find((e) => e.type === 'attempt.started' && e.ordinal === request.ordinal && e.number === request.number);
  if (!started)
    return [{ kind: 'ghost', says: `request ${request.seq}: attempt ${attempt} was never begun`, ...place }];
  const findings: Finding[] = [];
  // Both clocks are this machine's. The provider's counts whole milliseconds, so a commit within its one is before it.
  if (Math.floor(started.committedAt) > request.at)
    findings.push({
      kind: 'ghost',
      says: `request ${request.seq} left ${(started.committedAt - request.at).toFixed(1)} ms before ${attempt} was committed`,
      ...place,
    });
  const key = index.sends.get(sendId)?.key ?? '';
  if (request.to !== addressOf(notification.person) || request.to !== started.address || request.subject !== key)
    findings.push({
      kind: 'misdirected',
      says: `request ${request.seq} went to ${request.to} with the words of ${request.subject}, instead of ${notification.person} and ${key}`,
      ...place,
    });
  return [...findings, ...afterCancel(index, request, sendId, started.committedAt, place)];
}

/** What comes after the caller was told must have begun before the cancel was committed (see `canceled`). */
function afterCancel(
  index: Index,
  request: ProviderRequest,
  sendId: string,
  startedAt: number,
  place: { notificationId: string; sendId: string },
): Finding[] {
  const toldAt = index.canceledAt.get(sendId);
  if (toldAt === undefined || request.at <= toldAt) return [];
  const cancelAt = index.sends.get(sendId)?.cancelCommittedAt ?? null;
  if (cancelAt !== null && startedAt <= cancelAt) return [];
  const says = `request ${request.seq} came ${request.at - toldAt} ms after the caller was told that it is canceled`;
  return [{ kind: 'after cancel', says, ...place }];
}
