import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import type { Callback } from '../../src/providers/callback.js';
import { toCallback } from './callback-contract.js';

/** Calls back as Twilio does, signed by its own SDK. */
export function signedByTwilio(body: string, { token, url, now }: { token: string; url: string; now: Date }): Callback {
  const form = new URLSearchParams(body);
  const all = Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]));
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-twilio-signature': getExpectedTwilioSignature(token, url, all),
  };
  return toCallback({ body: Buffer.from(body), url, now, headers });
}
