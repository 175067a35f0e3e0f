import type { Call, Sender } from './provider.js';

/** Who an e-mail is from: the sender of the call, else the integration's own. */
export function senderOf(call: Call, from: string): Sender {
  return call.sender ?? { from, replyTo: null };
}

/** The plain-text part: what is said, and the link below it. */
export function plainText({ content: { body, url } }: Call): string {
  return url === null ? body : `${body}\n\n${url}`;
}
