import { messageOf } from '../base/errors.js';
import { errorCode, exchange, neverConnected, type HttpReply } from '../base/http-exchange.js';
import { clip, type Answer } from './provider.js';

/**
 * One request to a vendor, read by the adapter's own table. What breaks on the way reads the same for all: nothing was taken
 * where no connection came about; else nobody knows.
 */
export async function callVendor(
  url: string,
  request: Parameters<typeof exchange>[1],
  signal: AbortSignal,
  read: (reply: HttpReply) => Answer,
): Promise<Answer> {
  try {
    return read(await exchange(url, request, signal));
  } catch (error) {
    return broken(error);
  }
}

/** What an exchange that broke means. */
export function broken(error: unknown): Answer {
  const isUncalled = neverConnected(error);
  const said = reasonOf(error, isUncalled);
  if (said.code === 'EGRESS_REFUSED') return { kind: 'rejected', ...said };
  return isUncalled ? { kind: 'retry', retryAt: null, rateLimited: false, ...said } : { kind: 'unknown', ...said };
}

/** Why an exchange broke. Node says of one that our deadline ended that it was aborted, not that the vendor was slow. */
export function reasonOf(error: unknown, isUncalled: boolean): { code: string | null; detail: string } {
  if (!isAborted(error)) return { code: errorCode(error), detail: clip(messageOf(error)) };
  return { code: 'DEADLINE', detail: `no ${isUncalled ? 'connection' : 'answer'} within the deadline` };
}

/** Nothing but the deadline aborts a call. */
function isAborted(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    if (at.name === 'AbortError' || at.name === 'TimeoutError') return true;
  return false;
}

/** A success whose body does not prove it. */
export function unproven(reply: HttpReply, expected: string): Answer {
  return { kind: 'unknown', httpStatus: reply.status, code: 'NOT_PROVEN', detail: `a success without ${expected}` };
}

/** JSON, or undefined for anything else. */
export function jsonReply(reply: HttpReply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}
