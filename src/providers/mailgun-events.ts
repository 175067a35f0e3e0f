import { exchange } from '../base/http-exchange.js';
import { fieldOf, textOf } from './callback.js';
import { jsonReply } from './http-call.js';
import type { Answer, Call } from './provider.js';

/** A page of events is larger than an answer to a message. */
const PAGE_BYTES = 1_048_576;
/** Our clock and Mailgun’s need not agree. */
const SKEW_MS = 60_000;

/**
 * Looks for an attempt in Mailgun’s events: they can be asked for by recipient and time, and carry our variables. Found, it
 * was taken. Not found means nothing, because events appear some time after what they are about: null.
 */
export async function lookupAtMailgun(
  target: { url: string; authorization: string },
  call: Call,
  since: Date,
  signal: AbortSignal,
): Promise<Answer | null> {
  const query = new URLSearchParams({
    event: 'accepted',
    recipient: call.address,
    begin: String(Math.floor((since.getTime() - SKEW_MS) / 1000)),
    ascending: 'yes',
    limit: '100',
  });
  const { authorization } = target;
  try {
    const reply = await exchange(
      `${target.url}/events?${query.toString()}`,
      { method: 'GET', headers: { accept: 'application/json', authorization }, body: '', maxBytes: PAGE_BYTES },
      signal,
    );
    const items = fieldOf(jsonReply(reply), 'items');
    if (reply.status !== 200 || !Array.isArray(items)) return null;
    const found: unknown = items.find((item) => textOf(item, 'user-variables', 'tidings_attempt') === call.attemptId);
    const id = textOf(found, 'message', 'headers', 'message-id');
    if (found === undefined) return null;
    return { kind: 'accepted', providerId: id === null ? null : bracketed(id), httpStatus: 200 };
  } catch {
    return null;
  }
}

/** The id as the Messages API gives it; events leave out its angle brackets. */
export function bracketed(id: string): string {
  return id.startsWith('<') ? id : `<${id}>`;
}
