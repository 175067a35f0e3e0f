import { ECDH } from 'node:crypto';
import { z } from 'zod';
import type { Channel } from './channel.js';

/** What a browser gives a page that may push to it (W3C Push API): where to, and the keys that nobody on the way has. */
export interface PushSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

const ADDRESS_MAX = 4096;

const shape = z.object(
  {
    endpoint: z
      .string('expected endpoint to be a URL')
      .max(2048, 'expected endpoint to have at most 2048 characters')
      .refine(isCallable, 'expected endpoint to be an https URL'),
    keys: z.object(
      {
        p256dh: key(
          'expected keys.p256dh to be a P-256 public key, 65 bytes in base64url',
          (bytes) => bytes.length === 65 && isPoint(bytes),
        ),
        auth: key('expected keys.auth to be 16 bytes in base64url', (bytes) => bytes.length === 16),
      },
      'expected keys with p256dh and auth',
    ),
  },
  'expected the JSON of a PushSubscription with endpoint and keys',
);

/** Base64 in any spelling, kept in the one of URLs. */
function key(problem: string, is: (bytes: Buffer) => boolean) {
  return z
    .string(problem)
    .regex(/^[A-Za-z0-9+/_-]{1,100}={0,2}$/, problem)
    .refine((text) => is(Buffer.from(text, 'base64')), problem)
    .transform((text) => Buffer.from(text, 'base64').toString('base64url'));
}

function isPoint(bytes: Buffer): boolean {
  try {
    return ECDH.convertKey(bytes, 'prime256v1').length === 65;
  } catch {
    return false;
  }
}

/** Push services speak https; what runs on this machine itself may do without. */
function isCallable(endpoint: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(endpoint) || !URL.canParse(endpoint)) return false;
  const { protocol, hostname, username, password } = new URL(endpoint);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** The subscription in an address, with nothing that is not needed; or a sentence that says what is wrong with it. */
export function parseSubscription(address: string): PushSubscription | { readonly problem: string } {
  if (address.length > ADDRESS_MAX)
    return { problem: `expected a push subscription of at most ${ADDRESS_MAX} characters` };
  let value: unknown;
  try {
    value = JSON.parse(address);
  } catch {
    return { problem: 'expected the JSON of a PushSubscription, as its toJSON() gives it' };
  }
  const parsed = shape.safeParse(value);
  return parsed.success ? parsed.data : { problem: parsed.error.issues[0]?.message ?? 'expected a PushSubscription' };
}

/** A browser that a person lets this site push to. */
export const webPush: Channel = {
  name: 'WEB_PUSH',
  inApp: false,
  everyAddress: true,
  addressNoun: 'browser push subscription',
  // A page that is installed on a phone is pushed to in the same way.
  platforms: ['WEB', 'MOBILE'],
  placeNoun: 'any page or app that is open',
  parseAddress(input) {
    const parsed = parseSubscription(input);
    if ('problem' in parsed) return parsed;
    const { endpoint, keys } = parsed;
    return { address: JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }) };
  },
};
