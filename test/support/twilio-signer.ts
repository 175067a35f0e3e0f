import { createHmac } from 'node:crypto';
import type { Callback } from '../../src/providers/callback.js';
import { toCallback } from './callback-contract.js';

/** Calls back as Twilio does, by the recipe of its documentation: values of a name once each, sorted, behind the URL. */
export function signedByTwilio(body: string, { token, url, now }: { token: string; url: string; now: Date }): Callback {
  const pairs = [...new URLSearchParams(body)].map(([name, value]) => `${name}\u0000${value}`);
  const text = [...new Set(pairs)].sort().map((pair) => pair.replace('\u0000', ''));
  const signature = createHmac('sha1', token)
    .update(url + text.join(''))
    .digest('base64');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature };
  return toCallback({ body: Buffer.from(body), url, now, headers });
}
